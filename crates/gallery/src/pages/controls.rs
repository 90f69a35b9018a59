//! Buttons as every component has them.

use leptos::prelude::*;

pub(crate) fn view(state: &'static str) -> AnyView {
    let is_disabled = state == "disabled";
    view! {
        <p class="gallery-row">
            <button type="button" disabled=is_disabled>"Connect"</button>
            <button type="button" disabled=is_disabled>"Подключить"</button>
            <button type="button" class="tool" disabled=is_disabled>"RU"</button>
        </p>
    }
    .into_any()
}
