//! The list of what is subscribed, each of which the viewer can close.

use std::collections::BTreeMap;

use leptos::prelude::*;
use realtime_manager::{Instant, SubscriptionInfo};
use realtime_protocol::Topic;
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// What [`use_realtime_subscriptions`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseSubscriptions {
    /// All subscribed topics with their counters, in order of their names.
    pub list: Memo<Vec<SubscriptionInfo>>,
    /// Since when each of them is followed without a break.
    pub since: Memo<BTreeMap<Topic, Instant>>,
    /// Topics that the viewer closed.
    pub closed: Memo<Vec<Topic>>,
    /// Updates of all topics since the start, of those that ended too.
    pub total: Memo<u64>,
    /// Closes a topic for every component that uses it; what they hold stays, with its time.
    pub close: Callback<Topic>,
    /// Opens it again.
    pub reopen: Callback<Topic>,
    /// Closes all.
    pub close_all: Callback<()>,
}

/// Follows the list of subscriptions.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_subscriptions};
/// # fn list() -> Result<impl IntoView, Missing> {
/// let subscriptions = use_realtime_subscriptions()?;
/// Ok(move || subscriptions.list.get().into_iter().map(|info| {
///     let topic = info.topic.clone();
///     view! {
///         <p>{info.topic.to_string()} ": " {info.updates}</p>
///         <button on:click=move |_| subscriptions.close.run(topic.clone())>"Close"</button>
///     }
/// }).collect_view())
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner. A closed topic stays closed until it is opened or
/// refreshed, also for components that come later.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_subscriptions() -> Result<UseSubscriptions, Missing> {
    let shared = Realtime::of_context()?;
    let follow = move || {
        shared.connection.track();
        shared.store.track();
    };
    let list = Memo::new(move |_| {
        follow();
        shared.driver(Driver::subscriptions).unwrap_or_default()
    });
    let close = move |topics: Vec<Topic>| {
        shared.closed.update(|closed| {
            for topic in topics {
                closed.insert(topic, ());
            }
        });
    };
    Ok(UseSubscriptions {
        list,
        since: Memo::new(move |_| {
            shared.connection.track();
            let mut since = BTreeMap::new();
            for info in shared.driver(Driver::subscribers).unwrap_or_default() {
                let first = since.entry(info.topic).or_insert(info.since);
                *first = info.since.min(*first);
            }
            since
        }),
        closed: Memo::new(move |_| shared.closed.with(|closed| closed.keys().cloned().collect())),
        total: Memo::new(move |_| {
            follow();
            shared.driver(|driver| driver.stats().updates).unwrap_or_default()
        }),
        close: Callback::new(move |topic| close(vec![topic])),
        reopen: Callback::new(move |topic: Topic| {
            shared.closed.update(|closed| {
                closed.remove(&topic);
            });
        }),
        close_all: Callback::new(move |()| {
            close(list.with_untracked(|list| list.iter().map(|info| info.topic.clone()).collect()));
        }),
    })
}
