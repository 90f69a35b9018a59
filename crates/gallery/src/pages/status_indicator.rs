//! `StatusIndicator`: the state of the connection, in three depths; `.panel` and `.details` open them.

use leptos::prelude::*;
use realtime_leptos::{StatusIndicator, StatusSize, UseRealtimeOptions, use_realtime_topic};
use realtime_protocol::Topic;

use crate::world::shown_in;

/// In every situation as a mark, and in those that differ further in.
pub(crate) const STATES: &[&str] = &[
    "live",
    "connecting",
    "reconnecting",
    "trying",
    "error",
    "refused",
    "disconnected",
    "paused",
    "live.small",
    "live.large",
    "live.panel",
    "connecting.panel",
    "reconnecting.panel",
    "error.panel",
    "refused.panel",
    "disconnected.panel",
    "paused.panel",
    "live.details",
    "reconnecting.details",
    "topic-refused.details",
    "unreadable.details",
    "paused.details",
];

pub(crate) fn view(state: &'static str) -> AnyView {
    let (situation, detail) = state.split_once('.').unwrap_or((state, ""));
    let size = match detail {
        "small" => StatusSize::Small,
        "large" => StatusSize::Large,
        _ => StatusSize::Medium,
    };
    shown_in(situation, || {
        for name in ["metrics", "activity"] {
            if let Ok(topic) = Topic::view(name)
                && let Err(missing) = use_realtime_topic(topic, UseRealtimeOptions::default())
            {
                return missing.to_string().into_any();
            }
        }
        view! { <div class="gallery-head"><StatusIndicator size show_updates=true /></div> }.into_any()
    })
}

pub(crate) fn pressed(state: &'static str) -> &'static [&'static str] {
    match state.split_once('.') {
        Some((_, "panel")) => &["status-toggle"],
        Some((_, "details")) => &["status-toggle", "status-settings"],
        _ => &[],
    }
}
