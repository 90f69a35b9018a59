//! What is known about the connection at a moment.

use std::fmt;
use std::time::Duration;

use crate::Instant;
use crate::end_to_end::EndToEnd;
use crate::event::CaughtUp;
use crate::manager::Manager;

/// The connection in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Status {
    /// Nobody asked for a connection.
    #[default]
    Disconnected,
    /// The first attempt is under way.
    Connecting,
    /// The stream's own heartbeat was answered.
    Connected,
    /// The connection is lost; retries are under way.
    Reconnecting,
    /// Given up: retries are used up, or the server's refusal is final.
    Error,
}

impl Status {
    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Measured round trips of the last minute of this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// The newest.
    pub last: Duration,
    /// Half of them were not longer.
    pub median: Duration,
    /// 95 of 100 were not longer.
    pub p95: Duration,
    /// How long ago the newest was measured.
    pub age: Duration,
}

/// How well the server is heard on an open connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// It speaks and answers in time.
    Good,
    /// It speaks, but the newest round trip took longer than [`STALL`](crate::limits::STALL).
    Slow,
    /// It should have spoken by now, and has not for longer than that.
    Silent,
}

impl Link {
    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Slow => "slow",
            Self::Silent => "silent",
        }
    }
}

/// The facts behind the word.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    /// The word.
    pub status: Status,
    /// Since when it is so.
    pub since: Instant,
    /// When a connection last came about.
    pub last_connected: Option<Instant>,
    /// When a connection last ended.
    pub last_disconnected: Option<Instant>,
    /// How long the connection has lasted; absent while there is none.
    pub uptime: Option<Duration>,
    /// The retry that is under way or waited for, from 1; 0 when there is none.
    pub attempt: u32,
    /// How many retries there are in a row; `None` is no end.
    pub max_attempts: Option<u32>,
    /// Time until the next retry starts, while one is waited for.
    pub next_attempt_in: Option<Duration>,
    /// Measured round trips; absent until one was measured.
    pub latency: Option<Latency>,
    /// How long news take from their commit to here; absent while the last minute brought none.
    pub end_to_end: Option<EndToEnd>,
    /// How well the server is heard; absent while there is no connection.
    pub link: Option<Link>,
    /// Views are read over HTTP, because no WebSocket opens although the server is there.
    pub by_http: bool,
    /// How long ago the server last sent data of any topic.
    pub last_data_age: Option<Duration>,
    /// How the last reconnect ended, if there was one.
    pub caught_up: Option<CaughtUp>,
    /// Why the connection was last lost or refused, in words.
    pub last_error: Option<String>,
}

impl Manager {
    /// The facts behind the word.
    #[must_use]
    pub fn health(&self, now: Instant) -> Health {
        let is_connected = self.status() == Status::Connected;
        let next_attempt_at = [self.session.retry_at(), self.nudged.map(|(at, _)| at)];
        Health {
            status: self.status(),
            since: self.since,
            last_connected: self.last_connected,
            last_disconnected: self.last_disconnected,
            uptime: is_connected.then(|| now.saturating_since(self.since)),
            attempt: self.session.retry(),
            max_attempts: self.config.recovery.max_retries,
            next_attempt_in: next_attempt_at.into_iter().flatten().min().map(|at| at.saturating_since(now)),
            latency: self.session.open().and_then(|_| self.keepalive.latency(now)),
            end_to_end: self.delays.summary(now),
            link: is_connected.then(|| self.keepalive.link(now, &self.config.timing, self.hidden)),
            by_http: self.fallback.is_polling(),
            last_data_age: self.last_data.map(|at| now.saturating_since(at)),
            caught_up: self.caught_up,
            last_error: self.last_error.clone(),
        }
    }
}
