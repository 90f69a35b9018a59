//! How long news take from their commit to here.

use std::collections::VecDeque;
use std::time::Duration;

use realtime_protocol::sort_by;

use crate::Instant;
use crate::keepalive::percentile;
use crate::limits::{DELAYS_MAX, SAMPLE_AGE_MAX};

/// How long the news of the last minute took from their commit to the application; where many deltas come, those of
/// the newest [`DELAYS_MAX`].
///
/// Each delta counts once, with the oldest commit in it, so the server's interval is a part of the time. The server's
/// clock is known to half of a round trip, and what a subscriber's own pace adds is not in it. News that came
/// about while nobody could see the client do not count: it had asked for them to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndToEnd {
    /// Half of them did not take longer.
    pub median: Duration,
    /// 99 of 100 did not take longer.
    pub p99: Duration,
}

/// The delays of one client's deltas.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    samples: VecDeque<(Instant, Duration)>,
    shown: Instant,
}

impl Delays {
    /// Somebody can see the client again.
    pub(crate) fn shown(&mut self, now: Instant) {
        self.shown = now;
    }

    /// Takes in what came so long after its commit.
    pub(crate) fn took(&mut self, now: Instant, delay: Duration) {
        if now.saturating_since(self.shown) < delay {
            return;
        }
        if self.samples.len() >= DELAYS_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back((now, delay));
    }

    /// How many delays are kept.
    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Forgets delays that no longer count; how many.
    pub(crate) fn forget_old(&mut self, now: Instant) -> usize {
        let old =
            self.samples.iter().take_while(|(at, _)| now.saturating_since(*at) > SAMPLE_AGE_MAX).count();
        self.samples.drain(..old);
        old
    }

    /// The delays of the last minute.
    pub(crate) fn summary(&self, now: Instant) -> Option<EndToEnd> {
        let recent = self.samples.iter().filter(|(at, _)| now.saturating_since(*at) <= SAMPLE_AGE_MAX);
        let mut recent: Vec<Duration> = recent.map(|(_, delay)| *delay).collect();
        sort_by(&mut recent, Ord::cmp);
        Some(EndToEnd { median: percentile(&recent, 50)?, p99: percentile(&recent, 99)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn median_and_p99_are_of_the_last_minute_and_of_a_bounded_number() {
        let mut delays = Delays::default();
        assert_eq!(delays.summary(Instant(ms(0))), None);
        for number in 1..=2 * DELAYS_MAX {
            let number = u64::try_from(number).unwrap();
            delays.took(Instant(ms(100_000 + number)), ms(number));
        }
        let last = u64::try_from(2 * DELAYS_MAX).unwrap();
        let kept = last / 2;
        let all = delays.summary(Instant(ms(101_100))).unwrap();
        assert_eq!(all.median, ms(kept + kept / 2));
        assert_eq!(all.p99, ms(kept + (kept * 99).div_ceil(100)));
        // A minute after all but the ten newest came.
        let end = Instant(ms(160_000 + last - 9));
        assert_eq!(delays.summary(end).unwrap().median, ms(last - 5));
        assert_eq!(delays.forget_old(end), DELAYS_MAX - 10);
        assert_eq!((delays.len(), delays.summary(Instant(ms(300_000)))), (10, None));
    }

    #[test]
    fn what_came_about_unseen_does_not_count() {
        let mut delays = Delays::default();
        delays.shown(Instant(ms(50_000)));
        delays.took(Instant(ms(50_100)), ms(101));
        assert_eq!(delays.summary(Instant(ms(50_100))), None);
        delays.took(Instant(ms(50_100)), ms(100));
        assert_eq!(delays.summary(Instant(ms(50_100))).unwrap().p99, ms(100));
    }
}
