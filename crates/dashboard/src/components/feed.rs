//! The activity feed.

use std::time::Duration;

use leptos::prelude::*;
use realtime_leptos::i18n::{Lang, ago, counted};
use realtime_leptos::parts::{drawn, memo, pressed, rows, shown, steady};
use realtime_leptos::{ComponentStatus, LiveFrame};
use realtime_manager::Cut;

use super::locale::Locale;
use crate::browser;
use crate::entries::{Entry, Kind};
use crate::hooks::UseActivityFeed;
use crate::i18n::{GAME, NEW, PLAYER, Text};
use crate::moment::EventTime;

/// The feed.
#[component]
pub(crate) fn Feed(feed: UseActivityFeed, wall_ms: Signal<i64>) -> impl IntoView {
    let locale = Locale::of_context();
    let is_empty = memo(move || feed.entries.with(|entries| entries.as_ref().is_some_and(Vec::is_empty)));
    let empty =
        Signal::derive(move || is_empty.get().then(|| locale.lang().t(Text::ActivityEmpty).to_owned()));
    let title = Signal::derive(move || locale.lang().t(Text::Activity).to_owned());
    let entries = move || feed.entries.get().unwrap_or_default();
    let unseen = steady(move || u64::try_from(feed.unseen.get()).unwrap_or(u64::MAX));
    let unseen_text = Signal::derive(move || counted(unseen.get(), NEW, locale.lang()));
    let mark_seen = move || {
        view! {
            <button
                type="button"
                class="feed-unseen"
                data-testid="mark-seen"
                title=locale.t(Text::MarkSeen)
                on:click=pressed(move || feed.mark_seen.run(()))
            >
                {unseen_text}
            </button>
        }
        .into_any()
    };
    let cut = move || match feed.cut_by.get() {
        Some(cut) => {
            view! { <p class="feed-cut" data-cut=cut_mark(cut)>{locale.t(cut_text(cut))}</p> }.into_any()
        }
        None => ().into_any(),
    };
    // A changed entry, or one in another language, is another row: in a burst a hundred rows are drawn at
    // once, and signals for their words would cost more than the rows. For the same reason the words are
    // properties: a child has nodes of its own that mark its place.
    let spoken = move || {
        let lang = locale.lang();
        entries().into_iter().map(|entry| (entry, lang)).collect()
    };
    let list = move || rows(spoken, <(Entry, Lang)>::clone, move |(entry, lang)| row(&entry, lang, wall_ms));
    view! {
        <section class="feed" aria-labelledby="feed-title">
            <div class="feed-head">
                <h2 class="feed-title" id="feed-title">{title}</h2>
                <ComponentStatus topics=vec![feed.status] />
                {shown(Signal::derive(move || unseen.get() != 0), mark_seen)}
            </div>
            <LiveFrame topics=vec![feed.status] title empty>
                <ol class="feed-list">{list()}</ol>
            </LiveFrame>
            {drawn(cut)}
        </section>
    }
}

fn row(entry: &Entry, lang: Lang, wall_ms: Signal<i64>) -> AnyView {
    let Entry { id, title, at, kind, .. } = entry;
    let kind_word = lang.t(kind.of().text());
    let title = if title.is_empty() { kind_word.to_owned() } else { title.clone() };
    view! {
        <li class="entry" data-entry=id.clone() data-kind=kind.of().word()>
            <div class="entry-head">
                <span class="entry-kind" prop:textContent=kind_word></span>
                <span class="entry-title" prop:textContent=title></span>
            </div>
            <div class="entry-facts">
                {facts(kind, lang)}
                {when(at.as_ref(), lang, wall_ms)}
            </div>
        </li>
    }
    .into_any()
}

fn facts(kind: &Kind, lang: Lang) -> AnyView {
    match *kind {
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
                            <span
                                class="winner"
                                data-winner=winner.map(crate::entries::Winner::word)
                                prop:textContent=lang.t(text)
                            ></span>
                        }
                    })}
                <span class="entry-status" class:entry-running=running prop:textContent=lang.t(status)></span>
                <span prop:textContent=counted(players, PLAYER, lang)></span>
                {corrected.then(|| view! { <span class="corrected" data-corrected="true">{lang.t(Text::Corrected)}</span> })}
            }
            .into_any()
        }
        Kind::Tournament { status } => {
            view! { <span class="entry-status">{lang.t(status.text())}</span> }.into_any()
        }
        Kind::Import { games } => view! { <span>{counted(games, GAME, lang)}</span> }.into_any(),
    }
}

fn when(at: Option<&EventTime>, lang: Lang, wall_ms: Signal<i64>) -> AnyView {
    match at {
        None => view! { <span class="entry-when">{lang.t(Text::NoDate)}</span> }.into_any(),
        Some(EventTime::Day(day)) => {
            view! { <time class="entry-when" datetime=day.to_string()>{day.to_string()}</time> }.into_any()
        }
        Some(&EventTime::Moment(millis)) => {
            let local = browser::local(millis).to_string();
            let datetime = local.clone();
            let age = Signal::derive(move || {
                let past = u64::try_from(wall_ms.get().saturating_sub(millis)).ok()?;
                Some(format!(" · {}", ago(Duration::from_millis(past), lang)))
            });
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
