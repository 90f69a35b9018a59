//! How the connection comes and goes.

use std::time::Duration;

use realtime_protocol::close::CloseCode;
use realtime_protocol::message::{PHOENIX, Visibility, event};
use realtime_protocol::{Topic, sort_by};
use serde_json::json;

use crate::event::GIVEN_UP;
use crate::keepalive::Keepalive;
use crate::manager::Manager;
use crate::returning::{Returning, newest};
use crate::session::Session;
use crate::subscription::{Join, Subscription};
use crate::tick::Tick;
use crate::{Attempt, Event, Instant, Output, Reason, Status, StatusChange};

impl Manager {
    /// The one place where the state of the connection changes.
    pub(crate) fn enter(&mut self, now: Instant, session: Session, reason: Reason) {
        let from = self.session.status();
        self.session = session;
        self.nudged = None;
        self.fallback.follow(session);
        let to = session.status();
        self.connection_problem(now, session, reason);
        let starts_retry = matches!(session, Session::Opening { tries: 1.., .. });
        if from == to && !starts_retry {
            return;
        }
        tracing::debug!(%from, %to, %reason, "connection");
        if from != to {
            self.since = now;
        }
        let next_attempt_in = session.retry_at().map(|at| at.saturating_since(now));
        let attempt = session.retry();
        self.emit(Event::Status(StatusChange { from, to, attempt, next_attempt_in, reason: Some(reason) }));
    }

    /// Starts an attempt, unless there is one or the viewer wants none.
    pub(crate) fn begin(&mut self, now: Instant, reason: Reason) {
        if !self.preferences.live_updates {
            return;
        }
        let tries = match self.session {
            Session::Idle | Session::Failed { .. } => 0,
            Session::Backoff { tries, .. } => tries,
            Session::Opening { .. } | Session::Answering { .. } | Session::Live { .. } => return,
        };
        self.attempts += 1;
        self.stats.attempts += 1;
        let attempt = Attempt(self.attempts);
        let deadline = now + self.config.timing.attempt;
        self.enter(now, Session::Opening { attempt, tries, deadline }, reason);
        self.outputs.push_back(Output::Connect(attempt));
    }

    pub(crate) fn opened(&mut self, now: Instant, attempt: Attempt) {
        let Session::Opening { attempt: awaited, tries, .. } = self.session else {
            self.stats.stale_inputs += 1;
            return;
        };
        if awaited != attempt {
            self.stats.stale_inputs += 1;
            return;
        }
        let deadline = now + self.config.timing.attempt;
        self.enter(now, Session::Answering { attempt, tries, deadline }, Reason::Due);
        self.keepalive = Keepalive::opened(now);
        self.heartbeat(now);
        if self.hidden {
            self.tell_visibility();
        }
        let mut topics: Vec<(u8, Topic)> =
            self.topics.iter().map(|(topic, each)| (each.priority(), topic.clone())).collect();
        sort_by(&mut topics, |a, b| b.0.cmp(&a.0));
        for (_, topic) in topics {
            self.join(now, &topic);
        }
    }

    /// The first heartbeat was answered.
    pub(crate) fn answered(&mut self, now: Instant) {
        let Session::Answering { attempt, tries, .. } = self.session else { return };
        if self.last_connected.is_some() && tries > 0 {
            self.stats.reconnects += 1;
        }
        self.last_connected = Some(now);
        self.enter(now, Session::Live { attempt, tries, since: now }, Reason::Answered);
        self.finish_return();
    }

    pub(crate) fn stop(&mut self, now: Instant) {
        self.hang_up(CloseCode::NORMAL);
        self.let_go(now);
        self.enter(now, Session::Idle, Reason::Asked);
        self.deliver(now);
    }

    /// Notes where everything stood; what belongs to the connection ends with it.
    pub(crate) fn let_go(&mut self, now: Instant) {
        // Half a tick is shown to nobody; the next join continues from before it.
        self.tick = Tick::default();
        if matches!(self.session, Session::Live { .. }) {
            self.last_disconnected = Some(now);
            if self.returning.is_none() {
                let before = newest(self.topics.values().filter_map(Subscription::position)).cloned();
                self.returning = Some(Returning::new(before));
            }
        }
        for subscription in self.topics.values_mut() {
            subscription.linger = None;
            subscription.lost(Join::Out);
        }
        self.topics.retain(|_, subscription| subscription.subscribers() > 0);
        self.drop_problems_of_ended(now);
    }

