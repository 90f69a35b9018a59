//! A page in its frame, and the list of all pages.

use gomafia_dashboard::browser::mark;
use gomafia_dashboard::settings::Settings;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlElement;
use realtime_leptos::i18n::provide_lang;

use crate::address::{Wish, link};
use crate::pages::PAGES;

/// What the address asks for.
pub(crate) fn show(wish: &Wish, settings: Settings) -> AnyView {
    provide_lang(Signal::stored(settings.lang));
    mark("lang", Some(settings.lang.tag()));
    mark("data-theme", Some(settings.theme.as_str()));
    mark("data-motion", wish.is_reduced.then_some("reduced"));
    let Some((page, state)) = wish.shown else {
        return view! {
            <main class="gallery">
                <h1>"Gallery"</h1>
                {list(settings)}
            </main>
        }
        .into_any();
    };
    document().set_title(&format!("{} · {state}", page.name));
    view! {
        <main class="gallery" data-page=page.name data-state=state>
            <h1 class="gallery-title">{page.name} " · " {state}</h1>
            {(page.view)(state)}
        </main>
    }
    .into_any()
}

/// Presses what must be open in the state that is shown, one control a frame, and then says so.
pub(crate) fn press(controls: &'static [&'static str]) {
    let Some((control, rest)) = controls.split_first() else {
        mark("data-ready", Some(""));
        return;
    };
    request_animation_frame(move || {
        let found = document().query_selector(&format!("[data-testid={control}]")).ok().flatten();
        if let Some(control) = found.and_then(|control| control.dyn_into::<HtmlElement>().ok()) {
            control.click();
        }
        request_animation_frame(move || press(rest));
    });
}

fn list(settings: Settings) -> impl IntoView {
    let (lang, theme) = (settings.lang.tag(), settings.theme.as_str());
    PAGES
        .iter()
        .map(|page| {
            let states = page.states.iter().map(|state| {
                view! { <li><a href=link(page, state, lang, theme)>{page.name} " · " {*state}</a></li> }
            });
            view! {
                <section>
                    <h2>{page.name}</h2>
                    <ul class="gallery-list">{states.collect_view()}</ul>
                </section>
            }
        })
        .collect_view()
}
