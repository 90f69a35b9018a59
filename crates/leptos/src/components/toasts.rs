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
    let focus = Focus::default();
    let ids = move || notices.shown.with(|all| all.iter().map(|notice| notice.id).collect::<Vec<_>>());
    let spoken = move |said: Summary| {
        let text = Signal::derive(move || summary(&said, lang.get()));
        view! { <p class="visually-hidden">{text}</p> }.into_any()
    };
    let on_focusin = move |event: FocusEvent| {
        focus.comes(&event);
        notices.hold.run(true);
    };
    let on_focusout = move |_: FocusEvent| {
        focus.goes();
        notices.hold.run(focus.is_under_pointer());
    };
    view! {
        <div
            class="toasts"
            role="status"
            aria-live="polite"
            aria-atomic="false"
            node_ref=focus.region
            on:mouseenter=move |_: MouseEvent| notices.hold.run(true)
            on:mouseleave=move |_: MouseEvent| notices.hold.run(focus.is_here())
            on:focusin=on_focusin
            on:focusout=on_focusout
        >
            {rows(ids, NoticeId::clone, move |id| toast(id, notices, focus, lang))}
            {rows(move || Vec::from_iter(notices.summary.get()), |said| said.turn, spoken)}
        </div>
    }
}

fn toast(id: NoticeId, notices: UseNotices, focus: Focus, lang: Signal<Lang>) -> AnyView {
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
    on_cleanup(move || focus.hand_on(id));
    let dismiss = move || notices.dismiss.run(id);
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
            on:focusin=move |_: FocusEvent| focus.holder.set_value(Some(id))
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

/// Where the focus is among the notices, so that it has somewhere to go when one of them does.
#[derive(Debug, Clone, Copy)]
struct Focus {
    region: NodeRef<html::Div>,
    /// The notice that has it.
    holder: StoredValue<Option<NoticeId>>,
    /// What had it before the notices.
    came_from: StoredValue<Option<HtmlElement>, LocalStorage>,
}

impl Default for Focus {
    fn default() -> Self {
        Self {
            region: NodeRef::new(),
            holder: StoredValue::default(),
            came_from: StoredValue::new_local(None),
        }
    }
}

impl Focus {
    fn comes(self, event: &FocusEvent) {
        let from = event.related_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let is_outside =
            |from: &HtmlElement| self.region.get_untracked().is_some_and(|all| !all.contains(Some(from)));
        if let Some(from) = from.filter(is_outside) {
            self.came_from.set_value(Some(from));
        }
    }

    /// A notice that is taken out loses the focus too, and hands it on before this looks.
    fn goes(self) {
        queue_microtask(move || {
            if !self.is_here() {
                self.holder.try_set_value(None);
            }
        });
    }

    // What still reads them holds them: the pointer when the focus goes, the focus when the pointer goes.
    fn is_under_pointer(self) -> bool {
        self.region.get_untracked().is_some_and(|all| all.matches(":hover").unwrap_or(false))
    }

    fn is_here(self) -> bool {
        let focused = document().active_element();
        self.region.try_get_untracked().flatten().is_some_and(|all| all.contains(focused.as_deref()))
    }

    /// A notice is gone, whoever took it: another has the focus that it had, or what had it before, or the
    /// history.
    fn hand_on(self, gone: NoticeId) {
        if self.holder.try_get_value().flatten() != Some(gone) {
            return;
        }
        let found = |within: Option<Element>, selector| {
            within.and_then(|all| all.query_selector(selector).ok().flatten()?.dyn_into::<HtmlElement>().ok())
        };
        let region = self.region.try_get_untracked().flatten().map(Into::into);
        let came_from = || self.came_from.try_get_value().flatten().filter(|from| from.is_connected());
        let target = found(region, ".toast-dismiss")
            .or_else(came_from)
            .or_else(|| found(document().document_element(), BELL));
        if let Some(target) = target {
            // An element that cannot take the focus leaves it where it is.
            drop(target.focus());
        }
    }
}
