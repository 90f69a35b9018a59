//! The notices on show.

use leptos::ev::{FocusEvent, KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

use crate::hooks::{UseNotices, use_realtime_notices};
use crate::i18n::{Lang, said, use_lang};
use crate::notices::{Notice, NoticeId, NoticeText, Summary, sentence, summary};
use crate::parts::{pressed, rows};

/// Where the focus goes when no notice is left and nothing else had it before.
const BELL: &str = "[data-testid=notifications]";

/// The notices that are shown now, at the lower edge of the window.
///
/// Few at a time, one for each event; none goes away while the pointer or the focus is on them, and Escape
/// or its button takes one away. Screen readers hear of them politely and at most every ten seconds: the
/// live region stands from the start, notices that come too soon are switched off in it, and a sum of them
/// follows. Mount it once; outside of a provider it is empty.
#[component]
pub fn Toasts() -> impl IntoView {
    let lang = use_lang();
    use_realtime_notices().ok().map(|notices| toasts(notices, lang))
}

fn toasts(notices: UseNotices, lang: Signal<Lang>) -> impl IntoView {
    let region: NodeRef<html::Div> = NodeRef::new();
    let came_from = StoredValue::new_local(None::<HtmlElement>);
    let ids = move || notices.shown.with(|all| all.iter().map(|notice| notice.id).collect::<Vec<_>>());
    let on_focusin = move |event: FocusEvent| {
        let from = event.related_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let is_outside =
            |from: &HtmlElement| region.get_untracked().is_some_and(|all| !all.contains(Some(from)));
        if let Some(from) = from.filter(is_outside) {
            came_from.set_value(Some(from));
        }
        notices.hold.run(true);
    };
    let spoken = move |said: Summary| {
        let text = Signal::derive(move || summary(&said, lang.get()));
        view! { <p class="visually-hidden">{text}</p> }.into_any()
    };
    // What still reads them holds them: the pointer when the focus goes, the focus when the pointer goes.
    let is_under_pointer =
        move || region.get_untracked().is_some_and(|all| all.matches(":hover").unwrap_or(false));
    let has_focus = move || region.get_untracked().is_some_and(|all| all.contains(focused().as_deref()));
    view! {
        <div
            class="toasts"
            role="status"
            aria-live="polite"
            aria-atomic="false"
            node_ref=region
            on:mouseenter=move |_: MouseEvent| notices.hold.run(true)
            on:mouseleave=move |_: MouseEvent| notices.hold.run(has_focus())
            on:focusin=on_focusin
            on:focusout=move |_: FocusEvent| notices.hold.run(is_under_pointer())
        >
            {rows(ids, NoticeId::clone, move |id| toast(id, notices, came_from, lang))}
            {rows(move || Vec::from_iter(notices.summary.get()), |said| said.turn, spoken)}
        </div>
    }
}

fn toast(
    id: NoticeId,
    notices: UseNotices,
    came_from: StoredValue<Option<HtmlElement>, LocalStorage>,
    lang: Signal<Lang>,
) -> AnyView {
    // The last it said stays while it is taken out.
    let notice = Memo::new(move |before: Option<&Option<Notice>>| {
        let found = notices.shown.with(|all| all.iter().find(|notice| notice.id == id).cloned());
        found.or_else(|| before.cloned().flatten())
    });
    let with = move |look: fn(&Notice, Lang) -> String| {
        Signal::derive(move || notice.with(|notice| notice.as_ref().map(|notice| look(notice, lang.get()))))
    };
    let politeness = Signal::derive(move || {
        notice.with(|notice| notice.as_ref().is_some_and(|it| it.is_quiet)).then_some("off")
    });
    let element: NodeRef<html::Div> = NodeRef::new();
    let dismiss = move || {
        if let Some(element) = element.get_untracked() {
            leave(&element, came_from.get_value());
        }
        notices.dismiss.run(id);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            dismiss();
        }
    };
    view! {
        <div
            class="toast"
            data-toast=with(|notice, _| notice.news.kind().to_owned())
            aria-live=politeness
            node_ref=element
            on:keydown=on_key
        >
            <span class="toast-text">{with(|notice, lang| sentence(&notice.news, notice.count, lang))}</span>
            <button
                type="button"
                class="toast-dismiss"
                aria-label=said(lang, NoticeText::Dismiss)
                on:click=pressed(dismiss)
            >
                <span aria-hidden="true">"×"</span>
            </button>
        </div>
    }
    .into_any()
}

fn focused() -> Option<Element> {
    document().active_element()
}

/// Takes the focus out of a toast that goes: to its neighbour, to where it came from, or to the history.
fn leave(toast: &HtmlElement, came_from: Option<HtmlElement>) {
    if !toast.contains(focused().as_deref()) {
        return;
    }
    let button = |toast: Element| toast.query_selector("button").ok().flatten();
    let neighbour = toast
        .next_element_sibling()
        .and_then(button)
        .or_else(|| toast.previous_element_sibling().and_then(button));
    let target = neighbour
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
        .or_else(|| came_from.filter(|from| from.is_connected()))
        .or_else(|| document().query_selector(BELL).ok().flatten()?.dyn_into().ok());
    if let Some(target) = target {
        // An element that cannot take the focus leaves it where it is.
        drop(target.focus());
    }
}
