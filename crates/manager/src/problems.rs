//! When the manager calls something a problem, and when it is over.

use realtime_protocol::Topic;
use realtime_protocol::message::ResetReason;

use crate::aside::BadInput;
use crate::errors::{End, NewProblem};
use crate::limits::MESSAGES_CLEAN_AFTER;
use crate::manager::Manager;
use crate::session::{Failure, Session};
use crate::subscription::Trouble;
use crate::{
    Action, Event, Instant, PastProblem, Problem, ProblemChange, ProblemKind, Reason, SetAside, Source,
};

impl Manager {
    /// What is wrong now, in the order in which it was raised.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.problems.current()
    }

    /// What was wrong and is over, the oldest first; at most
    /// [`PROBLEM_HISTORY_MAX`](crate::limits::PROBLEM_HISTORY_MAX).
    pub fn error_history(&self) -> impl Iterator<Item = &PastProblem> {
        self.problems.past()
    }

    /// The newest messages that could not be read, the oldest first; at most
    /// [`ASIDE_MAX`](crate::limits::ASIDE_MAX). [`Stats::malformed`](crate::Stats::malformed) counts all.
    pub fn set_aside(&self) -> impl Iterator<Item = &SetAside> {
        self.aside.kept()
    }

    pub(crate) fn raise(&mut self, now: Instant, failure: NewProblem) {
        let change = self.problems.raise(now, failure);
        if matches!(change, Some(ProblemChange::Raised(_))) {
            self.stats.problems += 1;
        }
        self.tell_problems(change);
    }

    /// The problem of this kind and source is over, if it stands.
    pub(crate) fn clear(&mut self, now: Instant, kind: ProblemKind, source: &Source, end: End) {
        let changes =
            self.problems.end(now, end, |problem| problem.kind == kind && problem.source == *source);
        self.tell_problems(changes);
    }

    /// What the connection's new state says about it; only an answered heartbeat is a recovery.
    pub(crate) fn connection_problem(&mut self, now: Instant, session: Session, reason: Reason) {
        let (kind, source) = (ProblemKind::Connection, Source::Connection);
        match session {
            // A change of the wishes plans anew or ends the waiting; what was wrong stays the same.
            Session::Backoff { .. } if reason == Reason::Asked => self.connection_acted_on(Action::Retry),
            Session::Failed { .. } if reason == Reason::Asked => self.connection_acted_on(Action::Nothing),
            Session::Backoff { .. } => {
                let text = reason.to_string();
                self.raise(now, NewProblem { kind, source, recoverable: true, text, action: Action::Retry });
            }
            Session::Failed { why } => {
                let (text, recoverable) = (reason.to_string(), why != Failure::Refused);
                self.raise(now, NewProblem { kind, source, recoverable, text, action: Action::Nothing });
            }
            Session::Opening { .. } | Session::Answering { .. } => self.connection_acted_on(Action::Retry),
            Session::Live { .. } => self.clear(now, kind, &source, End::Recovered),
            Session::Idle => {
                let changes = self.problems.end(now, End::Dropped, |each| match each.source {
                    Source::Connection | Source::Messages | Source::Topic(_) => true,
                    Source::Figure(_) => false,
                });
                self.tell_problems(changes);
            }
        }
    }

    fn connection_acted_on(&mut self, action: Action) {
        let change = self.problems.act(ProblemKind::Connection, &Source::Connection, action);
        self.tell_problems(change);
    }

    /// The server does not send a topic.
    pub(crate) fn subscription_problem(
        &mut self,
        now: Instant,
        topic: &Topic,
        text: impl Into<String>,
        action: Action,
    ) {
        let recoverable = action != Action::Nothing;
        let (kind, source) = (ProblemKind::Subscription, Source::Topic(topic.clone()));
        self.raise(now, NewProblem { kind, source, recoverable, text: text.into(), action });
    }

    /// What the server sent of a topic could not be taken over.
    pub(crate) fn data_problem(&mut self, now: Instant, topic: &Topic, trouble: Trouble) {
        let text = match trouble {
            Trouble::Gap => "changes are missing",
            Trouble::Hash => "state does not match its hash",
            Trouble::Shape => "answer contradicts itself",
        };
        let (kind, source) = (ProblemKind::Data, Source::Topic(topic.clone()));
        self.raise(
            now,
            NewProblem { kind, source, recoverable: true, text: text.to_owned(), action: Action::Ask },
        );
    }

    /// Something else is being done about what is wrong with a topic.
    pub(crate) fn topic_acted_on(&mut self, topic: &Topic, action: Action) {
        if self.problems().is_empty() {
            return;
        }
        let source = Source::Topic(topic.clone());
        for kind in [ProblemKind::Subscription, ProblemKind::Data] {
            let change = self.problems.act(kind, &source, action);
            self.tell_problems(change);
        }
    }

    /// There is no place for a subscriber; it is told so, and not kept.
    pub(crate) fn over_limit(&mut self, now: Instant, topic: &Topic, reason: &str) {
        self.subscription_problem(now, topic, reason, Action::Nothing);
        self.topic_unwanted(now, topic);
    }

    /// A join or a whole state of the topic was taken over; without one, nothing that was wrong with it ends.
    pub(crate) fn topic_works(&mut self, now: Instant, topic: &Topic) {
        self.end_problems_of(now, topic, End::Recovered);
    }

    /// Nobody takes the topic any more.
    pub(crate) fn topic_unwanted(&mut self, now: Instant, topic: &Topic) {
        self.end_problems_of(now, topic, End::Dropped);
    }

    fn end_problems_of(&mut self, now: Instant, topic: &Topic, end: End) {
        let of_topic = |problem: &Problem| matches!(&problem.source, Source::Topic(of) if of == topic);
        let changes = self.problems.end(now, end, of_topic);
        self.tell_problems(changes);
    }

    /// Topics have gone: nobody waits for them to work again.
    pub(crate) fn drop_problems_of_ended(&mut self, now: Instant) {
        let topics = &self.topics;
        let is_ended = |problem: &Problem| match &problem.source {
            Source::Topic(topic) => !topics.contains_key(topic),
            Source::Connection | Source::Messages | Source::Figure(_) => false,
        };
        let changes = self.problems.end(now, End::Dropped, is_ended);
        self.tell_problems(changes);
    }

    /// A topic was started anew by a state or from the present: what was wrong before is over. Where
    /// nothing was, it is noted; rows that went by unseen do not come back.
    pub(crate) fn started_anew(
        &mut self,
        now: Instant,
        topic: &Topic,
        reason: ResetReason,
        missed: Option<u64>,
    ) {
        let is_told = self
            .problems()
            .iter()
            .any(|each| each.kind == ProblemKind::Data && each.source == Source::Topic(topic.clone()));
        if !is_told {
            let unseen =
                missed.map_or_else(String::new, |missed| format!(", {missed} commits went by unseen"));
            let text = format!("could not be continued ({}){unseen}", reason.as_str());
            let (kind, source) = (ProblemKind::Data, Source::Topic(topic.clone()));
            let recoverable = topic.kind() == realtime_protocol::TopicKind::View;
            self.raise(now, NewProblem { kind, source, recoverable, text, action: Action::Ask });
        }
        self.topic_works(now, topic);
        self.emit(Event::Resynchronised { topic: topic.clone(), reason, missed });
    }

    /// A message could not be read: it is counted and kept, and the stream goes on.
    pub(crate) fn set_aside_message(&mut self, now: Instant, text: &str, bad: BadInput) {
        self.stats.malformed += 1;
        let words = if bad.detail.is_empty() {
            bad.fault.to_string()
        } else {
            format!("{}: {}", bad.fault, bad.detail)
        };
        self.aside.keep(now, text, bad);
        let (kind, source) = (ProblemKind::Data, Source::Messages);
        self.raise(
            now,
            NewProblem { kind, source, recoverable: true, text: words, action: Action::SetAside },
        );
    }

    /// A message was read; after a while without a bad one the messages are well again.
    pub(crate) fn message_read(&mut self, now: Instant) {
        let is_well = |each: &Problem| {
            each.source == Source::Messages && now.saturating_since(each.last) >= MESSAGES_CLEAN_AFTER
        };
        let changes = self.problems.end(now, End::Recovered, is_well);
        self.tell_problems(changes);
    }

    fn tell_problems(&mut self, changes: impl IntoIterator<Item = ProblemChange>) {
        for change in changes {
            self.emit(Event::Problem(Box::new(change)));
        }
    }
}
