//! Whether the client itself is in trouble: memory, round trips, the time that batches take.

use std::collections::VecDeque;
use std::time::Duration;

use crate::errors::{End, NewProblem};
use crate::limits::{BATCH_SLOW, BATCHES_SLOW, BATCHES_SLOW_WITHIN, ROUND_TRIP_SLOW, ROUND_TRIP_SLOW_FOR};
use crate::manager::Manager;
use crate::{Action, Instant, ProblemKind, Source};

/// What can be too much for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Threshold {
    /// More memory than its share of the budget, and nothing that could be let go.
    Memory,
    /// Round trips of which 95 of 100 are longer than [`ROUND_TRIP_SLOW`], for [`ROUND_TRIP_SLOW_FOR`].
    RoundTrip,
    /// [`BATCHES_SLOW`] batches within [`BATCHES_SLOW_WITHIN`] that each took the application longer than
    /// [`BATCH_SLOW`].
    Batch,
}

impl Threshold {
    /// The word as it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::RoundTrip => "round trip",
            Self::Batch => "batch",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Memory => "more is held than the budget allows, and nothing of it can be let go",
            Self::RoundTrip => "answers of the server take longer than two seconds",
            Self::Batch => "updates take longer to show than they may",
        }
    }
}

/// A threshold that was passed, or is kept again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crossing {
    pub(crate) threshold: Threshold,
    /// It was passed just now; else it is kept again.
    pub(crate) is_passed: bool,
}

/// The thresholds, each told once when it is passed and once when it is kept again.
#[derive(Debug, Default)]
pub(crate) struct Performance {
    slow_since: Option<Instant>,
    slow_batches: VecDeque<Instant>,
    passed: Vec<Threshold>,
}

impl Performance {
    /// Whether the memory stays over its share.
    pub(crate) fn memory(&mut self, is_over: bool) -> Option<Crossing> {
        self.set(Threshold::Memory, is_over)
    }

    /// The 95th of 100 round trips, as it is now.
    pub(crate) fn round_trip(&mut self, now: Instant, p95: Option<Duration>) -> Option<Crossing> {
        if p95.is_none_or(|p95| p95 <= ROUND_TRIP_SLOW) {
            self.slow_since = None;
            return self.set(Threshold::RoundTrip, false);
        }
        let since = *self.slow_since.get_or_insert(now);
        let is_long = now.saturating_since(since) >= ROUND_TRIP_SLOW_FOR;
        if is_long { self.set(Threshold::RoundTrip, true) } else { None }
    }

    /// How long the application took for a batch.
    pub(crate) fn batch(&mut self, now: Instant, took: Duration) -> Option<Crossing> {
        if took > BATCH_SLOW {
            self.slow_batches.push_back(now);
        }
        self.batches(now)
    }

    /// Slow batches count for a while only.
    pub(crate) fn batches(&mut self, now: Instant) -> Option<Crossing> {
        self.slow_batches.retain(|at| now.saturating_since(*at) < BATCHES_SLOW_WITHIN);
        while self.slow_batches.len() > BATCHES_SLOW {
            self.slow_batches.pop_front();
        }
        match self.slow_batches.len() {
            0 => self.set(Threshold::Batch, false),
            BATCHES_SLOW.. => self.set(Threshold::Batch, true),
            _ => None,
        }
    }

    fn set(&mut self, threshold: Threshold, is_passed: bool) -> Option<Crossing> {
        let place = self.passed.iter().position(|passed| *passed == threshold);
        match (place, is_passed) {
            (None, true) => self.passed.push(threshold),
            (Some(place), false) => drop(self.passed.remove(place)),
            (None, false) | (Some(_), true) => return None,
        }
        Some(Crossing { threshold, is_passed })
    }
}

impl Manager {
    /// How long the application took to show what an event told, where it measures that.
    pub fn batch_took(&mut self, now: Instant, took: Duration) {
        let crossing = self.performance.batch(now, took);
        self.crossed(now, crossing);
    }

