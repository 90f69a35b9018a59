//! The state of one topic.

use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::Instant;
use realtime_protocol::{Position, Topic};
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};
use crate::store::TopicState;

/// What [`use_realtime`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseRealtime {
    /// What is held of the topic; `None` until it arrives.
    pub held: Memo<Option<TopicState>>,
    /// The position up to which every topic of the page is applied.
    pub watermark: Memo<Option<Position>>,
    /// The page's clock; ticks once a second and at each event.
    pub now: Signal<Instant>,
}

/// Subscribes to `topic` while the current owner lives, at most one update in `throttle`.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime(topic: Topic, throttle: Duration) -> Result<UseRealtime, Missing> {
    let Realtime { driver, store, now, .. } = Realtime::of_context()?;
    let id = driver.with_value(|driver| driver.subscribe(topic.clone(), throttle));
    on_cleanup(move || {
        driver.try_with_value(|driver: &Driver| driver.unsubscribe(id));
    });
    let held = Memo::new(move |_| store.with(|store| store.topic(&topic).cloned()));
    let watermark = Memo::new(move |_| store.with(|store| store.watermark().cloned()));
    Ok(UseRealtime { held, watermark, now: now.into() })
}
