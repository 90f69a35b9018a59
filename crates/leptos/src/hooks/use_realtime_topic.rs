//! One topic as it stands, without reading its values as a type.

use std::time::Duration;

use leptos::prelude::*;
use realtime_protocol::{Position, Topic};

use crate::provider::{Missing, Realtime};
use crate::topic_status::{TopicStatus, follow};

/// How a component follows a topic; each may change while it does.
#[derive(Debug, Clone, Copy)]
pub struct UseRealtimeOptions {
    /// The least time between two updates; the last one of a burst is never lost. One second.
    pub throttle: Signal<Duration>,
    /// Whether it is followed. What was held stays, with its time. Yes.
    pub enabled: Signal<bool>,
    /// Who is served first where several are due; larger is earlier. 0.
    pub priority: u8,
}

impl Default for UseRealtimeOptions {
    fn default() -> Self {
        Self {
            throttle: Signal::stored(realtime_manager::Options::default().throttle),
            enabled: Signal::stored(true),
            priority: 0,
        }
    }
}

/// Follows a topic and gives its entries as they came: for components that read only a few of them, or
/// none.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, UseRealtimeOptions, use_realtime_topic};
/// # use realtime_protocol::Topic;
/// # fn keys(topic: Topic) -> Result<impl IntoView, Missing> {
/// let topic = use_realtime_topic(topic, UseRealtimeOptions::default())?;
/// Ok(move || topic.held.with(|held| held.as_ref().map_or(0, |held| held.entries.len())))
/// # }
/// ```
///
/// ## Clean-up
/// The subscription ends with the current owner; the connection keeps the topic a second longer, so
/// that a change of pages costs nothing.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_topic(topic: Topic, options: UseRealtimeOptions) -> Result<TopicStatus, Missing> {
    follow(topic, &options)
}

/// The position up to which every topic of the page is applied; `None` before the first data.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_watermark() -> Result<Memo<Option<Position>>, Missing> {
    let shared = Realtime::of_context()?;
    Ok(Memo::new(move |_| shared.store.with(|store| store.watermark().cloned())))
}
