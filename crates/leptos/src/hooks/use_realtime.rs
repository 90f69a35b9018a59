//! One topic, read as a type of the application.

use leptos::prelude::*;
use realtime_protocol::Topic;
use realtime_protocol::message::Entries;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::UseRealtimeOptions;
use crate::provider::Missing;
use crate::topic_status::{TopicStatus, follow};

/// What [`use_realtime`] gives.
#[derive(Debug)]
pub struct UseRealtime<T: Send + Sync + 'static> {
    /// The data; `None` until they arrive. What cannot be read as the type leaves the last that could.
    pub data: Memo<Option<T>>,
    /// How the component stands with the topic; its error also tells what could not be read.
    pub topic: TopicStatus,
}

impl<T: Send + Sync + 'static> Clone for UseRealtime<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseRealtime<T> {}

/// Follows a topic and reads its entries as a type: a struct with a field for each key that matters, or a
/// map from key to row.
///
/// The filter is part of the topic. Of a `table:` topic the data are the rows that came since the
/// component is there, the newest hundred, by key.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, UseRealtimeOptions, use_realtime};
/// # use realtime_protocol::Topic;
/// #[derive(Clone, PartialEq, serde::Deserialize)]
/// struct Load { requests: u64 }
///
/// # fn requests(topic: Topic) -> Result<impl IntoView, Missing> {
/// let load = use_realtime::<Load>(topic, UseRealtimeOptions::default())?;
/// Ok(move || load.data.with(|load| load.as_ref().map(|load| load.requests)))
/// # }
/// ```
///
/// ## Clean-up
/// The subscription ends with the current owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime<T>(topic: Topic, options: UseRealtimeOptions) -> Result<UseRealtime<T>, Missing>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let topic = follow(topic, &options)?;
    let read = Memo::new(move |before: Option<&(Option<T>, Option<String>)>| {
        topic.held.with(|held| match held.as_ref().map(|held| read_as(&held.entries)) {
            None => (None, None),
            Some(Ok(data)) => (Some(data), None),
            Some(Err(text)) => (before.and_then(|(data, _)| data.clone()), Some(text)),
        })
    });
    let unreadable = Memo::new(move |_| read.with(|(_, error)| error.clone()));
    let topic = topic.with_error(unreadable);
    Ok(UseRealtime { data: Memo::new(move |_| read.with(|(data, _)| data.clone())), topic })
}

/// Reads entries as a type; what is wrong, in words.
pub(crate) fn read_as<T: DeserializeOwned>(entries: &Entries) -> Result<T, String> {
    let mut object = serde_json::Map::new();
    object.extend(entries.iter().map(|(key, value)| (key.clone(), value.clone())));
    serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string())
}
