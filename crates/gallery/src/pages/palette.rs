//! The colours, each as it is used: text on the three grounds, and marks.

use leptos::prelude::*;

const GROUNDS: [&str; 3] = ["ground", "surface", "raised"];
const TEXTS: [&str; 9] = ["text", "muted", "link", "ok", "info", "warn", "bad", "mafia-text", "town"];

pub(crate) fn view(_state: &'static str) -> AnyView {
    GROUNDS
        .map(|ground| {
            let texts = TEXTS
                .map(|text| view! { <li style:color=format!("var(--{text})")>{text} " 0123456789"</li> });
            view! {
                <section class="gallery-ground" style:background=format!("var(--{ground})")>
                    <h2>{ground}</h2>
                    <ul>{texts}</ul>
                </section>
            }
        })
        .into_any()
}
