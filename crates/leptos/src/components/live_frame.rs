//! The frame of a component that shows live data: what stands there while it cannot.

use leptos::html;
use leptos::prelude::*;
use realtime_manager::Instant;

use super::component_status::{Standing, standing};
use super::words::{ComponentText, word};
use crate::i18n::{Lang, ago, said, updated, use_lang};
use crate::parts::{self, memo, paragraph, pressed, steady};
use crate::provider::{Missing, Realtime};
use crate::{Liveness, TopicStatus};

/// Draws a component once its topics have data; before, after and around that it says how it stands.
///
/// A skeleton of the same size while it loads, the sentence `empty` where there is nothing, a mark with the
/// time where the data may be out of date, and an error with a retry. A child that is an `Err` is replaced
/// by a message with a retry that draws it again; the rest of the page goes on, the failure is counted
/// ([`use_draw_failures`]) and told as a notice.
///
/// A panic is not caught: WebAssembly is built to abort, and then no part of the page runs any more. What
/// can fail must be a `Result`.
///
/// ```no_run
/// use leptos::prelude::*;
/// use realtime_leptos::{LiveFrame, UseMetrics};
///
/// # #[derive(Debug)] struct NoChart;
/// # impl std::fmt::Display for NoChart { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }
/// # impl std::error::Error for NoChart {}
/// # fn chart() -> Result<&'static str, NoChart> { Err(NoChart) }
/// #[component]
/// fn Chart(metrics: UseMetrics) -> impl IntoView {
///     view! { <LiveFrame topics=vec![metrics.topic] title="Games">{chart()}</LiveFrame> }
/// }
/// ```
#[component]
pub fn LiveFrame(
    /// The topics that the component shows.
    topics: Vec<TopicStatus>,
    /// What it is called, for a notice about it.
    #[prop(into)]
    title: Signal<String>,
    /// What to say where there is nothing to show.
    #[prop(optional, into)]
    empty: Signal<Option<String>>,
    /// What stands below it; without it the age of data that are not live.
    #[prop(optional, into)]
    note: Option<Signal<Option<String>>>,
    /// Draws it; called again by a retry.
    children: ChildrenFn,
) -> impl IntoView {
    let lang = use_lang();
    let now = topics.first().map_or_else(Signal::default, |topic| topic.now);
    let stands = standing(topics.clone());
    let topics = StoredValue::new(topics);
    let has_data =
        memo(move || topics.with_value(|topics| topics.iter().all(|topic| topic.held.with(Option::is_some))));
    let wrong = steady(move || topics.with_value(|topics| topics.iter().find_map(|topic| topic.error.get())));
    let frame: NodeRef<html::Div> = NodeRef::new();
    let retry = Callback::new(move |()| {
        keep_focus(frame);
        topics.with_value(|topics| topics.iter().for_each(|topic| topic.refresh.run(())));
    });
    let shows = memo(move || shows(has_data.get(), stands.get().liveness, empty.with(Option::is_some)));
    let note = note.unwrap_or_else(|| {
        Signal::derive(move || has_data.get().then(|| stale_note(stands.get(), now, lang.get())).flatten())
    });
    let content = move || match shows.get() {
        Shows::Skeleton => skeleton(lang),
        Shows::Empty => view! { <p class="frame-empty">{empty}</p> }.into_any(),
        Shows::Error => failure(ComponentText::CannotShow, wrong, retry, lang),
        Shows::Component => drawn(children.clone(), title, frame, lang),
    };
    view! {
        <div
            class="frame"
            tabindex="-1"
            node_ref=frame
            data-frame=Signal::derive(move || shows.get().as_str())
            data-liveness=Signal::derive(move || stands.get().liveness.as_str())
            aria-busy=Signal::derive(move || (shows.get() == Shows::Skeleton).to_string())
        >
            {parts::drawn(content)}
            {paragraph("frame-note", note)}
        </div>
    }
}

/// How many times a part of the page could not be drawn.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_draw_failures};
/// # fn failures() -> Result<impl IntoView, Missing> {
/// let failures = use_draw_failures()?;
/// Ok(move || format!("{} parts failed", failures.get()))
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_draw_failures() -> Result<ReadSignal<u64>, Missing> {
    Ok(Realtime::of_context()?.draw_failures.read_only())
}

/// What a frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// A skeleton, of the size that the frame keeps.
    Skeleton,
    /// A sentence instead of what is not there.
    Empty,
    /// What is wrong, with a retry.
    Error,
    /// The component.
    Component,
}

impl Shows {
    fn as_str(self) -> &'static str {
        match self {
            Self::Skeleton => "loading",
            Self::Empty => "empty",
            Self::Error => "error",
            Self::Component => "ready",
        }
    }
}

/// Data that are there are shown, whatever has happened since.
fn shows(has_data: bool, liveness: Liveness, is_empty: bool) -> Shows {
    match (has_data, liveness) {
        (true, _) if is_empty => Shows::Empty,
        (true, _) => Shows::Component,
        (false, Liveness::Error) => Shows::Error,
        (
            false,
            Liveness::Loading
            | Liveness::Live
            | Liveness::Updating
            | Liveness::Stale { .. }
            | Liveness::Paused
            | Liveness::Closed,
        ) => Shows::Skeleton,
    }
}