    /// Looks whether a threshold is passed that only time decides; it wakes nobody up for it.
    pub(crate) fn watch_performance(&mut self, now: Instant) {
        let p95 = self.session.open().and_then(|_| self.keepalive.latency(now)).map(|latency| latency.p95);
        let round_trip = self.performance.round_trip(now, p95);
        self.crossed(now, round_trip);
        let batches = self.performance.batches(now);
        self.crossed(now, batches);
        let is_over = self.is_full && self.is_over_share();
        let memory = self.performance.memory(is_over);
        self.crossed(now, memory);
    }

    fn crossed(&mut self, now: Instant, crossing: Option<Crossing>) {
        let Some(Crossing { threshold, is_passed }) = crossing else { return };
        let (kind, source) = (ProblemKind::Performance, Source::Figure(threshold.as_str()));
        if is_passed {
            let text = threshold.text().to_owned();
            self.raise(now, NewProblem { kind, source, recoverable: true, text, action: Action::Nothing });
        } else {
            self.clear(now, kind, &source, End::Recovered);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant(Duration::from_millis(ms))
    }

    fn crossing(threshold: Threshold, is_passed: bool) -> Option<Crossing> {
        Some(Crossing { threshold, is_passed })
    }

    #[test]
    fn slow_round_trips_are_told_after_ten_seconds_once_and_their_end_once() {
        let mut performance = Performance::default();
        let slow = Some(Duration::from_millis(2001));
        assert_eq!(performance.round_trip(at(0), slow), None);
        assert_eq!(performance.round_trip(at(9_999), slow), None);
        assert_eq!(performance.round_trip(at(10_000), slow), crossing(Threshold::RoundTrip, true));
        assert_eq!(performance.round_trip(at(20_000), slow), None);
        assert_eq!(performance.passed, [Threshold::RoundTrip]);
        let edge = Some(Duration::from_secs(2));
        assert_eq!(performance.round_trip(at(21_000), edge), crossing(Threshold::RoundTrip, false));
        assert_eq!(performance.round_trip(at(22_000), None), None);
        assert!(performance.passed.is_empty());
    }

    #[test]
    fn a_better_moment_begins_the_ten_seconds_anew() {
        let mut performance = Performance::default();
        let slow = Some(Duration::from_secs(3));
        performance.round_trip(at(0), slow);
        performance.round_trip(at(9_000), Some(Duration::from_millis(1)));
        assert_eq!(performance.round_trip(at(10_000), slow), None);
        assert_eq!(performance.round_trip(at(19_999), slow), None);
        assert_eq!(performance.round_trip(at(20_000), slow), crossing(Threshold::RoundTrip, true));
    }

    #[test]
    fn three_slow_batches_in_ten_seconds_are_told_and_their_end_when_ten_seconds_had_none() {
        let mut performance = Performance::default();
        let slow = Duration::from_millis(51);
        assert_eq!(performance.batch(at(0), slow), None);
        assert_eq!(performance.batch(at(1), Duration::from_millis(50)), None);
        assert_eq!(performance.batch(at(5_000), slow), None);
        assert_eq!(performance.batch(at(10_000), slow), None, "the first is ten seconds old");
        assert_eq!(performance.batch(at(10_001), slow), crossing(Threshold::Batch, true));
        assert_eq!(performance.batches(at(20_000)), None, "one still counts");
        assert_eq!(performance.batches(at(20_001)), crossing(Threshold::Batch, false));
    }

    #[test]
    fn memory_is_told_at_each_change_only() {
        let mut performance = Performance::default();
        let told: Vec<_> = [false, true, true, false, false].map(|over| performance.memory(over)).to_vec();
        let (passed, kept) = (crossing(Threshold::Memory, true), crossing(Threshold::Memory, false));
        assert_eq!(told, [None, passed, None, kept, None]);
    }
}
