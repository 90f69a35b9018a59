//! `use_realtime_activities`: what happened, the newest first.

use leptos::prelude::*;
use realtime_leptos::{UseActivitiesOptions, UseRealtimeOptions, use_realtime_activities};
use realtime_manager::ActivityLimits;
use realtime_protocol::Topic;
use serde_json::Value;

use crate::facts::{fact, list, of_topic, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("activity") else { return ().into_any() };
        let options = UseActivitiesOptions {
            realtime: UseRealtimeOptions::default(),
            limits: ActivityLimits::default(),
            order_by: "offset",
        };
        or_missing(use_realtime_activities::<Value>(topic, options), |hook| {
            let (entries, cut_by, left_out, unseen) = (hook.entries, hook.cut_by, hook.left_out, hook.unseen);
            let facts = [
                fact("entries", move || {
                    entries.with(|entries| {
                        let keys = entries.as_ref()?.iter().map(|entry| entry.key.clone());
                        Some(keys.collect::<Vec<_>>().join(" "))
                    })
                }),
                fact("cut_by", move || cut_by.get()),
                fact("left_out", move || left_out.get()),
                fact("unseen", move || unseen.get()),
            ];
            list(facts.into_iter().chain(of_topic(hook.topic)))
        })
    })
}
