//! What was measured in the last minutes, a sample a second: for rates and small charts.

use std::collections::VecDeque;
use std::time::Duration;

use realtime_manager::{Instant, Stats};
use realtime_web::Driver;

/// Five minutes: enough to see a trend, about 60 KB.
const SAMPLES_MAX: usize = 300;
/// Over which time a rate is taken.
const RATE_OVER: Duration = Duration::from_secs(10);

/// One second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) at: Instant,
    pub(crate) stats: Stats,
    /// How old the newest data are.
    pub(crate) data_age: Option<Duration>,
    /// The newest round trip, with the moment of its measurement.
    pub(crate) round_trip: Option<(Instant, Duration)>,
}

impl Sample {
    pub(crate) fn of(driver: &Driver) -> Self {
        Self {
            at: driver.now(),
            stats: driver.stats(),
            data_age: driver.health().last_data_age,
            round_trip: driver.round_trips().last().copied(),
        }
    }
}

/// How much comes in a second, over the last ten.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Updates of topics.
    pub updates_per_s: f64,
    /// Messages of the server.
    pub messages_per_s: f64,
    /// Bytes in them.
    pub bytes_per_s: f64,
}

/// The samples.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(VecDeque<Sample>);

impl Trace {
    pub(crate) fn take(&mut self, sample: Sample) {
        if self.0.len() >= SAMPLES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(sample);
    }

    pub(crate) fn rates(&self) -> Rates {
        let Some(newest) = self.0.back() else { return Rates::default() };
        let is_recent = |sample: &&Sample| newest.at.saturating_since(sample.at) <= RATE_OVER;
        let Some(oldest) = self.0.iter().find(is_recent) else { return Rates::default() };
        let seconds = newest.at.saturating_since(oldest.at).as_secs_f64();
        if seconds <= 0.0 {
            return Rates::default();
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of ten seconds are far below 2^53")]
        let rate = |count: fn(&Stats) -> u64| {
            count(&newest.stats).saturating_sub(count(&oldest.stats)) as f64 / seconds
        };
        Rates {
            updates_per_s: rate(|stats| stats.updates),
            messages_per_s: rate(|stats| stats.frames),
            bytes_per_s: rate(|stats| stats.bytes),
        }
    }

    /// Every round trip that was measured, once, the oldest first.
    pub(crate) fn round_trips(&self) -> Vec<(Instant, Duration)> {
        let mut trips: Vec<_> = self.0.iter().filter_map(|sample| sample.round_trip).collect();
        trips.dedup();
        trips
    }

    /// How old the newest data were, second by second.
    pub(crate) fn data_ages(&self) -> Vec<(Instant, Duration)> {
        self.0.iter().filter_map(|sample| Some((sample.at, sample.data_age?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn sample(second: u64, updates: u64) -> Sample {
        let stats = Stats { updates, frames: 2 * updates, bytes: 100 * updates, ..Stats::default() };
        let round_trip = Some((at(second / 25 * 25), Duration::from_millis(second / 25 + 1)));
        Sample { at: at(second), stats, data_age: Some(Duration::from_secs(1)), round_trip }
    }

    #[test]
    fn a_rate_is_taken_over_the_last_ten_seconds() {
        let mut trace = Trace::default();
        assert_eq!(trace.rates(), Rates::default());
        for second in 0..100 {
            // Three a second at first, five in the end.
            trace.take(sample(second, if second < 80 { 3 * second } else { 240 + 5 * (second - 80) }));
        }
        let rates = trace.rates();
        let expected = Rates { updates_per_s: 5.0, messages_per_s: 10.0, bytes_per_s: 500.0 };
        assert_eq!(rates, expected);
    }

    #[test]
    fn a_round_trip_is_kept_once_and_old_samples_go() {
        let mut trace = Trace::default();
        for second in 0..1000 {
            trace.take(sample(second, 0));
        }
        let trips = trace.round_trips();
        assert_eq!(trips.first(), Some(&(at(700), Duration::from_millis(29))));
        assert_eq!((trips.len(), trace.data_ages().len()), (12, 300));
    }
}
