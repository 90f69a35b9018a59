//! One topic, key by key.

use leptos::prelude::*;
use realtime_protocol::Topic;
use serde::de::DeserializeOwned;

use super::UseRealtimeOptions;
use crate::provider::Missing;
use crate::topic_status::{TopicStatus, follow};

/// What [`use_realtime_metrics`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseMetrics {
    /// How the component stands with the topic.
    pub topic: TopicStatus,
}

/// Follows a topic of which each key is a figure of its own.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, UseRealtimeOptions, use_realtime_metrics};
/// # use realtime_protocol::Topic;
/// # fn games(topic: Topic) -> Result<impl IntoView, Missing> {
/// let metrics = use_realtime_metrics(topic, UseRealtimeOptions::default())?;
/// let games = metrics.figure::<u64>("games"); // runs its readers only when this key changes
/// Ok(move || games.get().map_or_else(|| "no data yet".to_owned(), |games| games.to_string()))
/// # }
/// ```
///
/// ## Clean-up
/// The subscription ends with the current owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_metrics(topic: Topic, options: UseRealtimeOptions) -> Result<UseMetrics, Missing> {
    Ok(UseMetrics { topic: follow(topic, &options)? })
}

impl UseMetrics {
    /// The figure of a key; `None` where there is none, or none of this type.
    #[must_use]
    pub fn figure<T>(self, key: &'static str) -> Memo<Option<T>>
    where
        T: DeserializeOwned + PartialEq + Send + Sync + 'static,
    {
        let held = self.topic.held;
        Memo::new(move |_| {
            held.with(|held| {
                let value = held.as_ref()?.entries.get(key)?;
                T::deserialize(value).ok()
            })
        })
    }
}
