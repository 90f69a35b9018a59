//! The server's wall clock, as well as it can be known from here.

use std::collections::VecDeque;

use crate::Instant;
use crate::limits::{CLOCK_DRIFT_MS, SAMPLE_AGE_MAX, SAMPLES_MAX};

/// The server's clock was read between `at − trip` and `at`.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    trip_ms: u64,
    time_ms: u64,
}

impl Sample {
    /// What the server's clock shows at `now`, if it showed `time_ms` when the answer was sent half way.
    fn at(&self, now: Instant) -> u64 {
        let since = now.saturating_since(self.at).as_millis();
        let passed = u64::try_from(since).unwrap_or(u64::MAX);
        self.time_ms.saturating_add(self.trip_ms / 2).saturating_add(passed)
    }

    /// Whether both can have read the same clock.
    fn agrees(&self, newer: &Self) -> bool {
        let apart = self.at(newer.at).abs_diff(newer.at(newer.at));
        apart <= self.trip_ms / 2 + newer.trip_ms / 2 + CLOCK_DRIFT_MS
    }
}

/// What was measured in the last minute, and before that what a beat said.
#[derive(Debug, Default)]
pub(crate) struct ServerClock {
    samples: VecDeque<Sample>,
    told: Option<Sample>,
}

impl ServerClock {
    /// A beat came with the server's time; how long it was under way is not known.
    pub(crate) fn told(&mut self, at: Instant, time_ms: u64) {
        self.told = Some(Sample { at, trip_ms: 0, time_ms });
    }

    /// A heartbeat was answered with the server's time after a round trip of `trip_ms`.
    ///
    /// What contradicts it is dropped: one of the two clocks was set, or this one stood still in sleep.
    pub(crate) fn measured(&mut self, at: Instant, trip_ms: u64, time_ms: u64) {
        let newer = Sample { at, trip_ms, time_ms };
        self.samples.retain(|older| at.saturating_since(older.at) <= SAMPLE_AGE_MAX && older.agrees(&newer));
        if self.samples.len() >= SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back(newer);
    }

    /// Milliseconds since 1970 by the server's clock: by the measurement with the shortest round trip, for
    /// its error is at most half of it.
    pub(crate) fn time_ms(&self, now: Instant) -> Option<u64> {
        let best = self.samples.iter().rev().min_by_key(|sample| sample.trip_ms);
        best.or(self.told.as_ref()).map(|sample| sample.at(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(ms: u64) -> Instant {
        Instant(Duration::from_millis(ms))
    }

    #[test]
    fn the_shortest_round_trip_of_the_last_minute_counts_and_not_the_newest() {
        let mut clock = ServerClock::default();
        assert_eq!(clock.time_ms(at(0)), None);
        clock.told(at(0), 999_000);
        assert_eq!(clock.time_ms(at(500)), Some(999_500));
        // The server's clock shows 1_000_000 at 0; the second answer spent all of its trip on the way back.
        clock.measured(at(10), 20, 1_000_000);
        clock.measured(at(25_800), 800, 1_025_000);
        assert_eq!(clock.time_ms(at(25_800)), Some(1_025_800));
        clock.measured(at(70_100), 100, 1_070_000);
        assert_eq!(clock.time_ms(at(70_100)), Some(1_070_050));
    }

    #[test]
    fn a_clock_that_was_set_is_believed_at_the_next_measurement() {
        let mut clock = ServerClock::default();
        clock.measured(at(10), 20, 1_000_000);
        clock.measured(at(25_100), 200, 4_625_000);
        assert_eq!(clock.time_ms(at(25_100)), Some(4_625_100));
        clock.measured(at(50_100), 200, 1_050_000);
        assert_eq!(clock.time_ms(at(50_100)), Some(1_050_100));
    }
}
