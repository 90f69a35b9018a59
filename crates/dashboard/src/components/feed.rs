//! The activity feed.

use std::time::Duration;

use leptos::prelude::*;
use realtime_leptos::i18n::{ago, counted};
use realtime_manager::Cut;

use super::locale::Locale;
use crate::browser;
use crate::entries::{Entry, Kind, Shown};
use crate::i18n::{GAME, PLAYER, Text};
use crate::moment::EventTime;

/// The feed; `None` until its first state is there.
#[component]
pub(crate) fn Feed(shown: Memo<Option<Shown>>, wall_ms: Signal<i64>) -> impl IntoView {
    let locale = Locale::of_context();
    let is_empty =
        Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.entries.is_empty())));
    let cut = Memo::new(move |_| shown.with(|shown| shown.as_ref().and_then(|shown| shown.cut)));
    let entries =
        move || shown.with(|shown| shown.as_ref().map(|shown| shown.entries.clone()).unwrap_or_default());
    let empty = move || match is_empty.get() {
        None => Some(Text::Loading),
        Some(true) => Some(Text::ActivityEmpty),
        Some(false) => None,
    };
    view! {
        <section class="feed" aria-labelledby="feed-title">
            <h2 class="feed-title" id="feed-title">{locale.t(Text::Activity)}</h2>
            {move || empty().map(|text| view! { <p class="feed-empty">{locale.t(text)}</p> })}
            <ol class="feed-list">
                // A changed entry is another row: keyed by all that it says.
                <For each=entries key=Entry::clone let(entry)>
                    <Row entry wall_ms />
                </For>
            </ol>
            {move || {
                cut.get().map(|cut| view! { <p class="feed-cut" data-cut=cut_mark(cut)>{locale.t(cut_text(cut))}</p> })
            }}
        </section>
    }
}

#[component]
fn Row(entry: Entry, wall_ms: Signal<i64>) -> impl IntoView {
    let locale = Locale::of_context();
    let Entry { id, title, at, kind, .. } = entry;
    let (kind_word, kind_mark) = (kind_word(&kind), kind_mark(&kind));
    let title = move || if title.is_empty() { locale.lang().t(kind_word).to_owned() } else { title.clone() };
    view! {
        <li class="entry" data-entry=id data-kind=kind_mark>
            <div class="entry-head">
                <span class="entry-kind">{locale.t(kind_word)}</span>
                <span class="entry-title">{title}</span>
            </div>
            <div class="entry-facts">
                <Facts kind />
                <When at wall_ms />
            </div>
        </li>
    }
}

#[component]
fn Facts(kind: Kind) -> impl IntoView {
    let locale = Locale::of_context();
    match kind {
        Kind::Game { winner, running, players, corrected } => {
            let status = if running { Text::GameRunning } else { Text::GameFinished };
            let result = match (winner, running) {
                (Some(winner), _) => Some(winner.text()),
                (None, true) => None,
                (None, false) => Some(Text::NoWinner),
            };
            view! {
                {result
                    .map(|text| {
                        view! {
                            <span class="winner" data-winner=winner.map(crate::entries::Winner::word)>{locale.t(text)}</span>
                        }
                    })}
                <span class="entry-status" class:entry-running=running>{locale.t(status)}</span>
                <span>{move || counted(players, PLAYER, locale.lang())}</span>
                {corrected.then(|| view! { <span class="corrected" data-corrected="true">{locale.t(Text::Corrected)}</span> })}
            }
            .into_any()
        }
        Kind::Tournament { status } => {
            view! { <span class="entry-status">{locale.t(status.text())}</span> }.into_any()
        }
        Kind::Import { games } => {
            view! { <span>{move || counted(games, GAME, locale.lang())}</span> }.into_any()
        }
    }
}

#[component]
fn When(at: Option<EventTime>, wall_ms: Signal<i64>) -> impl IntoView {
    let locale = Locale::of_context();
    match at {
        None => view! { <span class="entry-when">{locale.t(Text::NoDate)}</span> }.into_any(),
        Some(EventTime::Day(day)) => {
            view! { <time class="entry-when" datetime=day.to_string()>{day.to_string()}</time> }.into_any()
        }
        Some(EventTime::Moment(millis)) => {
            let local = browser::local(millis).to_string();
            let datetime = local.clone();
            let age = move || {
                let past = u64::try_from(wall_ms.get().saturating_sub(millis)).ok()?;
                Some(format!(" · {}", ago(Duration::from_millis(past), locale.lang())))
            };
            view! { <time class="entry-when" datetime=datetime>{local} {age}</time> }.into_any()
        }
    }
}

fn cut_text(cut: Cut) -> Text {
    match cut {
        Cut::Entries => Text::FeedCutEntries,
        Cut::Age => Text::FeedCutAge,
    }
}

fn cut_mark(cut: Cut) -> &'static str {
    match cut {
        Cut::Entries => "entries",
        Cut::Age => "age",
    }
}

fn kind_word(kind: &Kind) -> Text {
    match kind {
        Kind::Game { .. } => Text::Game,
        Kind::Tournament { .. } => Text::Tournament,
        Kind::Import { .. } => Text::Import,
    }
}

fn kind_mark(kind: &Kind) -> &'static str {
    match kind {
        Kind::Game { .. } => "game",
        Kind::Tournament { .. } => "tournament",
        Kind::Import { .. } => "import",
    }
}
