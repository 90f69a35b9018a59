//! `use_realtime_connection`: how the connection is, and what can be done about it.

use leptos::prelude::*;
use realtime_leptos::use_realtime_connection;

use crate::facts::{fact, list, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        or_missing(use_realtime_connection(), |hook| {
            let (status, health, live) = (hook.status, hook.health, hook.live);
            let commands = [
                ("connect", hook.connect),
                ("disconnect", hook.disconnect),
                ("retry", hook.retry),
                ("stop", hook.stop),
            ];
            let buttons = commands.map(|(name, command)| {
                view! { <button type="button" on:click=move |_| command.run(())>{name}</button> }
            });
            let facts = list([
                fact("status", move || status.get()),
                fact("live", move || live.get()),
                fact("since", move || health.with(|health| health.since.0)),
                fact("attempt", move || health.with(|health| (health.attempt, health.max_attempts))),
                fact("next_attempt_in", move || health.with(|health| health.next_attempt_in)),
                fact("latency", move || health.with(|health| health.latency.map(|latency| latency.last))),
                fact("link", move || health.with(|health| health.link)),
                fact("last_data_age", move || health.with(|health| health.last_data_age)),
                fact("last_error", move || health.with(|health| health.last_error.clone())),
            ]);
            view! { <p class="gallery-row">{buttons}</p> {facts} }.into_any()
        })
    })
}
