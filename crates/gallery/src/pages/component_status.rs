//! `ComponentStatus`: a component's own mark.

use leptos::prelude::*;
use realtime_leptos::{ComponentStatus, UseRealtimeOptions, use_realtime_topic};
use realtime_protocol::Topic;

use crate::facts::or_missing;
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        let Ok(topic) = Topic::view("metrics") else { return ().into_any() };
        or_missing(use_realtime_topic(topic, UseRealtimeOptions::default()), |topic| {
            view! { <p class="gallery-row"><ComponentStatus topics=vec![topic] /></p> }.into_any()
        })
    })
}
