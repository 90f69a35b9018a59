//! `LiveFrame`: what stands around a component, and in its place while it cannot be drawn.

use leptos::prelude::*;
use realtime_leptos::{
    LiveFrame, NotificationBell, UseMetrics, UseRealtimeOptions, use_draw_failures, use_realtime_metrics,
};
use realtime_protocol::Topic;

use crate::facts::or_missing;
use crate::world::{next_game, shown_in};

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
        "empty" | "failed" | "failed-once" => "live",
        other => other,
    };
    shown_in(situation, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        or_missing(use_realtime_metrics(topic, UseRealtimeOptions::default()), |metrics| {
            let games = metrics.figure::<u64>("games");
            let empty = Signal::stored((state == "empty").then(|| "No games yet".to_owned()));
            let fails = StoredValue::new(match state {
                "failed" => u32::MAX,
                "failed-once" => 1,
                _ => 0,
            });
            let child = move || {
                let left = fails.get_value();
                fails.set_value(left.saturating_sub(1));
                if left > 0 { Err(Broken) } else { Ok(view! { <p>{games}</p> }) }
            };
            let neighbours = (state == "failed-once").then(|| neighbours(&metrics));
            view! {
                <LiveFrame topics=vec![metrics.topic] title="Games" empty>{child()}</LiveFrame>
                {neighbours}
            }
            .into_any()
        })
    })
}

/// What goes on beside a frame that fails: another frame, the history of notices, the count of failures.
fn neighbours(metrics: &UseMetrics) -> AnyView {
    let (topic, games) = (metrics.topic, metrics.figure::<u64>("games"));
    let next_game = next_game();
    let count = or_missing(use_draw_failures(), |failures| {
        view! { <p>"Failures: " <output data-failures>{failures}</output></p> }.into_any()
    });
    view! {
        <div class="gallery-head">
            <NotificationBell />
            <button type="button" data-testid="next-game" on:click=move |_| next_game()>"Next game"</button>
        </div>
        <LiveFrame topics=vec![topic] title="Neighbour">
            <p data-neighbour>{games}</p>
        </LiveFrame>
        {count}
    }
    .into_any()
}