/// How old data are that are not live; it runs every second only for those.
fn stale_note(stands: Standing, now: Signal<Instant>, lang: Lang) -> Option<String> {
    match stands.liveness {
        Liveness::Loading | Liveness::Live | Liveness::Updating => None,
        Liveness::Stale { .. } | Liveness::Paused | Liveness::Closed | Liveness::Error => {
            let age = now.get().saturating_since(stands.updated?);
            Some(format!("{} · {}", lang.t(word(stands.liveness)), updated(&ago(age, lang), lang)))
        }
    }
}

fn skeleton(lang: Signal<Lang>) -> AnyView {
    view! {
        <div class="frame-skeleton">
            <span class="visually-hidden">{said(lang, ComponentText::Loading)}</span>
        </div>
    }
    .into_any()
}

fn failure(
    what: ComponentText,
    wrong: Signal<Option<String>>,
    retry: Callback<()>,
    lang: Signal<Lang>,
) -> AnyView {
    view! {
        <div class="frame-failure">
            <p>{said(lang, what)} ". " {said(lang, ComponentText::Rest)}</p>
            <p class="frame-wrong">{wrong}</p>
            <button type="button" class="frame-retry" data-testid="frame-retry" on:click=pressed(move || retry.run(()))>
                {said(lang, ComponentText::TryAgain)}
            </button>
        </div>
    }
    .into_any()
}

/// The button that was pressed goes; the focus stays in the frame, for the next Tab.
fn keep_focus(frame: NodeRef<html::Div>) {
    if let Some(frame) = frame.get_untracked() {
        // An element that cannot take the focus leaves it where it is.
        drop(frame.focus());
    }
}

/// The children, or what stands for them when they fail.
fn drawn(
    children: ChildrenFn,
    title: Signal<String>,
    frame: NodeRef<html::Div>,
    lang: Signal<Lang>,
) -> AnyView {
    let shared = Realtime::of_context().ok();
    let turn = RwSignal::new(0_u32);
    let again = Callback::new(move |()| {
        keep_focus(frame);
        turn.update(|turn| *turn = turn.wrapping_add(1));
    });
    parts::drawn(move || {
        turn.track();
        let children = children.clone();
        let fallback = move |errors: ArcRwSignal<Errors>| {
            if let Some(shared) = shared {
                shared.not_drawn(title.get_untracked());
            }
            let wrong = Signal::derive(move || {
                errors.with(|errors| errors.iter().next().map(|(_, error)| error.to_string()))
            });
            view! { <div data-frame="not-drawn">{failure(ComponentText::NotDrawn, wrong, again, lang)}</div> }
        };
        view! { <ErrorBoundary fallback>{children()}</ErrorBoundary> }.into_any()
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::played::Played;
    use crate::use_realtime_notices;

    const OLD: Liveness = Liveness::Stale { since: Instant(Duration::from_secs(40)) };

    #[test]
    fn data_that_are_there_stay_whatever_happens() {
        let all = [Liveness::Live, OLD, Liveness::Paused, Liveness::Closed, Liveness::Error];
        for liveness in all {
            assert_eq!(shows(true, liveness, false), Shows::Component, "{liveness:?}");
        }
        assert_eq!(shows(true, Liveness::Live, true), Shows::Empty);
        assert_eq!(shows(false, Liveness::Error, false), Shows::Error);
        // Nothing was read yet, so nobody knows that there is nothing.
        assert_eq!(shows(false, Liveness::Loading, true), Shows::Skeleton);
    }

    #[test]
    fn what_is_not_live_says_how_old_it_is() {
        let now = Signal::stored(Instant(Duration::from_secs(100)));
        let stands = |liveness| Standing {
            liveness,
            updates: 1,
            errors: 0,
            updated: Some(Instant(Duration::from_secs(40))),
        };
        assert_eq!(stale_note(stands(Liveness::Live), now, Lang::En), None);
        let text = stale_note(stands(OLD), now, Lang::En).unwrap().replace('\u{a0}', " ");
        assert_eq!(text, "May be out of date · updated 1 min ago");
    }

    #[test]
    fn a_part_that_fails_is_counted_and_told_once_with_its_number() {
        let played = Played::connected();
        let (failures, notices) = played.within(|| {
            let shared = Realtime::of_context().unwrap();
            for _ in 0..3 {
                shared.not_drawn("Games".to_owned());
            }
            (use_draw_failures().unwrap(), use_realtime_notices().unwrap())
        });
        assert_eq!(failures.get_untracked(), 3);
        let shown = notices.shown.get_untracked();
        let said: Vec<_> = shown.iter().map(|notice| (notice.news.kind(), notice.count)).collect();
        assert_eq!(said, [("not-drawn", 3)]);
    }
}
