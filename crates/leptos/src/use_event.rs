//! The events of the connection, one by one.

use std::sync::Arc;

use leptos::prelude::*;
use realtime_manager::Event;

use crate::provider::{Missing, Realtime};

/// Calls `act` for each event, in order, while the current owner lives.
///
/// A signal would not do: two events of one moment would be one change of it.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_event(act: impl Fn(Arc<Event>) + Send + Sync + 'static) -> Result<(), Missing> {
    let Realtime { listeners, .. } = Realtime::of_context()?;
    let callback = Callback::new(act);
    let id = listeners.try_update_value(|listeners| listeners.add(callback));
    on_cleanup(move || {
        listeners.try_update_value(|listeners| id.map(|id| listeners.remove(id)));
    });
    Ok(())
}
