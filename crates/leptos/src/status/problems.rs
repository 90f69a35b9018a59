//! What is wrong, what was, and what was set aside.

use leptos::prelude::*;
use realtime_manager::{Problem, ProblemKind, Reason};

use super::controls::Interface;
use crate::i18n::{
    BYTE, ProblemText, TIME, ago, can_do, counted, done_about, fault_text, happened, length, loss,
};
use crate::parts::{drawn, memo, rows};

/// What is wrong now, each with what happened, since when, what is done and what can be done.
pub(crate) fn current(all: Interface) -> AnyView {
    let problems = all.problems.current;
    // What was raised once is one element, so that its open words stay open.
    let key = |problem: &Problem| (problem.kind, problem.source.clone(), problem.since);
    rows(move || problems.get(), key, move |problem| current_one(all, problem))
}

fn current_one(all: Interface, first: Problem) -> AnyView {
    let Interface { lang, now, connection, loss: lost, .. } = all;
    let problems = all.problems.current;
    let is_connection = first.kind == ProblemKind::Connection;
    let reconnects = all.preferred(|preferences| preferences.recovery.auto_reconnect);
    // As it is now: what is done about it changes.
    let newest = memo(move || {
        problems.with(|problems| {
            let is_it = |other: &&Problem| other.kind == first.kind && other.source == first.source;
            problems.iter().find(is_it).unwrap_or(&first).clone()
        })
    });
    let what = Signal::derive(move || {
        let words = newest.with(|problem| happened(problem, lang.get()));
        // That it is lost is what `words` say.
        let reason = lost.get().filter(|reason| is_connection && *reason != Reason::Closed(None));
        let reason = reason.and_then(|reason| loss(reason, lang.get()));
        reason.map_or_else(|| format!("{words}."), |reason| format!("{words}: {reason}."))
    });
    let since = Signal::derive(move || {
        newest.with(|problem| {
            let since = length(now.get().saturating_since(problem.since), lang.get());
            match problem.count {
                0 | 1 => since,
                count => format!("{since} · {}", counted(count, TIME, lang.get())),
            }
        })
    });
    let done = Signal::derive(move || {
        let reconnects = reconnects.get() == Some(true);
        let health = connection.health.read();
        newest.with(|problem| done_about(problem, &health, reconnects, now.get(), lang.get()))
    });
    let kind = Signal::derive(move || newest.with(|problem| problem.kind.as_str()));
    let can_do = Signal::derive(move || newest.with(|problem| lang.get().t(can_do(problem))));
    let raw = Signal::derive(move || newest.with(|problem| problem.text.clone()));
    view! {
        <div class="status-problem" data-problem=kind>
            <p class="status-what">{what} " " <span class="status-since">{since}</span></p>
            <p>{done}</p>
            <p>{can_do}</p>
            <details>
                <summary>{all.t(ProblemText::Raw)}</summary>
                <code>{raw}</code>
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
                let when = Signal::derive(move || ago(now.get().saturating_since(past.until), lang.get()));
                let lasted = past.until.saturating_since(past.problem.since);
                let end = if past.recovered { ProblemText::Recovered } else { ProblemText::Dropped };
                let problem = past.problem;
                let text = problem.text.clone();
                let what = Signal::derive(move || happened(&problem, lang.get()));
                let lasted = Signal::derive(move || length(lasted, lang.get()));
                view! {
                    <li class="status-row">
                        <span>{what} " (" {text} ")"</span>
                        <span class="status-muted">{when} " · " {lasted} " · " {all.t(end)}</span>
                    </li>
                }
                .into_any()
            })
            .collect()
    };
    listed(all.t(ProblemText::NoHistory), rows)
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
                let when = Signal::derive(move || ago(now.get().saturating_since(message.at), lang.get()));
                let bytes = u64::try_from(message.bytes).unwrap_or(u64::MAX);
                let size = Signal::derive(move || counted(bytes, BYTE, lang.get()));
                view! {
                    <li class="status-row">
                        <details>
                            <summary>{all.t(fault_text(message.fault))} ", " {when}</summary>
                            <p>{message.detail} " (" {size} ")"</p>
                            <code>{message.sample}</code>
                        </details>
                    </li>
                }
                .into_any()
            })
            .collect()
    };
    listed(all.t(ProblemText::NoneSetAside), rows)
}

/// A list, and what is said while it is empty.
fn listed(none: Signal<&'static str>, rows: impl Fn() -> Vec<AnyView> + Send + Sync + 'static) -> AnyView {
    drawn(move || {
        let rows = rows();
        let none = rows.is_empty().then(|| view! { <p class="status-muted">{none}</p> }.into_any());
        view! {
            {none}
            <ul class="status-list">{rows}</ul>
        }
        .into_any()
    })
}
