//! What is wrong, what was, and what was set aside.

use leptos::prelude::*;
use realtime_manager::{Problem, ProblemKind};

use super::controls::Interface;
use crate::i18n::{ProblemText, ago, can_do, done_about, happened, length, loss};

/// What is wrong now, each with what happened, since when, what is done and what can be done.
pub(crate) fn current(all: Interface) -> AnyView {
    let problems = all.problems.current;
    view! {
        <For
            each=move || problems.get()
            // What was raised once is one element, so that its open words stay open.
            key=|problem| (problem.kind, problem.source.clone(), problem.since)
            let(problem)
        >
            {current_one(all, problem)}
        </For>
    }
    .into_any()
}

fn current_one(all: Interface, first: Problem) -> AnyView {
    let Interface { lang, now, connection, loss: lost, .. } = all;
    let problems = all.problems.current;
    let is_connection = first.kind == ProblemKind::Connection;
    let reconnects = all.preferred(|preferences| preferences.recovery.auto_reconnect);
    // As it is now: what is done about it changes.
    let newest = Memo::new(move |_| {
        problems.with(|problems| {
            let is_it = |other: &&Problem| other.kind == first.kind && other.source == first.source;
            problems.iter().find(is_it).unwrap_or(&first).clone()
        })
    });
    let what = move || {
        let words = newest.with(|problem| happened(problem, lang.get()));
        let reason = lost.get().filter(|_| is_connection).and_then(|reason| loss(reason, lang.get()));
        reason.map_or_else(|| format!("{words}."), |reason| format!("{words}: {reason}."))
    };
    let since = move || {
        newest.with(|problem| {
            let since = length(now.get().saturating_since(problem.since), lang.get());
            if problem.count > 1 { format!("{since} · {}×", problem.count) } else { since }
        })
    };
    let done = move || {
        let reconnects = reconnects.get() == Some(true);
        let health = connection.health.read();
        newest.with(|problem| done_about(problem, &health, reconnects, now.get(), lang.get()))
    };
    view! {
        <div class="status-problem" data-problem=move || newest.with(|problem| problem.kind.as_str())>
            <p class="status-what">{what} " " <span class="status-since">{since}</span></p>
            <p>{done}</p>
            <p>{move || newest.with(|problem| lang.get().t(can_do(problem)))}</p>
            <details>
                <summary>{all.t(ProblemText::Raw)}</summary>
                <code>{move || newest.with(|problem| problem.text.clone())}</code>
            </details>
        </div>
    }
    .into_any()
}

/// What was wrong and is over, the newest first.
pub(crate) fn history(all: Interface) -> AnyView {
    let Interface { lang, now, .. } = all;
    let past = all.problems.history;
    let rows = move || {
        past.get()
            .into_iter()
            .rev()
            .map(|past| {
                let when = move || ago(now.get().saturating_since(past.until), lang.get());
                let lasted = past.until.saturating_since(past.problem.since);
                let end = if past.recovered { ProblemText::Recovered } else { ProblemText::Dropped };
                let problem = past.problem;
                let text = problem.text.clone();
                view! {
                    <li class="status-row">
                        <span>{move || happened(&problem, lang.get())} " (" {text} ")"</span>
                        <span class="status-muted">
                            {when} " · " {move || length(lasted, lang.get())} " · " {all.t(end)}
                        </span>
                    </li>
                }
            })
            .collect_view()
    };
    listed(all, Signal::derive(move || past.with(Vec::is_empty)), ProblemText::NoHistory, rows)
}

/// Messages that could not be read, the newest first.
pub(crate) fn set_aside(all: Interface) -> AnyView {
    let Interface { lang, now, .. } = all;
    let kept = all.problems.set_aside;
    let rows = move || {
        kept.get()
            .into_iter()
            .rev()
            .map(|message| {
                let when = move || ago(now.get().saturating_since(message.at), lang.get());
                view! {
                    <li class="status-row">
                        <details>
                            <summary>{message.fault.to_string()} ", " {when}</summary>
                            <p>{message.detail} " (" {message.bytes} " B)"</p>
                            <code>{message.sample}</code>
                        </details>
                    </li>
                }
            })
            .collect_view()
    };
    listed(all, Signal::derive(move || kept.with(Vec::is_empty)), ProblemText::NoneSetAside, rows)
}

fn listed<V: IntoView + 'static>(
    all: Interface,
    is_empty: Signal<bool>,
    none: ProblemText,
    rows: impl Fn() -> V + Send + Sync + 'static,
) -> AnyView {
    view! {
        {move || is_empty.get().then(|| view! { <p class="status-muted">{all.t(none)}</p> })}
        <ul class="status-list">{rows}</ul>
    }
    .into_any()
}
