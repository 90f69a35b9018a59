//! `use_realtime`: one topic as a type of the application.

use std::collections::BTreeMap;

use leptos::prelude::*;
use realtime_leptos::{UseRealtimeOptions, use_realtime};
use realtime_protocol::Topic;
use serde_json::Value;

use crate::facts::{fact, list, of_topic, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        or_missing(use_realtime::<BTreeMap<String, Value>>(topic, UseRealtimeOptions::default()), |hook| {
            let data = hook.data;
            let games = fact("data.games", move || {
                data.with(|data| data.as_ref().and_then(|data| data.get("games")?.as_u64()))
            });
            list([games].into_iter().chain(of_topic(hook.topic)))
        })
    })
}
