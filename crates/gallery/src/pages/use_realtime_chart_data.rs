//! `use_realtime_chart_data`: the points of a chart.

use leptos::prelude::*;
use realtime_leptos::{ChartOptions, UseRealtimeOptions, use_realtime_chart_data};
use realtime_protocol::Topic;

use crate::facts::{fact, list, of_topic, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        let options = ChartOptions {
            prefix: "games_by_day/",
            points: Signal::stored(7),
            realtime: UseRealtimeOptions::default(),
        };
        or_missing(use_realtime_chart_data(topic, options), |hook| {
            let points = hook.points;
            let shown = fact("points", move || {
                points.with(|points| {
                    let points = points.as_ref()?.iter();
                    let texts = points.map(|point| format!("{}: {}", point.label, point.value));
                    Some(texts.collect::<Vec<_>>().join(", "))
                })
            });
            list([shown].into_iter().chain(of_topic(hook.topic)))
        })
    })
}
