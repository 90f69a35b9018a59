//! What is wrong now, what was, and what is being done about it.

use std::collections::VecDeque;
use std::fmt;

use realtime_protocol::Topic;

use crate::Instant;
use crate::limits::{PROBLEM_HISTORY_MAX, PROBLEM_TEXT_BYTES_MAX};

/// What a problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The way to the server.
    Connection,
    /// Whether a topic is sent.
    Subscription,
    /// Whether what is sent is whole and can be read.
    Data,
    /// Whether it is quick and small enough.
    Performance,
}

impl ProblemKind {
    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Subscription => "subscription",
            Self::Data => "data",
            Self::Performance => "performance",
        }
    }
}

/// What a problem comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// The connection itself.
    Connection,
    /// The messages of the server, whatever they are about.
    Messages,
    /// One topic.
    Topic(Topic),
    /// A measured figure, by its name.
    Figure(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection => f.write_str("connection"),
            Self::Messages => f.write_str("messages"),
            Self::Topic(topic) => topic.fmt(f),
            Self::Figure(name) => f.write_str(name),
        }
    }
}

/// What is being done about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The connection is tried again; [`Health`](crate::Health) says when.
    Retry,
    /// The topic is asked for anew.
    Ask,
    /// The topic is left alone, and asked for once at this moment.
    LeaveAlone {
        /// When.
        until: Instant,
    },
    /// What could not be read is set aside, and the stream goes on.
    SetAside,
    /// Nothing, until somebody asks for it.
    Nothing,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is about.
    pub kind: ProblemKind,
    /// What it comes from.
    pub source: Source,
    /// Whether trying again can help; what the server refuses stays refused until something else changes.
    pub recoverable: bool,
    /// When it was raised.
    pub since: Instant,
    /// When it last happened.
    pub last: Instant,
    /// How often it happened since it was raised.
    pub count: u64,
    /// The newest words about it.
    pub text: String,
    /// What is being done about it.
    pub action: Action,
}

/// A problem that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastProblem {
    /// As it was last.
    pub problem: Problem,
    /// When it was over.
    pub until: Instant,
    /// What failed has worked again; false when nobody wants it any more.
    pub recovered: bool,
}

/// What the application is told about problems.
///
/// A problem is raised once; then it may change; then it is recovered or dropped, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemChange {
    /// It is there.
    Raised(Problem),
    /// Something else is being done about it, or trying again has become useless. That it happened
    /// again is only counted.
    Changed(Problem),
    /// What failed has worked again.
    Recovered(Problem),
    /// Nobody wants any more what failed, so it will not work again.
    Dropped(Problem),
}

/// Something that went wrong.
#[derive(Debug, Clone)]
pub(crate) struct NewProblem {
    pub(crate) kind: ProblemKind,
    pub(crate) source: Source,
    pub(crate) recoverable: bool,
    pub(crate) text: String,
    pub(crate) action: Action,
}

/// How a problem ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Recovered,
    Dropped,
}

/// The problems that stand, and those that are over.
///
/// Those that stand are few: one of a kind and source, and topics are bounded.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    current: Vec<Problem>,
    past: VecDeque<PastProblem>,
}

impl Problems {
    pub(crate) fn current(&self) -> &[Problem] {
        &self.current
    }

    pub(crate) fn past(&self) -> impl Iterator<Item = &PastProblem> {
        self.past.iter()
    }

    /// Something went wrong, perhaps not for the first time.
    pub(crate) fn raise(&mut self, now: Instant, failure: NewProblem) -> Option<ProblemChange> {
        let NewProblem { kind, source, recoverable, mut text, action } = failure;
        cut(&mut text, PROBLEM_TEXT_BYTES_MAX);
        let standing = self.current.iter_mut().find(|each| each.kind == kind && each.source == source);
        let Some(problem) = standing else {
            let problem =
                Problem { kind, source, recoverable, since: now, last: now, count: 1, text, action };
            self.current.push(problem.clone());
            return Some(ProblemChange::Raised(problem));
        };
        let is_other = problem.action != action || problem.recoverable != recoverable;
        *problem = Problem {
            kind,
            source,
            recoverable,
            since: problem.since,
            last: now,
            count: problem.count.saturating_add(1),
            text,
            action,
        };
        is_other.then(|| ProblemChange::Changed(problem.clone()))
    }

    /// Something else is being done about a problem that stands.
    pub(crate) fn act(
        &mut self,
        kind: ProblemKind,
        source: &Source,
        action: Action,
    ) -> Option<ProblemChange> {
        let mut standing = self.current.iter_mut().filter(|each| each.kind == kind && each.source == *source);
        let problem = standing.find(|each| each.action != action)?;
        problem.action = action;
        Some(ProblemChange::Changed(problem.clone()))
    }

    /// Ends the problems that `is_over` names, in the order in which they were raised.
    pub(crate) fn end(
        &mut self,
        now: Instant,
        end: End,
        is_over: impl Fn(&Problem) -> bool,
    ) -> Vec<ProblemChange> {
        let (over, stay) = std::mem::take(&mut self.current).into_iter().partition(is_over);
        self.current = stay;
        let over: Vec<Problem> = over;
        over.into_iter().map(|problem| self.ended(now, end, problem)).collect()
    }

