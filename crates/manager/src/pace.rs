//! One subscriber: how often it wants to hear, and what waits for it meanwhile.

use std::time::Duration;

use realtime_protocol::{Delta, ThrottleClass};

use crate::limits::MERGED_KEYS_MAX;
use crate::memory;
use crate::{Counts, Instant};

/// What a subscriber may choose, at first and at any time after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The least time between two deliveries.
    pub throttle: Duration,
    /// How long the first update that waits may wait for others to come with it.
    pub batch_window: Duration,
    /// So many updates do not wait for the window to end; the throttle holds for them all the same.
    pub batch_size: u32,
    /// Who comes first in a list of deliveries and when topics are joined; larger is earlier.
    pub priority: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            throttle: ThrottleClass::DEFAULT.interval(),
            batch_window: Duration::ZERO,
            batch_size: u32::MAX,
            priority: 0,
        }
    }
}

/// What may be taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// What has waited for its interval.
    InTime,
    /// All that is not paused, as nothing more will come.
    Everything,
}

/// What waits: the sum of all that came since the last delivery.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Held {
    /// The state as a whole, as it will be when it is delivered.
    State,
    /// What changed.
    Delta(Delta),
}

#[derive(Debug, Clone, PartialEq)]
struct Waiting {
    held: Held,
    updates: u32,
    /// An estimate of what is held, in bytes.
    bytes: usize,
    since: Instant,
    /// The server itself keeps the interval, so ours must not be added to the network's unevenness.
    in_step: bool,
}

/// The pace of one subscriber.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    pub(crate) options: Options,
    /// Reads the batches of its topic as they come.
    pub(crate) follows: bool,
    pub(crate) paused: bool,
    pub(crate) since: Instant,
    pub(crate) last: Option<Instant>,
    pub(crate) counts: Counts,
    waiting: Option<Waiting>,
}

impl Pace {
    pub(crate) fn new(now: Instant, options: Options, follows: bool) -> Self {
        Self {
            options,
            follows,
            paused: false,
            since: now,
            last: None,
            counts: Counts::default(),
            waiting: None,
        }
    }

    /// The class that the server should keep for it; nothing while it is paused.
    pub(crate) fn wish(&self) -> Option<ThrottleClass> {
        let ms = u64::try_from(self.options.throttle.as_millis()).unwrap_or(u64::MAX);
        (!self.paused).then(|| ThrottleClass::of_ms(ms))
    }

    /// Changes what was chosen; whoever followed the batches of its topic has a pace of its own from now on.
    pub(crate) fn choose(&mut self, options: Options) {
        (self.options, self.follows) = (options, false);
        if let Some(waiting) = &mut self.waiting {
            waiting.in_step = false;
        }
    }

    /// Takes an update in; what it adds to the counts.
    ///
    /// `delta` is absent when the whole state changed; `granted` is the interval that the server keeps.
    pub(crate) fn offer(&mut self, now: Instant, delta: Option<&Delta>, granted: Option<Duration>) -> Counts {
        let given = u64::from(self.follows && !self.paused);
        let counts = Counts { updates: given, deliveries: given, conflated: 0 };
        if self.follows {
            // It reads the batches themselves, so nothing has to wait for it.
            self.counts += counts;
            self.last = (given > 0).then_some(now).or(self.last);
            return counts;
        }
        let in_step = delta.is_some() && granted.is_some_and(|granted| self.options.throttle <= granted);
        match &mut self.waiting {
            Some(waiting) => {
                waiting.updates = waiting.updates.saturating_add(1);
                waiting.in_step |= in_step;
                match (&mut waiting.held, delta) {
                    (Held::Delta(held), Some(delta)) => {
                        waiting.bytes = memory::of_merged(waiting.bytes, held, delta);
                        held.merge(delta);
                    }
                    (Held::State, _) => {}
                    (held @ Held::Delta(_), None) => (*held, waiting.bytes) = (Held::State, 0),
                }
            }
            None => {
                let held = delta.map_or(Held::State, |delta| Held::Delta(delta.clone()));
                let bytes = delta.map_or(0, memory::of_delta);
                self.waiting = Some(Waiting { held, updates: 1, bytes, since: now, in_step });
            }
        }
        self.bound();
        let counts = Counts { updates: 1, ..Counts::default() };
        self.counts += counts;
        counts
    }

