//! Messages under way: when each was due, and how many viewers still wait for it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// A message that not every viewer has.
#[derive(Debug)]
struct UnderWay {
    due: Instant,
    left: usize,
}

/// Counts deliveries, and takes their time against the schedule when asked to.
#[derive(Debug)]
pub(crate) struct Tally {
    viewers: usize,
    /// The last message that every viewer has; the next is the first under way.
    complete: u64,
    under_way: VecDeque<UnderWay>,
    delivered: u64,
    /// Messages of deliveries that were a whole state.
    in_resets: u64,
    /// Time of each delivery, in microseconds.
    latencies: Option<Vec<u32>>,
}

impl Tally {
    /// All `viewers` stand at `at`.
    pub(crate) fn new(viewers: usize, at: u64) -> Self {
        let under_way = VecDeque::new();
        Self { viewers, complete: at, under_way, delivered: 0, in_resets: 0, latencies: None }
    }

    /// From now on each delivery's time is kept.
    pub(crate) fn take_times(&mut self) {
        self.latencies = Some(Vec::new());
    }

    /// A message is published that was due at that time.
    pub(crate) fn published(&mut self, due: Instant) {
        self.under_way.push_back(UnderWay { due, left: self.viewers });
    }

    /// One viewer has got everything after `from` up to `to`.
    pub(crate) fn moved(&mut self, from: u64, to: u64, now: Instant) -> Result<()> {
        for message in from + 1..=to {
            let place = message.checked_sub(self.complete + 1).and_then(|place| usize::try_from(place).ok());
            let under_way = place.and_then(|place| self.under_way.get_mut(place));
            let under_way = under_way.with_context(|| format!("message {message} was never published"))?;
            under_way.left -= 1;
            self.delivered += 1;
            if let Some(latencies) = &mut self.latencies {
                let took = now.saturating_duration_since(under_way.due);
                latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
            }
        }
        while self.under_way.front().is_some_and(|message| message.left == 0) {
            self.under_way.pop_front();
            self.complete += 1;
        }
        Ok(())
    }

    pub(crate) fn reset(&mut self, from: u64, to: u64, now: Instant) -> Result<()> {
        self.in_resets += to - from;
        self.moved(from, to, now)
    }

    /// Messages that not every viewer has.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Messages times viewers that got them.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    pub(crate) fn in_resets(&self) -> u64 {
        self.in_resets
    }

    /// The times taken so far.
    pub(crate) fn times(&mut self) -> Times {
        Times::of(self.latencies.take().unwrap_or_default())
    }
}

/// Times of deliveries, in order of their length.
#[derive(Debug)]
pub(crate) struct Times {
    micros: Vec<u32>,
}

impl Times {
    /// Of these microseconds.
    pub(crate) fn of(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        Self { micros }
    }

    /// The time within which so many thousandths of the deliveries came, in milliseconds.
    pub(crate) fn within_ms(&self, thousandths: usize) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let micros = self.micros.get(last * thousandths / 1000).copied();
        micros.map_or(f64::NAN, |micros| Duration::from_micros(u64::from(micros)).as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_under_way_until_the_last_viewer_has_it_and_its_time_begins_when_it_was_due() {
        let start = Instant::now();
        let ms = |ms| start + Duration::from_millis(ms);
        let mut tally = Tally::new(2, 10);
        tally.take_times();
        tally.published(ms(0));
        tally.published(ms(20));
        tally.moved(10, 12, ms(25)).unwrap();
        assert_eq!((tally.under_way(), tally.delivered()), (2, 2));
        tally.moved(10, 11, ms(30)).unwrap();
        assert_eq!((tally.under_way(), tally.delivered()), (1, 3));
        assert!(tally.moved(12, 13, ms(31)).is_err(), "nothing was published as 13");
        tally.moved(11, 12, ms(40)).unwrap();
        assert_eq!((tally.under_way(), tally.delivered()), (0, 4));
        let times = tally.times();
        assert_eq!(times.micros, [5_000, 20_000, 25_000, 30_000]);
        assert!((times.within_ms(1000) - 30.0).abs() < 1e-9 && (times.within_ms(500) - 20.0).abs() < 1e-9);
    }
}
