//! `use_realtime_preferences`: what the viewer prefers.

use leptos::prelude::*;
use realtime_leptos::use_realtime_preferences;

use crate::facts::{fact, list, or_missing};
use crate::world::shown_in;

pub(crate) fn view(state: &'static str) -> AnyView {
    shown_in(state, || {
        or_missing(use_realtime_preferences(), |hook| {
            let preferences = hook.preferences;
            list([fact("preferences", move || preferences.get())])
        })
    })
}
