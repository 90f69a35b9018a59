//! `use_realtime_metrics`: one topic, figure by figure.

use leptos::prelude::*;
use realtime_leptos::{UseRealtimeOptions, use_realtime_metrics};
use realtime_protocol::Topic;

use crate::facts::{fact, list, of_topic, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        or_missing(use_realtime_metrics(topic, UseRealtimeOptions::default()), |hook| {
            let (games, players) = (hook.figure::<u64>("games"), hook.figure::<u64>("players"));
            let figures = [fact("games", move || games.get()), fact("players", move || players.get())];
            list(figures.into_iter().chain(of_topic(hook.topic)))
        })
    })
}
