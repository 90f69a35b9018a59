//! `use_realtime_subscriptions`: what is subscribed, with its counters.

use leptos::prelude::*;
use realtime_leptos::{UseRealtimeOptions, use_realtime_subscriptions, use_realtime_topic};
use realtime_protocol::Topic;

use crate::facts::{fact, list, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        for name in ["metrics", "activity"] {
            let Ok(topic) = Topic::view(name) else { continue };
            if let Err(missing) = use_realtime_topic(topic, UseRealtimeOptions::default()) {
                return missing.to_string().into_any();
            }
        }
        or_missing(use_realtime_subscriptions(), |hook| {
            let (subscriptions, closed, total) = (hook.list, hook.closed, hook.total);
            list([
                fact("list", move || {
                    subscriptions.with(|all| {
                        let texts = all.iter().map(|info| format!("{} {}", info.topic, info.updates));
                        texts.collect::<Vec<_>>().join(", ")
                    })
                }),
                fact("closed", move || closed.get()),
                fact("total", move || total.get()),
            ])
        })
    })
}
