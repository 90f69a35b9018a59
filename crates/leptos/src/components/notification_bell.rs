//! The history of notices, behind a bell.

use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Node;

use crate::hooks::{UseNotices, use_page_clock, use_realtime_notices};
use crate::i18n::{Lang, ago, said, use_lang};
use crate::notices::{NoticeText, PastNotice, bell, sentence};

/// The list that the bell opens.
const HISTORY: &str = "notification-history";

/// A button with the number of notices that nobody has looked at; it opens their history, which Escape or
/// a press outside closes. Outside of a provider it is absent.
#[component]
pub fn NotificationBell() -> impl IntoView {
    let lang = use_lang();
    use_realtime_notices().ok().map(|notices| notification_bell(notices, lang))
}

fn notification_bell(notices: UseNotices, lang: Signal<Lang>) -> impl IntoView {
    let open = RwSignal::new(false);
    let whole: NodeRef<html::Div> = NodeRef::new();
    let button: NodeRef<html::Button> = NodeRef::new();
    let set_open = move |is_open: bool| {
        open.set(is_open);
        notices.mark_read.run(());
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            set_open(false);
            if let Some(button) = button.get_untracked() {
                // An element that cannot take the focus leaves it where it is.
                drop(button.focus());
            }
        }
    };
    let outside = window_event_listener(ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        let is_inside = whole.get_untracked().is_some_and(|whole| whole.contains(target.as_ref()));
        if open.get_untracked() && !is_inside {
            set_open(false);
        }
    });
    on_cleanup(move || outside.remove());
    // Who has the list open sees what comes.
    let unread = move || if open.get() { 0 } else { notices.unread.get() };
    let badge = move || (unread() > 0).then(|| unread().to_string());
    view! {
        <div class="bell" node_ref=whole on:keydown=on_key>
            <button
                type="button"
                class="bell-toggle"
                data-testid="notifications"
                data-unread=unread
                aria-expanded=move || open.get().to_string()
                aria-controls=HISTORY
                aria-label=move || bell(unread(), lang.get())
                node_ref=button
                on:click=move |_| set_open(!open.get_untracked())
            >
                <svg class="bell-shape" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M10 2a5 5 0 0 0-5 5v3.5L3.2 14a.7.7 0 0 0 .6 1h12.4a.7.7 0 0 0 .6-1L15 10.5V7a5 5 0 0 0-5-5zM8 16.5a2 2 0 0 0 4 0z" />
                </svg>
                {move || badge().map(|unread| view! { <span class="bell-unread" aria-hidden="true">{unread}</span> })}
            </button>
            <Show when=move || open.get()>{history(notices, lang)}</Show>
        </div>
    }
}

fn history(notices: UseNotices, lang: Signal<Lang>) -> impl IntoView {
    let is_empty = Memo::new(move |_| notices.history.with(Vec::is_empty));
    let note = move || match (notices.is_off.get(), is_empty.get()) {
        (true, _) => Some(NoticeText::Off),
        (false, true) => Some(NoticeText::Empty),
        (false, false) => None,
    };
    view! {
        <section
            class="history"
            id=HISTORY
            data-testid="notification-history"
            aria-label=said(lang, NoticeText::History)
        >
            {move || note().map(|text| view! { <p class="history-note">{said(lang, text)}</p> })}
            <ol class="history-list">
                <For each=move || notices.history.get() key=key let(past)>{row(past, lang)}</For>
            </ol>
            <Show when=move || !is_empty.get()>
                <button
                    type="button"
                    class="history-clear"
                    data-testid="notifications-clear"
                    on:click=move |_| notices.clear.run(())
                >
                    {said(lang, NoticeText::Clear)}
                </button>
            </Show>
        </section>
    }
}

/// One that says something else or happened again is another row.
fn key(past: &PastNotice) -> impl std::hash::Hash + Eq + use<> {
    (past.id, past.news.kind(), past.at)
}

fn row(past: PastNotice, lang: Signal<Lang>) -> impl IntoView {
    let now = use_page_clock().unwrap_or_else(|_| Signal::stored(past.at));
    let (at, kind) = (past.at, past.news.kind());
    view! {
        <li class="history-row" data-notice=kind>
            <span>{move || sentence(&past.news, past.count, lang.get())}</span>
            <span class="history-age">{move || ago(now.get().saturating_since(at), lang.get())}</span>
        </li>
    }
}
