//! A component's own mark, fed by its own topics.

use leptos::prelude::*;
use realtime_manager::Instant;

use super::words::{details, word};
use crate::i18n::use_lang;
use crate::parts::memo;
use crate::{Liveness, TopicStatus};

/// What several topics of one component come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) liveness: Liveness,
    pub(super) updates: u64,
    pub(super) errors: u64,
    /// When the newest data arrived.
    pub(super) updated: Option<Instant>,
}

/// A small mark of how a component stands with its topics: shape, colour and a hidden word, with its
/// updates, its errors and its age as its title.
///
/// The numbers are those of the topics it is given, whatever the rest of the page does.
#[component]
pub fn ComponentStatus(
    /// The topics that the component shows.
    topics: Vec<TopicStatus>,
) -> impl IntoView {
    let lang = use_lang();
    let now = topics.first().map_or_else(Signal::default, |topic| topic.now);
    let standing = standing(topics);
    let title = Signal::derive(move || {
        let Standing { liveness, updates, errors, updated } = standing.get();
        let age = updated.map(|at| now.get().saturating_since(at));
        details(liveness, updates, errors, age, lang.get())
    });
    let count = move |count: fn(Standing) -> u64| Signal::derive(move || count(standing.get()).to_string());
    let look =
        move |look: fn(Liveness) -> &'static str| Signal::derive(move || look(standing.get().liveness));
    let said = Signal::derive(move || lang.get().t(word(standing.get().liveness)));
    view! {
        <span
            class="mark"
            data-liveness=look(Liveness::as_str)
            data-updates=count(|standing| standing.updates)
            data-errors=count(|standing| standing.errors)
            title=title
        >
            <svg class="mark-shape" viewBox="0 0 12 12" aria-hidden="true">
                <path d=look(shape) />
            </svg>
            <span class="visually-hidden">{said}</span>
        </span>
    }
}

/// Follows what the topics come to.
pub(super) fn standing(topics: Vec<TopicStatus>) -> Memo<Standing> {
    memo(move || {
        let sum = |count: fn(&TopicStatus) -> u64| topics.iter().map(count).sum();
        Standing {
            liveness: together(topics.iter().map(|topic| topic.liveness.get())),
            updates: sum(|topic| topic.updates.get()),
            errors: sum(|topic| topic.errors.get()),
            updated: topics.iter().filter_map(|topic| topic.last_updated.get()).max(),
        }
    })
}

/// The word that a component with several topics deserves: that of the worst of them.
fn together(all: impl Iterator<Item = Liveness>) -> Liveness {
    let rank = |liveness: &Liveness| match liveness {
        Liveness::Live => 0,
        Liveness::Updating => 1,
        Liveness::Loading => 2,
        Liveness::Stale { .. } => 3,
        Liveness::Paused => 4,
        Liveness::Closed => 5,
        Liveness::Error => 6,
    };
    let worst = |a: Liveness, b: Liveness| match (a, b) {
        (Liveness::Stale { since: a }, Liveness::Stale { since: b }) => Liveness::Stale { since: a.min(b) },
        (a, b) if rank(&b) > rank(&a) => b,
        (a, _) => a,
    };
    all.reduce(worst).unwrap_or(Liveness::Loading)
}

/// A shape of its own for each word, so that nobody needs its colour.
fn shape(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Live | Liveness::Updating => "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1z",
        Liveness::Loading => "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1zM6 3a3 3 0 1 1 0 6A3 3 0 1 1 6 3z",
        Liveness::Stale { .. } => "M6 1l5.5 10H.5z",
        Liveness::Paused => "M2 1.5h3v9H2zM7 1.5h3v9H7z",
        Liveness::Closed => "M1.5 1.5h9v9h-9zM3.5 3.5v5h5v-5z",
        Liveness::Error => "M2.5 1L6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5z",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::played::{Played, secs, view};
    use crate::{UseRealtimeOptions, use_realtime_topic};

    #[test]
    fn a_component_is_as_well_as_the_worst_of_its_topics() {
        let at = |seconds| Instant(Duration::from_secs(seconds));
        let stale = |seconds| Liveness::Stale { since: at(seconds) };
        let cases = [
            (vec![Liveness::Live, Liveness::Updating], Liveness::Updating),
            (vec![Liveness::Loading, Liveness::Live], Liveness::Loading),
            (vec![stale(9), stale(4), Liveness::Live], stale(4)),
            (vec![Liveness::Paused, stale(4)], Liveness::Paused),
            (vec![Liveness::Error, Liveness::Closed], Liveness::Error),
            (vec![], Liveness::Loading),
        ];
        for (all, expected) in cases {
            assert_eq!(together(all.iter().copied()), expected, "{all:?}");
        }
    }

    /// Behaviour: B56 — broken by: counting the updates of every topic of the page
    #[test]
    fn each_component_counts_its_own_updates_and_errors() {
        let played = Played::connected();
        let (busy, quiet, refused) = (view("busy"), view("quiet"), view("refused"));
        played.server.set(&busy, &[("n", json!(0))]);
        played.server.set(&quiet, &[("n", json!(0))]);
        played.server.refuse(&refused, "unauthorized");
        let [one, two, both, error] = played.within(|| {
            let follow = |topic: &realtime_protocol::Topic| {
                use_realtime_topic(topic.clone(), UseRealtimeOptions::default()).unwrap()
            };
            let topics = [follow(&busy), follow(&quiet), follow(&refused)];
            let [busy, quiet, refused] = topics;
            [vec![busy], vec![quiet], vec![busy, quiet], vec![refused]].map(standing)
        });
        played.pass(secs(2));
        for n in 1..=3 {
            played.put(&busy, &[("n", json!(n))]);
        }
        let numbers = |standing: Memo<Standing>| {
            let Standing { updates, errors, .. } = standing.get_untracked();
            (updates, errors)
        };
        assert_eq!(numbers(one), (4, 0));
        assert_eq!(numbers(two), (1, 0));
        assert_eq!(numbers(both), (5, 0));
        assert_eq!(numbers(error), (0, 1));
        assert_eq!(error.get_untracked().liveness, Liveness::Error);
        assert_eq!(two.get_untracked().liveness, Liveness::Live);
        assert!(one.get_untracked().updated > two.get_untracked().updated);
    }
}
