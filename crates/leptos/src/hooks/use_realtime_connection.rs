//! The connection: how it is, and what the viewer can do about it.

use leptos::prelude::*;
use realtime_manager::{Health, Preferences, Status};
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// What [`use_realtime_connection`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseConnection {
    /// The connection in one word; runs its readers only when that changes.
    pub status: Memo<Status>,
    /// Everything else, brought up to date once a second and with the connection.
    pub health: Memo<Health>,
    /// Whether the viewer wants live updates.
    pub live: Memo<bool>,
    /// Connects.
    pub connect: Callback<()>,
    /// Closes the link and stays away.
    pub disconnect: Callback<()>,
    /// Tries again at once, with all attempts ahead; while an attempt is under way it does nothing.
    pub retry: Callback<()>,
    /// Ends the attempts to come back, and stays away.
    pub stop: Callback<()>,
    /// Switches live updates on or off, for this page, all others of this address, and the next visit.
    pub set_live: Callback<bool>,
}

/// Follows the connection.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_connection};
/// # fn word() -> Result<impl IntoView, Missing> {
/// let connection = use_realtime_connection()?;
/// Ok(view! {
///     <p>{move || connection.status.get().as_str()}</p>
///     <button on:click=move |_| connection.retry.run(())>"Try now"</button>
/// })
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_connection() -> Result<UseConnection, Missing> {
    let shared = Realtime::of_context()?;
    let command = move |act: fn(&Driver)| Callback::new(move |()| shared.command(act));
    let status = Memo::new(move |_| {
        shared.connection.track();
        shared.driver(Driver::status).unwrap_or_default()
    });
    let health = Memo::new(move |before: Option<&Health>| {
        shared.connection.track();
        shared.now.track();
        shared.driver(Driver::health).or_else(|| before.cloned()).unwrap_or_default()
    });
    Ok(UseConnection {
        status,
        health,
        live: Memo::new(move |_| {
            shared.connection.track();
            shared.driver(|driver| driver.preferences().live_updates).unwrap_or(false)
        }),
        connect: command(Driver::connect),
        disconnect: command(Driver::disconnect),
        retry: command(Driver::retry),
        stop: command(Driver::disconnect),
        set_live: Callback::new(move |live_updates| {
            shared.command(|driver| {
                driver.set_preferences(Preferences { live_updates, ..driver.preferences() });
            });
        }),
    })
}
