//! The embedded page.

use realtime_server::assets::Page;
use tokio::sync::watch;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page, marked with what the database holds: `live`, `demo` or `replay`.
pub(crate) fn page(mode: watch::Receiver<&'static str>) -> Page {
    Page { index: INDEX, mode, assets: ASSETS }
}
