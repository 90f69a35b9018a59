//! The states of the connection.
//!
//! What each input does in each state: the state that it leads to, else what is sent, else nothing (—).
//! `transitions.rs` makes this table anew from the code and compares.
//!
//! |  | Idle | Opening | Opening, retry | Answering | Answering, retry | Live | Backoff | Failed | Failed, refused | Failed, switched off |
//! |---|---|---|---|---|---|---|---|---|---|---|
//! | status | disconnected | connecting | reconnecting | connecting | reconnecting | connected | reconnecting | error | error | error |
//! | connect | `Opening` | — | — | — | — | — | `Opening` | `Opening` | `Opening` | `Opening` |
//! | retry | `Opening` | — | — | — | — | — | `Opening` | `Opening` | `Opening` | `Opening` |
//! | disconnect | — | `Idle` | `Idle` | `Idle` | `Idle` | `Idle` | `Idle` | `Idle` | `Idle` | `Idle` |
//! | `Opened` | — | `Answering` | `Answering` | — | — | — | — | — | — | — |
//! | heartbeat answered | — | — | — | `Live` | `Live` | — | — | — | — | — |
//! | `Closed` | — | `Backoff` | `Backoff` | `Backoff` | `Backoff` | `Backoff` | — | — | — | — |
//! | `Closed` by 44xx | — | `Failed` | `Failed` | `Failed` | `Failed` | `Failed` | — | — | — | — |
//! | `Closed`, no retry left | — | `Failed` | `Failed` | `Failed` | `Failed` | `Failed` | — | — | — | — |
//! | `Closed`, auto-reconnect off | — | `Failed` | `Failed` | `Failed` | `Failed` | `Failed` | — | — | — | — |
//! | `Closed` of an older attempt | — | — | — | — | — | — | — | — | — | — |
//! | `Timeout` when it is due | — | `Backoff` | `Backoff` | `Backoff` | `Backoff` | `Backoff` | `Opening` | — | — | — |
//! | network gone | — | — | — | — | — | — | — | — | — | — |
//! | network found | — | — | — | — | — | heartbeat | `Opening` | `Opening` | — | — |
//! | network found, then a second of silence | — | — | — | — | — | `Opening` | `Opening` | `Opening` | — | — |
//! | auto-reconnect off | — | — | `Failed` | — | `Failed` | — | `Failed` | — | — | — |
//! | auto-reconnect on | — | — | — | — | — | — | — | — | — | `Opening` |
//! | hidden | — | — | — | visibility | visibility | visibility | — | — | — | — |
//! | shown again | — | — | — | visibility | visibility | visibility, heartbeat | `Opening` | `Opening` | — | — |
//! | resumed | — | — | — | — | — | heartbeat | `Opening` | `Opening` | — | — |
//! | resumed after an hour, then a second of silence | — | `Backoff` | `Backoff` | `Backoff` | `Backoff` | `Opening` | `Opening` | `Opening` | — | — |

use std::time::Duration;

use crate::{Attempt, Instant, Status};

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Session {
    /// Nobody asked for a connection.
    Idle,
    /// A socket is being opened.
    Opening { attempt: Attempt, tries: u32, deadline: Instant },
    /// It is open, its first heartbeat is under way.
    Answering { attempt: Attempt, tries: u32, deadline: Instant },
    /// The server answers.
    Live { attempt: Attempt, tries: u32, since: Instant },
    /// Retry number `tries` starts at `retry_at`; it is waited for since `lost_at`, and the server asked
    /// for a wait of `hint`.
    Backoff { tries: u32, lost_at: Instant, retry_at: Instant, hint: Duration },
    /// Given up.
    Failed { why: Failure },
}

/// Why no retry follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server does not want it.
    Refused,
    /// There are no more retries.
    UsedUp,
    /// The user wants none.
    Off,
}

impl Session {
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Idle => Status::Disconnected,
            Self::Opening { tries: 0, .. } | Self::Answering { tries: 0, .. } => Status::Connecting,
            Self::Opening { .. } | Self::Answering { .. } | Self::Backoff { .. } => Status::Reconnecting,
            Self::Live { .. } => Status::Connected,
            Self::Failed { .. } => Status::Error,
        }
    }

    /// The attempt whose inputs count.
    pub(crate) fn attempt(self) -> Option<Attempt> {
        match self {
            Self::Opening { attempt, .. } | Self::Answering { attempt, .. } | Self::Live { attempt, .. } => {
                Some(attempt)
            }
            Self::Idle | Self::Backoff { .. } | Self::Failed { .. } => None,
        }
    }

    /// The attempt whose socket is open.
    pub(crate) fn open(self) -> Option<Attempt> {
        match self {
            Self::Answering { attempt, .. } | Self::Live { attempt, .. } => Some(attempt),
            Self::Idle | Self::Opening { .. } | Self::Backoff { .. } | Self::Failed { .. } => None,
        }
    }

    /// The retry that is under way or waited for, from 1; else 0.
    pub(crate) fn retry(self) -> u32 {
        match self {
            Self::Opening { tries, .. } | Self::Answering { tries, .. } | Self::Backoff { tries, .. } => {
                tries
            }
            Self::Idle | Self::Live { .. } | Self::Failed { .. } => 0,
        }
    }

    /// When the retry that it waits for starts.
    pub(crate) fn retry_at(self) -> Option<Instant> {
        match self {
            Self::Backoff { retry_at, .. } => Some(retry_at),
            Self::Idle
            | Self::Opening { .. }
            | Self::Answering { .. }
            | Self::Live { .. }
            | Self::Failed { .. } => None,
        }
    }

    /// When something must happen by itself.
    pub(crate) fn deadline(self) -> Option<Instant> {
        match self {
            Self::Opening { deadline, .. } | Self::Answering { deadline, .. } => Some(deadline),
            Self::Backoff { retry_at, .. } => Some(retry_at),
            Self::Idle | Self::Live { .. } | Self::Failed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_connecting_at_first_and_reconnecting_in_a_retry() {
        let (attempt, deadline) = (Attempt(1), Instant::default());
        assert_eq!(Session::Opening { attempt, tries: 0, deadline }.status(), Status::Connecting);
        assert_eq!(Session::Answering { attempt, tries: 0, deadline }.status(), Status::Connecting);
        assert_eq!(Session::Opening { attempt, tries: 1, deadline }.status(), Status::Reconnecting);
        assert_eq!(Session::Answering { attempt, tries: 2, deadline }.status(), Status::Reconnecting);
    }

    #[test]
    fn only_an_answered_connection_is_connected() {
        let live = Session::Live { attempt: Attempt(1), tries: 3, since: Instant::default() };
        assert_eq!(live.status(), Status::Connected);
        assert_eq!(live.retry(), 0);
        assert_eq!(live.open(), Some(Attempt(1)));
    }

    #[test]
    fn a_waiting_session_has_no_attempt() {
        let (lost_at, retry_at) = (Instant::default(), Instant::default());
        let waiting = Session::Backoff { tries: 1, lost_at, retry_at, hint: Duration::ZERO };
        assert_eq!((waiting.attempt(), waiting.open(), waiting.retry()), (None, None, 1));
        assert_eq!(Session::Failed { why: Failure::Refused }.attempt(), None);
        assert_eq!(Session::Idle.deadline(), None);
    }
}
