//! `use_realtime_performance`: rates, round trips, memory.

use leptos::prelude::*;
use realtime_leptos::{UseRealtimeOptions, use_realtime_performance, use_realtime_topic};
use realtime_protocol::Topic;

use crate::facts::{fact, list, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        if let Err(missing) = use_realtime_topic(topic, UseRealtimeOptions::default()) {
            return missing.to_string().into_any();
        }
        or_missing(use_realtime_performance(), |hook| {
            let (rates, latency, memory, cleaned) = (hook.rates, hook.latency, hook.memory, hook.cleaned);
            let (trips, stats, budget, clean_up) = (hook.round_trips, hook.stats, hook.budget, hook.clean_up);
            let end_to_end = hook.end_to_end;
            let facts = list([
                fact("rates", move || rates.get()),
                fact("latency", move || latency.get()),
                fact("end_to_end", move || end_to_end.get()),
                fact("round_trips", move || trips.with(Vec::len)),
                fact("updates", move || stats.with(|stats| stats.updates)),
                fact("memory", move || (memory.get(), budget)),
                fact("cleaned", move || cleaned.get()),
            ]);
            view! {
                <p class="gallery-row">
                    <button type="button" on:click=move |_| clean_up.run(())>"clean_up"</button>
                </p>
                {facts}
            }
            .into_any()
        })
    })
}
