//! The connection: how it is, and what the viewer can do about it.

use leptos::prelude::*;
use realtime_manager::{Health, Status};
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// What [`use_realtime_connection`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseConnection {
    /// The status.
    pub status: Memo<Status>,
    /// Everything else, brought up to date once a second and at each event.
    pub health: Signal<Health>,
    /// Connects.
    pub connect: Callback<()>,
    /// Closes the link and stays away.
    pub disconnect: Callback<()>,
    /// Tries again at once.
    pub retry: Callback<()>,
}

/// Follows the connection.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_connection() -> Result<UseConnection, Missing> {
    let Realtime { driver, revision, now, .. } = Realtime::of_context()?;
    let command = move |act: fn(&Driver)| {
        Callback::new(move |()| {
            driver.try_with_value(act);
            revision.update(|revision| *revision = revision.wrapping_add(1));
        })
    };
    let status = Memo::new(move |_| {
        revision.track();
        driver.with_value(Driver::status)
    });
    let health = Signal::derive(move || {
        revision.track();
        now.track();
        driver.with_value(Driver::health)
    });
    Ok(UseConnection {
        status,
        health,
        connect: command(Driver::connect),
        disconnect: command(Driver::disconnect),
        retry: command(Driver::retry),
    })
}
