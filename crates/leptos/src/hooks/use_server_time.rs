//! The server's wall clock, as far as it was measured.

use leptos::prelude::*;
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// The server's wall clock in milliseconds since 1970; `None` until it was told.
///
/// It ticks with the page's clock, so that ages are right on a device whose own clock is minutes off.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_server_time};
/// # fn age(happened_ms: u64) -> Result<impl IntoView, Missing> {
/// let server_time = use_server_time()?;
/// Ok(move || server_time.get().map(|now| format!("{} s ago", now.saturating_sub(happened_ms) / 1000)))
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_server_time() -> Result<Signal<Option<u64>>, Missing> {
    let shared = Realtime::of_context()?;
    Ok(Signal::derive(move || {
        shared.now.track();
        shared.driver(Driver::server_time_ms).flatten()
    }))
}
