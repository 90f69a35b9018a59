//! A feed of keyed entries, bounded in number and age.

use std::time::Duration;

use realtime_protocol::message::Entries;
use realtime_protocol::sort_by;
use serde_json::Value;

use crate::Instant;
use crate::limits::{ACTIVITIES_MAX, ACTIVITY_AGE_MAX};
use crate::table::Table;

/// How much of a feed is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityLimits {
    /// Entries at most.
    pub entries: usize,
    /// How long after its receipt an entry is kept.
    pub age: Duration,
}

impl Default for ActivityLimits {
    fn default() -> Self {
        Self { entries: ACTIVITIES_MAX, age: ACTIVITY_AGE_MAX }
    }
}

/// The limit that leaves something out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// There are more entries than are kept.
    Entries,
    /// Some were received too long ago.
    Age,
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Its key: an entry that changes stays one entry.
    pub key: String,
    /// What it says now.
    pub value: Value,
    /// When that was received.
    pub received: Instant,
}

/// A feed, newest first.
///
/// It shows the entries of a state as they are there: one that changes is the same entry with its newest
/// value, one that is gone there is gone here.
#[derive(Debug, Clone, Default)]
pub struct Activities {
    limits: ActivityLimits,
    /// By key: the value, and when it was received.
    known: Table<String, (Value, Instant)>,
    shown: Vec<Activity>,
    cut: Option<Cut>,
    cut_entries: u64,
    cut_age: u64,
}

impl Activities {
    /// An empty feed.
    #[must_use]
    pub fn new(limits: ActivityLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes over the state of the topic as it is now; `order` is larger for what is newer.
    pub fn update(&mut self, now: Instant, state: &Entries, order: impl Fn(&Value) -> u64) {
        self.known.retain(|key, _| state.contains_key(key));
        for (key, value) in state {
            if self.known.get(key).is_none_or(|(known, _)| known != value) {
                self.known.insert(key.clone(), (value.clone(), now));
            }
        }
        self.cut(now, order);
    }

    /// The entries that are kept, newest first.
    #[must_use]
    pub fn shown(&self) -> &[Activity] {
        &self.shown
    }

    /// The limit that leaves something out now; the number of entries comes first.
    #[must_use]
    pub fn cut_by(&self) -> Option<Cut> {
        self.cut
    }

    /// How many entries the limit leaves out now.
    #[must_use]
    pub fn left_out(&self, cut: Cut) -> u64 {
        match cut {
            Cut::Entries => self.cut_entries,
            Cut::Age => self.cut_age,
        }
    }

    fn cut(&mut self, now: Instant, order: impl Fn(&Value) -> u64) {
        let young = |received: Instant| now.saturating_since(received) < self.limits.age;
        let mut kept: Vec<(u64, &String, &(Value, Instant))> = self
            .known
            .iter()
            .filter(|(_, (_, received))| young(*received))
            .map(|(key, known)| (order(&known.0), key, known))
            .collect();
        self.cut_age = count(self.known.len() - kept.len());
        sort_by(&mut kept, |a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        self.cut_entries = count(kept.len().saturating_sub(self.limits.entries));
        kept.truncate(self.limits.entries);
        let activity = |(_, key, (value, received)): (u64, &String, &(Value, Instant))| Activity {
            key: key.clone(),
            value: value.clone(),
            received: *received,
        };
        self.shown = kept.into_iter().map(activity).collect();
        self.cut =
            if self.cut_entries > 0 { Some(Cut::Entries) } else { (self.cut_age > 0).then_some(Cut::Age) };
    }
}

fn count(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hours(hours: u64) -> Instant {
        Instant(Duration::from_secs(hours * 3600))
    }

    fn state(pairs: &[(&str, u64)]) -> Entries {
        pairs.iter().map(|(key, offset)| ((*key).to_owned(), json!({"offset": offset}))).collect()
    }

    fn offset(value: &Value) -> u64 {
        value["offset"].as_u64().unwrap_or(0)
    }

    fn keys(feed: &Activities) -> Vec<&str> {
        feed.shown().iter().map(|entry| entry.key.as_str()).collect()
    }

    /// Behaviour: B24 — broken by: keeping both values of an entry that changed
    #[test]
    fn an_entry_that_changes_stays_one_entry_with_its_newest_value() {
        let mut feed = Activities::default();
        for offset_now in 1..=3 {
            feed.update(hours(offset_now), &state(&[("game:a", offset_now), ("game:b", 2)]), offset);
        }
        assert_eq!(keys(&feed), ["game:a", "game:b"]);
        assert_eq!((offset(&feed.shown()[0].value), feed.shown()[0].received), (3, hours(3)));
        assert_eq!(feed.shown()[1].received, hours(1), "one that did not change was not received again");
    }

    /// Behaviour: B23 — broken by: keeping entries that are gone from the state
    #[test]
    fn an_entry_that_is_gone_is_gone() {
        let mut feed = Activities::default();
        feed.update(hours(0), &state(&[("a", 1), ("b", 2)]), offset);
        feed.update(hours(0), &state(&[("b", 2)]), offset);
        assert_eq!(keys(&feed), ["b"]);
    }

    /// Behaviour: B32 — broken by: one entry more; an hour more; telling the age where the number cuts
    #[test]
    fn a_hundred_entries_of_a_day_are_kept_and_the_limit_that_cuts_is_told() {
        let mut feed = Activities::default();
        let names: Vec<String> = (0..150).map(|n| format!("game:{n:03}")).collect();
        let many = |range: std::ops::Range<usize>| {
            names[range]
                .iter()
                .zip(1..)
                .map(|(name, at)| (name.clone(), json!({"offset": at})))
                .collect::<Entries>()
        };
        feed.update(hours(0), &many(0..100), offset);
        assert_eq!((feed.shown().len(), feed.cut_by()), (100, None));
        feed.update(hours(1), &many(0..103), offset);
        assert_eq!(
            (feed.shown().len(), feed.cut_by(), feed.left_out(Cut::Entries)),
            (100, Some(Cut::Entries), 3)
        );
        assert_eq!((keys(&feed)[0], keys(&feed)[99]), ("game:102", "game:003"), "the oldest are left out");
        feed.update(hours(24), &many(0..103), offset);
        assert_eq!((keys(&feed), feed.cut_by()), (vec!["game:102", "game:101", "game:100"], Some(Cut::Age)));
        assert_eq!(feed.left_out(Cut::Age), 100);
        feed.update(hours(25), &many(0..103), offset);
        assert!(feed.shown().is_empty());
    }

    #[test]
    fn both_limits_can_be_chosen() {
        let limits = ActivityLimits { entries: 2, age: Duration::from_secs(3600) };
        let mut feed = Activities::new(limits);
        feed.update(hours(0), &state(&[("a", 1)]), offset);
        feed.update(hours(1), &state(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]), offset);
        assert_eq!((keys(&feed), feed.cut_by()), (vec!["d", "c"], Some(Cut::Entries)));
        assert_eq!((feed.left_out(Cut::Entries), feed.left_out(Cut::Age)), (1, 1));
    }
}
