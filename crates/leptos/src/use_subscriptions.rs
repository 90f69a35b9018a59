//! The list of what is subscribed.

use leptos::prelude::*;
use realtime_manager::SubscriptionInfo;
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// All subscribed topics with their counters.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_subscriptions() -> Result<Signal<Vec<SubscriptionInfo>>, Missing> {
    let Realtime { driver, revision, .. } = Realtime::of_context()?;
    Ok(Signal::derive(move || {
        revision.track();
        driver.with_value(Driver::subscriptions)
    }))
}