    /// When what waits is due; nothing while nothing waits or the subscriber is paused.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let waiting = self.waiting.as_ref().filter(|_| !self.paused)?;
        let whole = if waiting.updates >= self.options.batch_size {
            waiting.since
        } else {
            waiting.since + self.options.batch_window
        };
        match self.last {
            Some(last) if !waiting.in_step => Some(whole.max(last + self.options.throttle)),
            Some(_) | None => Some(whole),
        }
    }

    /// What waits, with the number of updates in it, when it is due.
    pub(crate) fn take(&mut self, now: Instant, due: Due) -> Option<(Held, u32)> {
        self.deadline().filter(|deadline| *deadline <= now || due == Due::Everything)?;
        let waiting = self.waiting.take()?;
        self.last = Some(now);
        self.counts.deliveries += 1;
        self.counts.conflated += u64::from(waiting.updates - 1);
        Some((waiting.held, waiting.updates))
    }

    /// How many updates wait.
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.as_ref().map_or(0, |waiting| waiting.updates)
    }

    /// What waits, where it is a change.
    fn held(&self) -> Option<&Delta> {
        match &self.waiting.as_ref()?.held {
            Held::Delta(delta) => Some(delta),
            Held::State => None,
        }
    }

    /// An estimate of what waits, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.bytes)
    }

    /// Lets go of the changes that wait, for the state as a whole; how many keys that were.
    pub(crate) fn shrink(&mut self) -> usize {
        let keys = self.held().map_or(0, |delta| delta.put.len() + delta.drop.len());
        if let Some(waiting) = &mut self.waiting {
            (waiting.held, waiting.bytes) = (Held::State, 0);
        }
        keys
    }

    /// A sum of changes that has grown too large is the state itself.
    fn bound(&mut self) {
        if self.held().is_some_and(|delta| delta.put.len() + delta.drop.len() > MERGED_KEYS_MAX) {
            self.shrink();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant(Duration::from_millis(ms))
    }

    fn change(key: &str, value: i64) -> Delta {
        let mut delta = Delta::default();
        delta.put(key, value);
        delta
    }

    fn paced(throttle_ms: u64) -> Pace {
        let options = Options { throttle: Duration::from_millis(throttle_ms), ..Options::default() };
        Pace::new(at(0), options, false)
    }

    #[test]
    fn the_first_goes_at_once_and_the_last_of_a_burst_when_the_interval_ends() {
        let mut pace = paced(1000);
        pace.offer(at(5), Some(&change("a", 1)), None);
        assert_eq!(pace.take(at(5), Due::InTime), Some((Held::Delta(change("a", 1)), 1)));
        for value in 2..=9 {
            pace.offer(at(10), Some(&change("a", value)), None);
        }
        assert_eq!(pace.take(at(1004), Due::InTime), None);
        assert_eq!(pace.deadline(), Some(at(1005)));
        assert_eq!(pace.take(at(1005), Due::InTime), Some((Held::Delta(change("a", 9)), 8)));
        assert_eq!(pace.counts, Counts { updates: 9, deliveries: 2, conflated: 7 });
    }

    #[test]
    fn a_pace_that_the_server_keeps_is_not_kept_twice() {
        let granted = Some(Duration::from_secs(1));
        let mut pace = paced(1000);
        for ms in [0, 1003, 1996] {
            pace.offer(at(ms), Some(&change("a", 1)), granted);
            assert!(pace.take(at(ms), Due::InTime).is_some(), "{ms}");
        }
    }

    #[test]
    fn whoever_follows_takes_each_update_as_it_comes_unless_it_is_paused() {
        let mut pace = Pace::new(at(0), Options::default(), true);
        let one = Counts { updates: 1, deliveries: 1, conflated: 0 };
        assert_eq!((pace.offer(at(5), None, None), pace.last, pace.deadline()), (one, Some(at(5)), None));
        pace.paused = true;
        assert_eq!((pace.offer(at(6), None, None), pace.last), (Counts::default(), Some(at(5))));
        assert_eq!(pace.counts, one);
    }

    #[test]
    fn one_update_in_step_with_the_server_takes_along_what_waits() {
        let mut pace = paced(1000);
        pace.offer(at(0), Some(&change("a", 1)), None);
        pace.take(at(0), Due::InTime);
        pace.offer(at(200), Some(&change("a", 2)), None);
        assert_eq!(pace.deadline(), Some(at(1000)));
        pace.offer(at(300), Some(&change("a", 3)), Some(Duration::from_secs(1)));
        assert!(pace.take(at(300), Due::InTime).is_some());
    }

    #[test]
    fn a_batch_waits_for_its_window_or_its_size() {
        let mut pace = paced(0);
        pace.options = Options { batch_window: Duration::from_millis(300), batch_size: 3, ..pace.options };
        pace.offer(at(0), Some(&change("a", 1)), None);
        assert_eq!(pace.deadline(), Some(at(300)));
        pace.offer(at(10), Some(&change("b", 1)), None);
        assert_eq!(pace.take(at(20), Due::InTime), None);
        pace.offer(at(20), Some(&change("c", 1)), None);
        assert_eq!(pace.take(at(20), Due::InTime).map(|(_, updates)| updates), Some(3));
    }

    #[test]
    fn a_paused_one_takes_nothing_and_then_all_of_it_as_one() {
        let mut pace = paced(100);
        pace.paused = true;
        pace.offer(at(0), Some(&change("a", 1)), None);
        pace.offer(at(1), Some(&change("b", 2)), None);
        assert_eq!((pace.deadline(), pace.take(at(9000), Due::InTime), pace.wish()), (None, None, None));
        pace.paused = false;
        let mut both = change("a", 1);
        both.put("b", 2);
        assert_eq!(pace.take(at(9000), Due::InTime), Some((Held::Delta(both), 2)));
    }

    #[test]
    fn when_nothing_more_will_come_nothing_waits_but_what_is_paused() {
        let mut pace = paced(1000);
        pace.offer(at(0), Some(&change("a", 1)), None);
        pace.take(at(0), Due::InTime);
        pace.offer(at(1), Some(&change("a", 2)), None);
        pace.paused = true;
        assert_eq!(pace.take(at(2), Due::Everything), None);
        pace.paused = false;
        assert_eq!(pace.take(at(2), Due::Everything), Some((Held::Delta(change("a", 2)), 1)));
    }

    #[test]
    fn what_waits_is_estimated_as_it_is_however_often_a_key_changes() {
        let mut pace = paced(1000);
        pace.paused = true;
        let mut sum = Delta::default();
        for n in 0..50_i64 {
            let mut next = change(["a", "bb", "c"][usize::try_from(n % 3).unwrap()], n);
            if n % 4 == 0 {
                next.remove("bb");
            }
            sum.merge(&next);
            pace.offer(at(0), Some(&next), None);
            assert_eq!(pace.bytes(), memory::of_delta(&sum), "after change {n}");
        }
        let mut gone = Delta::default();
        gone.remove("a");
        pace.offer(at(0), Some(&gone), None);
        assert_eq!(pace.held().map(|held| (held.put.len(), held.drop.len())), Some((2, 1)));
        assert_eq!((pace.shrink(), pace.bytes()), (3, 0));
    }

    #[test]
    fn what_waits_never_outgrows_its_limit() {
        let mut pace = paced(1000);
        pace.paused = true;
        for number in 0..MERGED_KEYS_MAX {
            pace.offer(at(0), Some(&change(&number.to_string(), 1)), None);
        }
        assert_eq!(pace.held().map(|delta| delta.put.len()), Some(MERGED_KEYS_MAX));
        pace.offer(at(0), Some(&change("one more", 1)), None);
        assert_eq!(pace.held(), None);
        pace.paused = false;
        assert_eq!(pace.take(at(0), Due::InTime).map(|(held, _)| held), Some(Held::State));
    }
}
