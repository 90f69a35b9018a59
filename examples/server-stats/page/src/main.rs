//! Three figures of a machine, each with its own age, and the status of their connection.

use leptos::prelude::*;
use realtime_leptos::{StatusIndicator, UseRealtimeOptions, provide_realtime, use_realtime_metrics};
use realtime_protocol::Topic;

#[component]
fn Board() -> impl IntoView {
    let stats = provide_realtime(Default::default())
        .ok()
        .and_then(|()| use_realtime_metrics(Topic::view("stats").ok()?, UseRealtimeOptions::default()).ok());
    stats.map(|stats| {
        let figure = |name: &'static str| {
            let value = stats.figure::<u64>(name);
            let shown = move || value.get().map_or_else(|| "…".to_owned(), |value| value.to_string());
            view! { <p data-figure=name><strong>{shown}</strong> " " {name}</p> }
        };
        view! {
            <main>
                <h1>"Server"</h1>
                {["load_milli", "memory_free_kb", "uptime_s"].map(figure)}
                <StatusIndicator show_updates=true />
            </main>
        }
    })
}

fn main() {
    mount_to_body(Board);
}
