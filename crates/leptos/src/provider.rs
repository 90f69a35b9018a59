//! The one driver of an app, in its context.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::{Config, Event, Instant};
use realtime_web::{Driver, HostError};

use crate::store::{Store, TopicState};

/// How often ages and countdowns are brought up to date.
const TICK: Duration = Duration::from_secs(1);

/// What [`provide_realtime`] needs to know.
#[derive(Debug, Clone, Default)]
pub struct RealtimeConfig {
    /// The manager's settings.
    pub manager: Config,
}

/// A hook was used outside of [`provide_realtime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no real-time provider above this component")
    }
}

impl std::error::Error for Missing {}

/// What the hooks share; a handle, as cheap to copy as a signal.
#[derive(Clone, Copy)]
pub(crate) struct Realtime {
    pub(crate) driver: StoredValue<Driver, LocalStorage>,
    pub(crate) store: RwSignal<Store>,
    /// Written at each event that changes the connection or its counters.
    pub(crate) revision: RwSignal<u64>,
    pub(crate) now: RwSignal<Instant>,
    pub(crate) listeners: StoredValue<Listeners>,
}

/// Who wants each event, in order of coming.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Vec<(u64, Callback<Arc<Event>>)>);

impl Listeners {
    pub(crate) fn add(&mut self, listener: Callback<Arc<Event>>) -> u64 {
        let id = self.0.last().map_or(0, |(id, _)| id + 1);
        self.0.push((id, listener));
        id
    }

    pub(crate) fn remove(&mut self, id: u64) {
        self.0.retain(|(other, _)| *other != id);
    }
}

impl Realtime {
    pub(crate) fn of_context() -> Result<Self, Missing> {
        use_context::<Self>().ok_or(Missing)
    }
}

/// Puts one driver into the context and connects it; both end with the current owner.
///
/// # Errors
/// [`HostError`] when this does not run on a page.
pub fn provide_realtime(config: RealtimeConfig) -> Result<(), HostError> {
    let store = RwSignal::new(Store::default());
    let revision = RwSignal::new(0_u64);
    let now = RwSignal::new(Instant(Duration::ZERO));
    let listeners = StoredValue::new(Listeners::default());
    let driver = Driver::new(config.manager, move |driver, occurred| {
        let at = driver.now();
        now.set(at);
        if let Event::Batch(updates) = &occurred {
            let held = updates.iter().filter_map(|update| {
                let (state, position) = driver.state(&update.topic)?;
                Some((update.topic.clone(), TopicState { state: Arc::new(state), position, at }))
            });
            store.update(|store| store.write(held));
        }
        revision.update(|revision| *revision = revision.wrapping_add(1));
        // Called on a copy, so that a listener may come or go meanwhile.
        let occurred = Arc::new(occurred);
        for (_, listener) in listeners.get_value().0 {
            listener.run(occurred.clone());
        }
    })?;
    now.set(driver.now());
    let realtime =
        Realtime { driver: StoredValue::new_local(driver.clone()), store, revision, now, listeners };
    let ticker = set_interval_with_handle(
        move || {
            // Ends with the owner; a tick that was already under way finds nothing.
            if let Some(at) = realtime.driver.try_with_value(Driver::now) {
                now.set(at);
            }
        },
        TICK,
    );
    if let Ok(ticker) = ticker {
        on_cleanup(move || ticker.clear());
    }
    provide_context(realtime);
    driver.connect();
    Ok(())
}
