//! How long to wait before a request is sent again, and when to give up.

use std::time::Duration;

use crate::limits::{RETRIES_MAX, RETRY_WAIT_MAX, RETRY_WAIT_MIN};

/// An attempt after which the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The server wants less; the wait that it asked for.
    Busy(Option<Duration>),
    /// There was no answer, or only that the server is starting, stopping or out of order.
    Away,
}

impl Attempt {
    /// The attempt that was answered so; none when the answer is final.
    pub(super) fn of(status: u16, retry_after: Option<Duration>) -> Option<Self> {
        match status {
            429 => Some(Self::Busy(retry_after)),
            500 | 502..=504 => Some(retry_after.map_or(Self::Away, |wait| Self::Busy(Some(wait)))),
            _ => None,
        }
    }
}

/// The attempts of one request so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Retries {
    made: u32,
}

impl Retries {
    /// The wait before the next attempt; none after the last one.
    ///
    /// A wait that the server asks for is kept to the letter. Otherwise each wait is twice the one
    /// before, up to [`RETRY_WAIT_MAX`].
    pub(super) fn wait_after(&mut self, attempt: Attempt) -> Option<Duration> {
        if self.made == RETRIES_MAX {
            return None;
        }
        let doubled = RETRY_WAIT_MIN.saturating_mul(1 << self.made.min(16));
        self.made += 1;
        Some(match attempt {
            Attempt::Busy(Some(asked)) => asked,
            Attempt::Busy(None) | Attempt::Away => doubled.min(RETRY_WAIT_MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let mut retries = Retries::default();
        let waits: Vec<_> = std::iter::from_fn(|| retries.wait_after(Attempt::Away)).collect();
        assert_eq!(waits.len(), usize::try_from(RETRIES_MAX).unwrap());
        assert_eq!(waits[..3], [250, 500, 1000].map(Duration::from_millis));
        assert_eq!(waits.last(), Some(&RETRY_WAIT_MAX));
    }

    #[test]
    fn a_wait_that_the_server_asks_for_is_kept() {
        let asked = Duration::from_secs(37);
        let attempt = Attempt::of(429, Some(asked)).unwrap();
        assert_eq!(Retries::default().wait_after(attempt), Some(asked));
        assert_eq!(Attempt::of(503, Some(asked)), Some(Attempt::Busy(Some(asked))));
    }

    #[test]
    fn a_refusal_is_final_and_a_server_that_stops_is_not() {
        for status in [200, 201, 400, 401, 403, 404, 409, 413, 422] {
            assert_eq!(Attempt::of(status, None), None, "{status}");
        }
        assert_eq!(Attempt::of(503, None), Some(Attempt::Away));
    }
}
