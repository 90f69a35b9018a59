//! The history of notices, behind a bell.

use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Node;

use crate::hooks::{UseNotices, use_page_clock, use_realtime_notices};
use crate::i18n::{Lang, ago, said, use_lang};
use crate::notices::{NoticeText, PastNotice, bell, sentence};
use crate::parts::{drawn, paragraph, pressed, rows, shown, steady};

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
            focus(button);
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
    let unread = steady(move || if open.get() { 0 } else { notices.unread.get() });
    let count = Signal::derive(move || unread.get().to_string());
    let name = Signal::derive(move || bell(unread.get(), lang.get()));
    let badge = move || match unread.get() {
        0 => ().into_any(),
        unread => {
            view! { <span class="bell-unread" aria-hidden="true">{unread.to_string()}</span> }.into_any()
        }
    };
    view! {
        <div class="bell" node_ref=whole on:keydown=on_key>
            <button
                type="button"
                class="bell-toggle"
                data-testid="notifications"
                data-unread=count
                aria-expanded=Signal::derive(move || open.get().to_string())
                aria-controls=HISTORY
                aria-label=name
                node_ref=button
                on:click=pressed(move || set_open(!open.get_untracked()))
            >
                <svg class="bell-shape" viewBox="0 0 20 20" aria-hidden="true">
                    <path d="M10 2a5 5 0 0 0-5 5v3.5L3.2 14a.7.7 0 0 0 .6 1h12.4a.7.7 0 0 0 .6-1L15 10.5V7a5 5 0 0 0-5-5zM8 16.5a2 2 0 0 0 4 0z" />
                </svg>
                {drawn(badge)}
            </button>
            {shown(open.into(), move || history(notices, button, lang))}
        </div>
    }
}

fn focus(button: NodeRef<html::Button>) {
    if let Some(button) = button.get_untracked() {
        // An element that cannot take the focus leaves it where it is.
        drop(button.focus());
    }
}

fn history(notices: UseNotices, bell: NodeRef<html::Button>, lang: Signal<Lang>) -> AnyView {
    let has_some = steady(move || !notices.history.with(Vec::is_empty));
    let note = Signal::derive(move || {
        let text = match (notices.is_off.get(), has_some.get()) {
            (true, _) => NoticeText::Off,
            (false, false) => NoticeText::Empty,
            (false, true) => return None,
        };
        Some(lang.get().t(text).to_owned())
    });
    // The button goes with what it clears, so the focus cannot stay on it.
    let clear_all = move || {
        notices.clear.run(());
        focus(bell);
    };
    let clear = move || {
        view! {
            <button
                type="button"
                class="history-clear"
                data-testid="notifications-clear"
                on:click=pressed(clear_all)
            >
                {said(lang, NoticeText::Clear)}
            </button>
        }
        .into_any()
    };
    view! {
        <section
            class="history"
            id=HISTORY
            data-testid="notification-history"
            aria-label=said(lang, NoticeText::History)
        >
            <div class="history-head">
                <p class="history-title">{said(lang, NoticeText::History)}</p>
                {shown(has_some, clear)}
            </div>
            {paragraph("history-note", note)}
            <ol class="history-list">
                {rows(move || notices.history.get(), key, move |past| row(past, lang))}
            </ol>
        </section>
    }
    .into_any()
}

/// One that says something else or happened again is another row.
fn key(past: &PastNotice) -> impl std::hash::Hash + use<> {
    (past.id, past.news.kind(), past.at)
}

fn row(past: PastNotice, lang: Signal<Lang>) -> AnyView {
    let now = use_page_clock().unwrap_or_else(|_| Signal::stored(past.at));
    let (at, kind) = (past.at, past.news.kind());
    let text = Signal::derive(move || sentence(&past.news, past.count, lang.get()));
    let age = Signal::derive(move || ago(now.get().saturating_since(at), lang.get()));
    view! {
        <li class="history-row" data-notice=kind>
            <span>{text}</span>
            <span class="history-age">{age}</span>
        </li>
    }
    .into_any()
}
