//! Keeps a source that fails again and again from being asked again and again.

use std::collections::VecDeque;

use crate::Instant;
use crate::limits::{BREAKER_FAILURES, BREAKER_OPEN, BREAKER_WINDOW};

/// Whether a source is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Circuit {
    /// It is, whenever there is reason to.
    #[default]
    Closed,
    /// It failed too often; it is asked once at that moment.
    Open {
        /// When.
        until: Instant,
    },
    /// It was asked once, and the answer decides.
    HalfOpen,
}

/// The circuit breaker of one source.
///
/// | circuit    | failed                                          | asked      | succeeded |
/// |------------|-------------------------------------------------|------------|-----------|
/// | `Closed`   | `Open` with the [`BREAKER_FAILURES`]th in [`BREAKER_WINDOW`] | |    |
/// | `Open`     |                                                 | `HalfOpen`, when it is time | |
/// | `HalfOpen` | `Open`                                          |            | `Closed`  |
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker {
    circuit: Circuit,
    failures: VecDeque<Instant>,
}

impl Breaker {
    pub(crate) fn circuit(&self) -> Circuit {
        self.circuit
    }

    /// Until when the source must not be asked.
    pub(crate) fn open_until(&self, now: Instant) -> Option<Instant> {
        match self.circuit {
            Circuit::Open { until } => Some(until).filter(|until| *until > now),
            Circuit::Closed | Circuit::HalfOpen => None,
        }
    }

    /// The source failed; true when the circuit opens by it.
    pub(crate) fn failed(&mut self, now: Instant) -> bool {
        match self.circuit {
            Circuit::Open { .. } => return false,
            Circuit::HalfOpen => {}
            Circuit::Closed => {
                self.failures.retain(|at| now.saturating_since(*at) < BREAKER_WINDOW);
                self.failures.push_back(now);
                if self.failures.len() < BREAKER_FAILURES {
                    return false;
                }
            }
        }
        self.failures.clear();
        self.circuit = Circuit::Open { until: now + BREAKER_OPEN };
        true
    }

    /// The source is asked.
    pub(crate) fn asked(&mut self, now: Instant) {
        if let Circuit::Open { until } = self.circuit
            && until <= now
        {
            self.circuit = Circuit::HalfOpen;
        }
    }

    /// Somebody wants to know now: a source that is left alone may be asked at once.
    pub(crate) fn hurry(&mut self, now: Instant) {
        if let Circuit::Open { until } = &mut self.circuit {
            *until = now;
        }
    }

    /// The source did what it should. While the circuit is closed that excuses no failure: one that
    /// fails after each success is no better.
    pub(crate) fn succeeded(&mut self) {
        if self.circuit == Circuit::HalfOpen {
            self.circuit = Circuit::Closed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn opened_at(seconds: u64) -> Breaker {
        let mut breaker = Breaker::default();
        let opened = (0..BREAKER_FAILURES).map(|_| breaker.failed(at(seconds))).collect::<Vec<_>>();
        assert_eq!(opened.iter().filter(|opened| **opened).count(), 1);
        assert_eq!(opened.last(), Some(&true));
        breaker
    }

    #[test]
    fn it_opens_with_so_many_failures_within_its_window_only() {
        let mut breaker = Breaker::default();
        for n in 0..20 {
            assert!(!breaker.failed(at(n * BREAKER_WINDOW.as_secs() / 4)), "failure {n}");
        }
        assert_eq!(opened_at(5).circuit(), Circuit::Open { until: at(5) + BREAKER_OPEN });
    }

    #[test]
    fn it_half_opens_once_after_its_time_and_one_answer_decides() {
        let mut breaker = opened_at(0);
        breaker.asked(at(1));
        assert_eq!(breaker.open_until(at(1)), Some(at(0) + BREAKER_OPEN));
        let later = at(0) + BREAKER_OPEN;
        assert_eq!(breaker.open_until(later), None);
        breaker.asked(later);
        assert_eq!(breaker.circuit(), Circuit::HalfOpen);
        assert!(breaker.failed(later));
        assert_eq!(breaker.circuit(), Circuit::Open { until: later + BREAKER_OPEN });
        breaker.asked(later + BREAKER_OPEN);
        breaker.succeeded();
        assert_eq!(breaker.circuit(), Circuit::Closed);
        assert!(!breaker.failed(later + BREAKER_OPEN));
    }

    #[test]
    fn a_success_in_between_does_not_excuse_failures() {
        let mut breaker = Breaker::default();
        for _ in 1..BREAKER_FAILURES {
            assert!(!breaker.failed(at(1)));
            breaker.succeeded();
        }
        assert!(breaker.failed(at(1)));
    }
}
