//! A feed: keyed entries, newest first, bounded in number and age.

use leptos::prelude::*;
use realtime_manager::{Activities, ActivityLimits, Cut, Instant};
use realtime_protocol::Topic;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::UseRealtimeOptions;
use crate::provider::Missing;
use crate::topic_status::{TopicStatus, follow};

/// How a feed is kept.
#[derive(Debug, Clone, Copy)]
pub struct UseActivitiesOptions {
    /// How the topic is followed.
    pub realtime: UseRealtimeOptions,
    /// How many entries are kept, and for how long.
    pub limits: ActivityLimits,
    /// The field of an entry that is larger for what is newer.
    pub order_by: &'static str,
}

/// One entry of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ActivityEntry<T> {
    /// Its key: an entry that changes stays one entry.
    pub key: String,
    /// What it says.
    pub value: T,
}

/// What [`use_realtime_activities`] gives.
#[derive(Debug)]
pub struct UseActivities<T: Send + Sync + 'static> {
    /// The entries that are kept, newest first; `None` until the first data are there. One that cannot be
    /// read as the type is left out.
    pub entries: Memo<Option<Vec<ActivityEntry<T>>>>,
    /// The limit that leaves something out.
    pub cut_by: Memo<Option<Cut>>,
    /// How many entries the limits leave out.
    pub left_out: Memo<u64>,
    /// How many entries came or changed since they were last marked as seen, or since the first data.
    pub unseen: Memo<usize>,
    /// Marks what is there now as seen.
    pub mark_seen: Callback<()>,
    /// How the component stands with the topic.
    pub topic: TopicStatus,
}

impl<T: Send + Sync + 'static> Clone for UseActivities<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseActivities<T> {}

/// Follows a topic whose entries are events: the newest are kept, none longer than the limits say, and it
/// is told what they leave out.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, UseActivitiesOptions, UseRealtimeOptions, use_realtime_activities};
/// # use realtime_protocol::Topic;
/// #[derive(Clone, PartialEq, serde::Deserialize)]
/// struct Event { title: String }
///
/// # fn feed(topic: Topic) -> Result<impl IntoView, Missing> {
/// let options = UseActivitiesOptions {
///     realtime: UseRealtimeOptions::default(),
///     limits: Default::default(),
///     order_by: "offset",
/// };
/// let feed = use_realtime_activities::<Event>(topic, options)?;
/// Ok(view! {
///     <For each=move || feed.entries.get().unwrap_or_default() key=|entry| entry.key.clone() let(entry)>
///         <p>{entry.value.title}</p>
///     </For>
/// })
/// # }
/// ```
///
/// ## Clean-up
/// Subscription and entries end with the current owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_activities<T>(
    topic: Topic,
    options: UseActivitiesOptions,
) -> Result<UseActivities<T>, Missing>
where
    T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static,
{
    let UseActivitiesOptions { realtime, limits, order_by } = options;
    let topic = follow(topic, &realtime)?;
    let kept = StoredValue::new(Activities::new(limits));
    // Entries get old by the minute, so nothing has to run every second for that.
    let minute = Memo::new(move |_| topic.now.get().0.as_secs() / 60);
    let order = move |value: &Value| value.get(order_by).and_then(Value::as_u64).unwrap_or_default();
    // The moment of the newest look, so that readers run again when the feed may have changed.
    let looked = Memo::new(move |_| {
        minute.get();
        topic.held.with(|held| {
            let held = held.as_ref()?;
            let now = topic.now.get_untracked().max(held.at);
            kept.update_value(|kept| kept.update(now, &held.entries, order));
            Some((held.at, now))
        })
    });
    let entries = Memo::new(move |_| looked.get().map(|_| kept.with_value(read)));
    // What is there at first is nothing new.
    let seen = RwSignal::new(None::<Instant>);
    let first = Memo::new(move |before: Option<&Option<Instant>>| {
        before.copied().flatten().or_else(|| looked.get().map(|(at, _)| at))
    });
    let unseen = Memo::new(move |_| {
        looked.get();
        let since = seen.get().or_else(|| first.get());
        let is_new = |received: Instant| since.is_some_and(|since| received > since);
        kept.with_value(|kept| kept.shown().iter().filter(|each| is_new(each.received)).count())
    });
    Ok(UseActivities {
        entries,
        cut_by: Memo::new(move |_| {
            looked.get();
            let is_cut = topic.held.with(|held| held.as_ref().is_some_and(|held| held.left_out > 0));
            kept.with_value(Activities::cut_by).or_else(|| is_cut.then_some(Cut::Entries))
        }),
        left_out: Memo::new(move |_| {
            looked.get();
            let rows = topic.held.with(|held| held.as_ref().map_or(0, |held| held.left_out));
            rows + kept.with_value(|kept| kept.left_out(Cut::Entries) + kept.left_out(Cut::Age))
        }),
        unseen,
        mark_seen: Callback::new(move |()| seen.set(looked.get_untracked().map(|(_, now)| now))),
        topic,
    })
}

fn read<T: DeserializeOwned>(kept: &Activities) -> Vec<ActivityEntry<T>> {
    kept.shown()
        .iter()
        .filter_map(|activity| {
            let value = T::deserialize(&activity.value).ok()?;
            Some(ActivityEntry { key: activity.key.clone(), value })
        })
        .collect()
}