    pub(crate) fn visibility(&mut self, now: Instant, hidden: bool) {
        if self.hidden == hidden {
            return;
        }
        self.hidden = hidden;
        if self.session.open().is_some() {
            self.tell_visibility();
        }
        if !hidden {
            self.delays.shown(now);
            self.nudge(now, Reason::Shown);
        }
    }

    fn tell_visibility(&mut self) {
        let hidden = self.hidden;
        self.transmit(None, PHOENIX, event::VISIBILITY, &Visibility { hidden });
    }

    pub(crate) fn heartbeat(&mut self, now: Instant) {
        if let Some(reference) = self.transmit(None, PHOENIX, event::HEARTBEAT, &json!({})) {
            self.keepalive.sent(now, reference, &self.config.timing, self.hidden);
        }
    }

    /// When [`Self::fire`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let mut deadlines =
            vec![self.session.deadline(), self.nudged.map(|(at, _)| at), self.fallback.deadline()];
        if self.session.open().is_some() {
            deadlines.push(self.tick.deadline());
            deadlines.extend(self.topics.values().map(Subscription::deadline));
            deadlines.extend(self.topics.values().map(|subscription| subscription.linger));
        }
        deadlines.extend(self.topics.values().map(Subscription::pace_deadline));
        if self.status() == Status::Connected {
            deadlines.push(Some(self.keepalive.beat_due()));
            deadlines.push(Some(self.keepalive.silent_at(&self.config.timing, self.hidden)));
        }
        deadlines.into_iter().flatten().min()
    }

    /// Does what is due.
    pub(crate) fn fire(&mut self, now: Instant) {
        let is_due = self.session.deadline().is_some_and(|deadline| deadline <= now);
        match self.session {
            Session::Backoff { .. } if is_due => self.begin(now, Reason::Due),
            Session::Backoff { .. } | Session::Failed { .. } => self.fire_nudge(now),
            Session::Opening { .. } if is_due => self.give_up(now, Reason::NotOpened),
            Session::Answering { .. } if is_due => self.give_up(now, Reason::NotAnswered),
            Session::Live { .. } => self.fire_live(now),
            Session::Idle | Session::Opening { .. } | Session::Answering { .. } => {}
        }
        if self.session.open().is_some() {
            if self.tick.deadline().is_some_and(|deadline| deadline <= now) {
                self.flush_tick(now);
            }
            self.fire_linger(now);
            self.fire_topics(now);
        }
        self.clean_up_in_time(now);
        self.watch_performance(now);
        self.fire_fallback(now);
        self.deliver(now);
    }

    fn fire_live(&mut self, now: Instant) {
        if let Some(reason) = self.keepalive.probe_failed(now) {
            self.give_up(now, Reason::Silent);
            // There was reason to ask at once, so waiting now serves nobody.
            self.nudge(now, reason);
        } else if self.keepalive.silent_at(&self.config.timing, self.hidden) <= now {
            self.give_up(now, Reason::Silent);
        } else if self.keepalive.beat_due() <= now {
            self.heartbeat(now);
        }
    }

    fn give_up(&mut self, now: Instant, reason: Reason) {
        self.hang_up(GIVEN_UP);
        self.lose(now, reason, Duration::ZERO);
    }

    /// Sends a request with a reference of its own, when a socket is open.
    pub(crate) fn transmit<P: serde::Serialize>(
        &mut self,
        join_ref: Option<u64>,
        topic: &str,
        event: &str,
        payload: &P,
    ) -> Option<u64> {
        let attempt = self.session.open()?;
        self.references += 1;
        let reference = self.references;
        // A join names itself: its own reference is the one that all its frames will carry.
        let join_ref = if event == event::JOIN { Some(reference) } else { join_ref };
        let (join_text, text) = (join_ref.map(|join| join.to_string()), reference.to_string());
        match realtime_protocol::Frame::encode(join_text.as_deref(), Some(&text), topic, event, payload) {
            Ok(frame) => {
                self.stats.frames_sent += 1;
                self.stats.bytes_sent += u64::try_from(frame.len()).unwrap_or(u64::MAX);
                self.outputs.push_back(Output::Transmit(attempt, frame));
                Some(reference)
            }
            Err(error) => {
                tracing::error!(%error, event, "request could not be written");
                None
            }
        }
    }
}
