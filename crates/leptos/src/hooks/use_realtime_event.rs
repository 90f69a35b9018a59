//! The events of the manager, one by one.

use std::sync::Arc;

use leptos::prelude::*;
use realtime_manager::Event;

use crate::provider::{Missing, Realtime};

/// Calls `act` for each event, in order.
///
/// A signal would not do: two events of one moment would be one change of it.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_event};
/// # use realtime_leptos::manager::Event;
/// # fn refusals() -> Result<ReadSignal<u64>, Missing> {
/// let (refused, set_refused) = signal(0_u64);
/// use_realtime_event(move |event| {
///     if let Event::Refused { .. } = &*event {
///         set_refused.update(|refused| *refused += 1);
///     }
/// })?;
/// # Ok(refused)
/// # }
/// ```
///
/// ## Clean-up
/// The calls end with the current owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_event(act: impl Fn(Arc<Event>) + Send + Sync + 'static) -> Result<(), Missing> {
    let shared = Realtime::of_context()?;
    let id = shared.listen(Callback::new(act));
    on_cleanup(move || {
        if let Some(id) = id {
            shared.unlisten(id);
        }
    });
    Ok(())
}
