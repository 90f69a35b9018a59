//! Whether the server still speaks, and how long a round trip takes.

use std::collections::VecDeque;
use std::time::Duration;

use realtime_protocol::sort_by;

use crate::limits::{BEAT, SAMPLE_AGE_MAX, SAMPLES_MAX, STALL};
use crate::{Instant, Latency, Link, Reason, Timing};

/// Silence and round trips of one connection.
#[derive(Debug, Default)]
pub(crate) struct Keepalive {
    heard: Instant,
    beat_due: Instant,
    pending: Option<(u64, Instant)>,
    probe: Option<(Instant, Reason)>,
    samples: VecDeque<(Instant, Duration)>,
}

impl Keepalive {
    /// A connection that has just been opened.
    pub(crate) fn opened(now: Instant) -> Self {
        Self { heard: now, beat_due: now, ..Self::default() }
    }

    /// Something arrived.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.probe = None;
    }

    /// Something must arrive before `deadline`, for this reason; what was not heard before is forgiven.
    pub(crate) fn probe(&mut self, now: Instant, deadline: Instant, reason: Reason) {
        self.heard = now;
        self.probe = Some((deadline, reason));
    }

    /// A heartbeat was sent.
    pub(crate) fn sent(&mut self, now: Instant, reference: u64, timing: &Timing, hidden: bool) {
        self.pending = Some((reference, now));
        self.beat_due = now + if hidden { timing.hidden } else { timing.heartbeat };
    }

    /// The round trip, when `reference` is the heartbeat that is waited for.
    pub(crate) fn answered(&mut self, now: Instant, reference: &str) -> Option<Duration> {
        let (_, sent) = self.pending.filter(|(pending, _)| pending.to_string() == reference)?;
        self.pending = None;
        let trip = now.saturating_since(sent);
        if self.samples.len() >= SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back((now, trip));
        Some(trip)
    }

    /// How many round trips are kept.
    pub(crate) fn samples(&self) -> usize {
        self.samples.len()
    }

    pub(crate) fn round_trips(&self) -> impl Iterator<Item = (Instant, Duration)> {
        self.samples.iter().copied()
    }

    /// Forgets round trips that no longer count, except for the newest; how many.
    pub(crate) fn forget_old(&mut self, now: Instant) -> usize {
        let before = self.samples.len();
        while self.samples.len() > 1
            && self.samples.front().is_some_and(|(at, _)| now.saturating_since(*at) > SAMPLE_AGE_MAX)
        {
            self.samples.pop_front();
        }
        before - self.samples.len()
    }

    /// When the next heartbeat is due.
    pub(crate) fn beat_due(&self) -> Instant {
        self.beat_due
    }

    /// When the connection counts as lost if nothing arrives.
    ///
    /// Unseen, the only sign of life may be the answer to a heartbeat, so its way is added to the interval.
    pub(crate) fn silent_at(&self, timing: &Timing, hidden: bool) -> Instant {
        let patience = if hidden { timing.hidden + timing.silence } else { timing.silence };
        let silent = self.heard + patience;
        self.probe.map_or(silent, |(deadline, _)| deadline.min(silent))
    }

    /// Why something was asked for at once, when it did not come in time.
    pub(crate) fn probe_failed(&self, now: Instant) -> Option<Reason> {
        self.probe.filter(|(deadline, _)| *deadline <= now).map(|(_, reason)| reason)
    }

    /// How well the server is heard.
    pub(crate) fn link(&self, now: Instant, timing: &Timing, hidden: bool) -> Link {
        let beat = if hidden { timing.hidden } else { BEAT };
        let is_late = |sent: Instant| now.saturating_since(sent) > STALL;
        if now.saturating_since(self.heard) > beat + STALL {
            Link::Silent
        } else if self.pending.is_some_and(|(_, sent)| is_late(sent))
            || self.samples.back().is_some_and(|(_, trip)| *trip > STALL)
        {
            Link::Slow
        } else {
            Link::Good
        }
    }

    /// The round trips of the last minute; the newest one stays until there is a newer.
    pub(crate) fn latency(&self, now: Instant) -> Option<Latency> {
        let &(measured, last) = self.samples.back()?;
        let mut recent: Vec<Duration> = self
            .samples
            .iter()
            .filter(|(at, _)| now.saturating_since(*at) <= SAMPLE_AGE_MAX)
            .map(|(_, trip)| *trip)
            .collect();
        if recent.is_empty() {
            recent.push(last);
        }
        sort_by(&mut recent, Ord::cmp);
        let (median, p95) = (percentile(&recent, 50)?, percentile(&recent, 95)?);
        Some(Latency { last, median, p95, age: now.saturating_since(measured) })
    }
}

/// The shortest of these times, in their order, that so many of a hundred do not exceed.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant(Duration::from_millis(ms))
    }

    #[test]
    fn a_round_trip_is_absent_until_measured_and_then_exact() {
        let timing = Timing::default();
        let mut keepalive = Keepalive::opened(at(0));
        assert_eq!(keepalive.latency(at(10)), None);
        keepalive.sent(at(100), 1, &timing, false);
        assert_eq!(keepalive.answered(at(300), "2"), None);
        assert_eq!(keepalive.answered(at(300), "1"), Some(Duration::from_millis(200)));
        assert_eq!(keepalive.answered(at(400), "1"), None);
        let latency = keepalive.latency(at(1300)).unwrap();
        assert_eq!(latency.last, Duration::from_millis(200));
        assert_eq!(latency.median, Duration::from_millis(200));
        assert_eq!(latency.age, Duration::from_secs(1));
    }

    #[test]
    fn median_and_p95_are_of_the_last_minute_and_the_list_is_bounded() {
        let timing = Timing::default();
        let mut keepalive = Keepalive::opened(at(0));
        for number in 0..200_u64 {
            keepalive.sent(at(number * 1000), number, &timing, false);
            keepalive.answered(at(number * 1000 + number), &number.to_string());
        }
        assert_eq!(keepalive.samples.len(), SAMPLES_MAX);
        let latency = keepalive.latency(at(199_199)).unwrap();
        assert_eq!(latency.last, Duration::from_millis(199));
        assert_eq!(latency.median, Duration::from_millis(169));
        assert_eq!(latency.p95, Duration::from_millis(196));
    }

    #[test]
    fn silence_is_five_seconds_seen_and_over_a_minute_unseen() {
        let timing = Timing::default();
        let mut keepalive = Keepalive::opened(at(0));
        keepalive.heard(at(1000));
        assert_eq!(keepalive.silent_at(&timing, false), at(6000));
        assert_eq!(keepalive.silent_at(&timing, true), at(66_000));
        keepalive.probe(at(50_000), at(51_000), Reason::Shown);
        assert_eq!(keepalive.silent_at(&timing, false), at(51_000));
        keepalive.heard(at(50_500));
        assert_eq!(keepalive.silent_at(&timing, false), at(55_500));
    }

    #[test]
    fn heartbeats_are_due_every_25_seconds_seen_and_every_60_unseen() {
        let timing = Timing::default();
        let mut keepalive = Keepalive::opened(at(0));
        assert_eq!(keepalive.beat_due(), at(0));
        keepalive.sent(at(0), 1, &timing, false);
        assert_eq!(keepalive.beat_due(), at(25_000));
        keepalive.sent(at(0), 1, &timing, true);
        assert_eq!(keepalive.beat_due(), at(60_000));
    }
}
