//! `NotificationBell`: the history of notices.

use leptos::prelude::*;
use realtime_leptos::NotificationBell;

use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    let situation = if state == "unread" || state == "open" { "restored" } else { "live" };
    shown_in(situation, || view! { <div class="gallery-head"><NotificationBell /></div> }.into_any())
}

pub(crate) fn pressed(state: &'static str) -> &'static [&'static str] {
    match state {
        "open" | "open-empty" => &["notifications"],
        _ => &[],
    }
}
