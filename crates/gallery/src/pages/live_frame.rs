//! `LiveFrame`: what stands around a component, and in its place while it cannot be drawn.

use leptos::prelude::*;
use realtime_leptos::{LiveFrame, UseRealtimeOptions, use_realtime_metrics};
use realtime_protocol::Topic;

use crate::facts::or_missing;
use crate::world::shown_in;

/// Why a child of the frame is not drawn.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("series has no points")
    }
}

impl std::error::Error for Broken {}

pub(crate) fn view(state: &'static str) -> AnyView {
    let situation = match state {
        "empty" | "failed" => "live",
        other => other,
    };
    shown_in(situation, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        or_missing(use_realtime_metrics(topic, UseRealtimeOptions::default()), |metrics| {
            let games = metrics.figure::<u64>("games");
            let empty = Signal::stored((state == "empty").then(|| "No games yet".to_owned()));
            let child = move || match state {
                "failed" => Err(Broken),
                _ => Ok(view! { <p>{games}</p> }),
            };
            view! { <LiveFrame topics=vec![metrics.topic] title="Games" empty>{child()}</LiveFrame> }
                .into_any()
        })
    })
}
