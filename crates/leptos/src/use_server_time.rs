//! The server's wall clock, as far as it was measured.

use leptos::prelude::*;
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// The server's wall clock in milliseconds since 1970; `None` until it was told.
///
/// It ticks with the page's clock, so that ages are right on a device whose own clock is minutes off.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_server_time() -> Result<Signal<Option<u64>>, Missing> {
    let Realtime { driver, now, .. } = Realtime::of_context()?;
    Ok(Signal::derive(move || {
        now.track();
        driver.try_with_value(Driver::server_time_ms).flatten()
    }))
}
