//! Notices of the connection, in a polite live region.

use leptos::prelude::*;
use realtime_leptos::i18n::{StatusText, caught_up};
use realtime_leptos::{UseConnection, use_realtime_event};
use realtime_manager::{Event, Instant, Status};

use super::locale::Locale;
use crate::i18n::Text;
use crate::notices::{Notice, Notices};

/// The notices; the region stands from the start, so that screen readers know it.
#[component]
pub(crate) fn Toasts(connection: UseConnection, now: Signal<Instant>) -> impl IntoView {
    let locale = Locale::of_context();
    let notices = RwSignal::new(Notices::default());
    let held = RwSignal::new(false);
    let heard = use_realtime_event(move |event| {
        let now = now.get_untracked();
        match event.as_ref() {
            Event::Status(change) => notices.update(|notices| notices.status(change.to, now)),
            Event::CaughtUp(caught_up) => notices.update(|notices| notices.caught_up(*caught_up, now)),
            Event::Batch(_)
            | Event::Deliveries(_)
            | Event::Mode(_)
            | Event::Problem(_)
            | Event::Preferences(_)
            | Event::Rows(_)
            | Event::Refused { .. }
            | Event::Resynchronised { .. } => {}
        }
    });
    Effect::new(move |_| {
        let now = now.get();
        notices.update(|notices| notices.tick(now, held.get_untracked()));
    });
    let shown = Memo::new(move |_| notices.with(Notices::shown));
    view! {
        <div
            class="toasts"
            role="status"
            aria-live="polite"
            on:mouseenter=move |_| held.set(true)
            on:mouseleave=move |_| held.set(false)
            on:focusin=move |_| held.set(true)
            on:focusout=move |_| held.set(false)
        >
            {heard.err().map(|error| error.to_string())}
            {move || {
                shown
                    .get()
                    .map(|notice| {
                        view! {
                            <div class="toast" data-toast=kind(notice)>
                                <span>{move || sentence(notice, connection.status.get(), locale)}</span>
                                <button
                                    type="button"
                                    class="toast-dismiss"
                                    aria-label=locale.t(Text::Dismiss)
                                    on:click=move |_| notices.update(Notices::dismiss)
                                >
                                    "×"
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

fn kind(notice: Notice) -> &'static str {
    match notice {
        Notice::Lost => "lost",
        Notice::Restored(_) => "restored",
    }
}

fn sentence(notice: Notice, status: Status, locale: Locale) -> String {
    let lang = locale.lang();
    match (notice, status) {
        (Notice::Restored(caught), _) => caught_up(caught, lang),
        (Notice::Lost, Status::Error) => lang.t(StatusText::GaveUp).to_owned(),
        (
            Notice::Lost,
            Status::Disconnected | Status::Connecting | Status::Connected | Status::Reconnecting,
        ) => lang.t(Text::Lost).to_owned(),
    }
}
