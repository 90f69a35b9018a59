//! Views read over HTTP while the network lets no WebSocket through.

use realtime_protocol::limits::SERVER_FRAME_BYTES_MAX;
use realtime_protocol::message::Entries;
use realtime_protocol::{Position, StateHash, Topic, TopicKind};
use serde::Deserialize;

use crate::aside::{BadInput, Fault};
use crate::limits::{FETCH_WAIT, POLL_EVERY, POLL_MISSES_MAX, UNOPENED_ATTEMPTS};
use crate::manager::Manager;
use crate::session::{Failure, Session};
use crate::subscription::Trouble;
use crate::table::Table;
use crate::{Fetch, Instant, Output};

/// Whether views are read over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// They are not.
    #[default]
    Off,
    /// The server was asked whether it is there at all.
    Asking { until: Instant },
    /// They are; the next round starts at `next`.
    Polling { next: Instant },
}

/// What is known of a WebSocket that does not open, and the requests under way.
#[derive(Debug, Default)]
pub(crate) struct Fallback {
    phase: Phase,
    /// Attempts in a row that failed before the socket opened.
    unopened: u32,
    /// Rounds in a row in which a request failed.
    misses: u32,
    fetches: u64,
    /// The views that are being read, since when.
    pending: Table<Fetch, (Topic, Instant)>,
    health: Option<Fetch>,
}

impl Fallback {
    /// An attempt failed.
    pub(crate) fn failed(&mut self, session: Session) {
        let is_unopened = matches!(session, Session::Opening { .. });
        self.unopened = if is_unopened { self.unopened.saturating_add(1) } else { 0 };
    }

    /// The connection is in this state now.
    pub(crate) fn follow(&mut self, session: Session) {
        match session {
            Session::Idle
            | Session::Live { .. }
            | Session::Failed { why: Failure::Refused | Failure::Off } => {
                let fetches = self.fetches;
                *self = Self { fetches, ..Self::default() };
            }
            Session::Opening { .. }
            | Session::Answering { .. }
            | Session::Backoff { .. }
            | Session::Failed { why: Failure::UsedUp } => {}
        }
    }

    pub(crate) fn is_polling(&self) -> bool {
        matches!(self.phase, Phase::Polling { .. })
    }

    /// When the next round starts.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Polling { next } => Some(next),
            Phase::Off | Phase::Asking { .. } => None,
        }
    }

    fn fetch(&mut self) -> Fetch {
        self.fetches += 1;
        Fetch(self.fetches)
    }

    /// A round went well, or not; too many that did not end the reading.
    fn judge(&mut self, is_well: bool) {
        self.misses = if is_well { 0 } else { self.misses.saturating_add(1) };
        if self.misses >= POLL_MISSES_MAX {
            self.phase = Phase::Off;
            self.misses = 0;
            self.pending.clear();
        }
    }
}

#[derive(Deserialize)]
struct ViewAnswer {
    position: Position,
    hash: StateHash,
    state: Entries,
}

impl Manager {
    /// Asks whether the server is there, when the socket did not open often enough.
    pub(crate) fn suspect_block(&mut self, now: Instant) {
        let is_asking = match self.fallback.phase {
            Phase::Off => false,
            Phase::Asking { until } => now < until,
            Phase::Polling { .. } => true,
        };
        if is_asking || self.fallback.unopened < UNOPENED_ATTEMPTS {
            return;
        }
        let fetch = self.fallback.fetch();
        self.fallback.phase = Phase::Asking { until: now + FETCH_WAIT };
        self.fallback.health = Some(fetch);
        self.outputs.push_back(Output::Fetch { fetch, path: "/healthz".to_owned(), etag: None });
    }

    /// Reads every view once more, when it is time.
    pub(crate) fn fire_fallback(&mut self, now: Instant) {
        let Phase::Polling { next } = self.fallback.phase else { return };
        if next > now {
            return;
        }
        let before = self.fallback.pending.len();
        self.fallback.pending.retain(|_, (_, since)| now.saturating_since(*since) < FETCH_WAIT);
        if self.fallback.pending.len() < before {
            self.fallback.judge(false);
        }
        if !self.fallback.is_polling() {
            return;
        }
        let every = if self.hidden { self.config.timing.hidden } else { POLL_EVERY };
        self.fallback.phase = Phase::Polling { next: now + every };
        for (topic, subscription) in self.topics.iter() {
            let is_wanted = topic.kind() == TopicKind::View && subscription.wished().is_some();
            if !is_wanted || self.fallback.pending.values().any(|(pending, _)| pending == topic) {
                continue;
            }
            let hash = subscription.state().map(realtime_protocol::State::hash);
            let etag =
                subscription.position().zip(hash).map(|(position, hash)| format!("\"{position}-{hash}\""));
            let view = topic.as_str().strip_prefix("view:").unwrap_or_default();
            let fetch = self.fallback.fetch();
            self.fallback.pending.insert(fetch, (topic.clone(), now));
            self.outputs.push_back(Output::Fetch { fetch, path: format!("/api/v1/views/{view}"), etag });
        }
    }

    /// A request was answered with a status and a body, or failed.
    pub(crate) fn fetched(&mut self, now: Instant, fetch: Fetch, answer: Option<(u16, &str)>) {
        if self.fallback.health == Some(fetch) {
            self.fallback.health = None;
            let is_there = matches!(answer, Some((200, _)));
            self.fallback.phase = if is_there { Phase::Polling { next: now } } else { Phase::Off };
            self.fire_fallback(now);
            return;
        }
        let Some((topic, _)) = self.fallback.pending.remove(&fetch) else {
            self.stats.stale_inputs += 1;
            return;
        };
        match answer {
            Some((200, body)) => {
                let is_read = self.take_view(now, &topic, body);
                self.fallback.judge(is_read);
            }
            Some((304, _)) => self.fallback.judge(true),
            // A view that the server does not have must not end the reading of the others.
            Some((404, _)) => self.refuse(now, &topic, "unknown_topic: server has no such view".to_owned()),
            Some(_) | None => self.fallback.judge(false),
        }
    }

    /// Takes a state over that is newer than the one that is here; false when it cannot be read or proven.
    fn take_view(&mut self, now: Instant, topic: &Topic, body: &str) -> bool {
        if body.len() > SERVER_FRAME_BYTES_MAX {
            self.set_aside_message(now, body, BadInput::too_large());
            return false;
        }
        let ViewAnswer { position, hash, state } = match serde_json::from_str(body) {
            Ok(answer) => answer,
            Err(error) => {
                self.set_aside_message(now, body, BadInput::new(Fault::Payload, error.to_string()));
                return false;
            }
        };
        let Some(subscription) = self.topics.get_mut(topic) else { return true };
        let is_old = subscription
            .position()
            .is_some_and(|here| here.epoch == position.epoch && here.offset >= position.offset);
        if is_old {
            return true;
        }
        match subscription.read(position, hash, state) {
            Ok(update) => {
                self.topic_works(now, topic);
                self.tell(now, vec![update]);
                true
            }
            Err(_) => {
                self.stats.hash_mismatches += 1;
                self.data_problem(now, topic, Trouble::Hash);
                false
            }
        }
    }
}