    fn ended(&mut self, now: Instant, end: End, problem: Problem) -> ProblemChange {
        if self.past.len() >= PROBLEM_HISTORY_MAX {
            self.past.pop_front();
        }
        let recovered = end == End::Recovered;
        self.past.push_back(PastProblem { problem: problem.clone(), until: now, recovered });
        match end {
            End::Recovered => ProblemChange::Recovered(problem),
            End::Dropped => ProblemChange::Dropped(problem),
        }
    }
}

/// Shortens a text to so many bytes, at the end of a character.
pub(crate) fn cut(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn failure(name: &'static str, text: &str, action: Action) -> NewProblem {
        NewProblem {
            kind: ProblemKind::Performance,
            source: Source::Figure(name),
            recoverable: true,
            text: text.to_owned(),
            action,
        }
    }

    fn of(name: &'static str) -> impl Fn(&Problem) -> bool {
        move |problem| problem.source == Source::Figure(name)
    }

    #[test]
    fn a_problem_is_raised_once_counted_and_ended_once() {
        let mut problems = Problems::default();
        let raised = problems.raise(at(1), failure("memory", "a", Action::Nothing));
        assert!(matches!(raised, Some(ProblemChange::Raised(problem)) if problem.count == 1));
        assert_eq!(problems.raise(at(2), failure("memory", "b", Action::Nothing)), None);
        let expected = Problem {
            kind: ProblemKind::Performance,
            source: Source::Figure("memory"),
            recoverable: true,
            since: at(1),
            last: at(2),
            count: 2,
            text: "b".to_owned(),
            action: Action::Nothing,
        };
        assert_eq!(problems.current(), std::slice::from_ref(&expected));
        let ended = problems.end(at(5), End::Recovered, of("memory"));
        assert_eq!(ended, [ProblemChange::Recovered(expected.clone())]);
        assert_eq!(problems.end(at(6), End::Recovered, of("memory")), []);
        assert!(problems.current().is_empty());
        let past: Vec<&PastProblem> = problems.past().collect();
        assert_eq!(past, [&PastProblem { problem: expected, until: at(5), recovered: true }]);
    }

    #[test]
    fn only_another_action_or_hope_is_told_while_it_stands() {
        let mut problems = Problems::default();
        problems.raise(at(1), failure("memory", "a", Action::Ask));
        let changed = problems.raise(at(2), failure("memory", "b", Action::Nothing));
        assert!(matches!(changed, Some(ProblemChange::Changed(problem)) if problem.count == 2));
        let hopeless = NewProblem { recoverable: false, ..failure("memory", "b", Action::Nothing) };
        assert!(matches!(problems.raise(at(3), hopeless), Some(ProblemChange::Changed(_))));
        let source = Source::Figure("memory");
        assert_eq!(problems.act(ProblemKind::Performance, &source, Action::Nothing), None);
        assert_eq!(problems.act(ProblemKind::Data, &source, Action::Ask), None, "none of that kind stands");
        let changed = problems.act(ProblemKind::Performance, &source, Action::Ask);
        assert!(matches!(
            changed,
            Some(ProblemChange::Changed(Problem { count: 3, action: Action::Ask, .. }))
        ));
    }

    #[test]
    fn problems_of_another_source_or_kind_stand_by_themselves() {
        let mut problems = Problems::default();
        problems.raise(at(1), failure("memory", "a", Action::Nothing));
        problems.raise(at(1), failure("round trip", "a", Action::Nothing));
        problems
            .raise(at(1), NewProblem { kind: ProblemKind::Data, ..failure("memory", "a", Action::Nothing) });
        assert_eq!(problems.current().len(), 3);
        assert_eq!(problems.end(at(2), End::Dropped, of("memory")).len(), 2);
        assert_eq!(problems.current().len(), 1);
        assert!(problems.past().all(|past| !past.recovered));
    }

    #[test]
    fn the_past_is_bounded_and_the_oldest_goes_first() {
        let mut problems = Problems::default();
        for n in 0..=PROBLEM_HISTORY_MAX {
            problems.raise(at(0), failure("memory", &n.to_string(), Action::Nothing));
            problems.end(at(0), End::Recovered, |_| true);
        }
        let texts: Vec<&str> = problems.past().map(|past| past.problem.text.as_str()).collect();
        assert_eq!((texts.len(), texts[0]), (PROBLEM_HISTORY_MAX, "1"));
    }

    #[test]
    fn a_long_text_is_cut_at_the_end_of_a_character() {
        let mut problems = Problems::default();
        problems.raise(at(0), failure("memory", &format!("a{}", "é".repeat(1000)), Action::Nothing));
        let text = &problems.current()[0].text;
        assert_eq!(text.len(), PROBLEM_TEXT_BYTES_MAX - 1);
        assert!(text.ends_with('é'));
    }
}
