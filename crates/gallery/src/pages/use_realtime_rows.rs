//! `use_realtime` on the rows of a table, in two parts that come and go, from the server behind this page.

use std::collections::BTreeMap;

use leptos::prelude::*;
use realtime_leptos::{RealtimeConfig, UseRealtimeOptions, provide_realtime, use_realtime};
use realtime_protocol::Topic;
use serde_json::Value;

use crate::facts::{fact, list, of_topic, or_missing};

/// What each state asks for.
pub(crate) const STATES: &[&str] = &["all", "town"];

pub(crate) fn view(state: &'static str) -> AnyView {
    let text = if state == "town" { "table:games?winner=eq.town" } else { "table:games" };
    let (Ok(topic), Ok(())) = (Topic::parse(text), provide_realtime(RealtimeConfig::default())) else {
        return ().into_any();
    };
    [("first", "toggle-first"), ("second", "toggle-second")]
        .map(|(name, toggle)| part(name, toggle, topic.clone()))
        .collect_view()
        .into_any()
}

fn part(name: &'static str, toggle: &'static str, topic: Topic) -> AnyView {
    let is_open = RwSignal::new(true);
    let rows = move || is_open.get().then(|| rows(topic.clone()));
    view! {
        <section data-part=name>
            <button type="button" data-testid=toggle on:click=move |_| is_open.update(|is| *is = !*is)>
                {name}
            </button>
            {rows}
        </section>
    }
    .into_any()
}

fn rows(topic: Topic) -> AnyView {
    or_missing(use_realtime::<BTreeMap<String, Value>>(topic, UseRealtimeOptions::default()), |hook| {
        let data = hook.data;
        let keys = fact("data", move || {
            let keys = data.with(|data| data.as_ref().map(|data| data.keys().cloned().collect::<Vec<_>>()));
            keys.unwrap_or_default().join(" ")
        });
        list([keys].into_iter().chain(of_topic(hook.topic)))
    })
}
