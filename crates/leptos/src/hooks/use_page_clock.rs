//! The page's clock.

use leptos::prelude::*;
use realtime_manager::Instant;

use crate::provider::{Missing, Realtime};

/// The page's monotonic clock, which every age is counted with; ticks once a second and with the
/// connection.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_page_clock, use_realtime_connection};
/// # fn since() -> Result<impl IntoView, Missing> {
/// let (now, health) = (use_page_clock()?, use_realtime_connection()?.health);
/// Ok(move || format!("{} s", now.get().saturating_since(health.with(|health| health.since)).as_secs()))
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_page_clock() -> Result<Signal<Instant>, Missing> {
    Ok(Realtime::of_context()?.now.into())
}
