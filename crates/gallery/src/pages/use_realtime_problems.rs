//! `use_realtime_problems`: what is wrong, what was, and what could not be read.

use leptos::prelude::*;
use realtime_leptos::{UseRealtimeOptions, use_realtime_problems, use_realtime_topic};
use realtime_protocol::Topic;

use crate::facts::{fact, list, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        if let Err(missing) = use_realtime_topic(topic, UseRealtimeOptions::default()) {
            return missing.to_string().into_any();
        }
        or_missing(use_realtime_problems(), |hook| {
            let (current, history, set_aside) = (hook.current, hook.history, hook.set_aside);
            list([
                fact("current", move || current.get()),
                fact("history", move || history.with(Vec::len)),
                fact("set_aside", move || set_aside.get()),
            ])
        })
    })
}
