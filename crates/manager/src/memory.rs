//! What the manager holds, and how it stays within its budget.

use std::mem::size_of;

use realtime_protocol::message::{Entries, Row};
use realtime_protocol::{Delta, Topic};
use serde_json::Value;

use crate::limits::{BUDGET_SHARE, CLEAN_UP_EVERY};
use crate::manager::Manager;
use crate::pace::Pace;
use crate::subscription::Subscription;
use crate::{Instant, Output};

/// What a key of an ordered map costs beside its text: the string's own fields and its share of a node.
const KEY_BYTES: usize = size_of::<String>() + 16;

/// What a clean-up has freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Things that were let go: topics, keys that waited, measurements.
    pub entries: u64,
    /// An estimate of the memory that they took, in bytes.
    pub bytes: u64,
}

impl Manager {
    /// An estimate of the memory that is held, in bytes.
    ///
    /// It counts states, what waits for subscribers, rows of commits that are not whole, and outputs that
    /// were not taken; what the allocator adds is not in it.
    #[must_use]
    pub fn memory_estimate(&self) -> u64 {
        let topics: usize =
            self.topics.iter().map(|(topic, each)| topic.as_str().len() + each.memory()).sum();
        let outputs = self.outputs.len() * size_of::<Output>();
        let samples =
            (self.keepalive.samples() + self.delays.len()) * size_of::<(Instant, std::time::Duration)>();
        to_u64(size_of::<Self>() + topics + outputs + samples)
    }

    /// What may be held, in bytes.
    #[must_use]
    pub fn memory_budget(&self) -> u64 {
        self.config.memory_budget
    }

    /// Drops what has expired and gives buffers back; over [`BUDGET_SHARE`] of the budget also what can be
    /// had again: states that nobody takes, and changes that wait, which are then given as a state.
    ///
    /// It happens by itself every [`CLEAN_UP_EVERY`] and when the share is passed.
    pub fn clean_up(&mut self, now: Instant) -> Cleaned {
        self.cleaned_at = now;
        let before = self.memory_estimate();
        let mut entries = to_u64(self.keepalive.forget_old(now) + self.delays.forget_old(now));
        self.outputs.shrink_to_fit();
        if self.is_over_share() {
            entries += self.evict(now);
            self.stats.budget_evictions += 1;
        }
        let bytes = before.saturating_sub(self.memory_estimate());
        self.stats.cleaned_entries += entries;
        self.stats.cleaned_bytes += bytes;
        Cleaned { entries, bytes }
    }

    /// The clean-up that happens by itself; it wakes nobody up for it.
    pub(crate) fn clean_up_in_time(&mut self, now: Instant) {
        if now.saturating_since(self.cleaned_at) >= CLEAN_UP_EVERY {
            self.clean_up(now);
        }
    }

    /// Looks after every update whether the share of the budget is passed.
    pub(crate) fn keep_budget(&mut self, now: Instant) {
        // Where nothing can be had back, looking again with every update would only cost time.
        let is_pointless = self.is_full && now.saturating_since(self.cleaned_at) < CLEAN_UP_EVERY;
        if is_pointless || !self.is_over_share() {
            return;
        }
        self.clean_up(now);
        self.is_full = self.is_over_share();
        self.watch_performance(now);
    }

    pub(crate) fn is_over_share(&self) -> bool {
        self.memory_estimate() > self.config.memory_budget / 100 * BUDGET_SHARE
    }

    fn evict(&mut self, now: Instant) -> u64 {
        let mut entries = 0;
        let unwanted: Vec<Topic> = self
            .topics
            .iter()
            .filter(|(_, each)| each.subscribers() == 0)
            .map(|(topic, _)| topic.clone())
            .collect();
        for topic in unwanted {
            self.leave(now, &topic);
            entries += 1;
        }
        for subscription in self.topics.values_mut() {
            entries += to_u64(subscription.shrink());
        }
        entries
    }
}

impl Subscription {
    /// An estimate of what the topic holds, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let paces: usize = self.paces().map(|(_, pace)| size_of::<Pace>() + pace.bytes()).sum();
        size_of::<Self>() + self.state_bytes() + self.pieces_bytes() + paces
    }
}

/// An estimate of what keys with their values take, in bytes.
pub(crate) fn of_entries(entries: &Entries) -> usize {
    entries.iter().map(|(key, value)| KEY_BYTES + key.len() + of_value(value)).sum()
}

/// An estimate of what a change takes, in bytes.
pub(crate) fn of_delta(delta: &Delta) -> usize {
    of_entries(&delta.put) + delta.drop.iter().map(|key| KEY_BYTES + key.len()).sum::<usize>()
}

/// The estimate of `held` once `later` is merged into it, when it is `bytes` before.
pub(crate) fn of_merged(bytes: usize, held: &Delta, later: &Delta) -> usize {
    let replaced = |key: &String| {
        let value = held.put.get(key).map(|value| KEY_BYTES + key.len() + of_value(value));
        value.or_else(|| held.drop.contains(key).then(|| KEY_BYTES + key.len())).unwrap_or(0)
    };
    let gone: usize = later.put.keys().chain(&later.drop).map(replaced).sum();
    (bytes + of_delta(later)).saturating_sub(gone)
}

/// An estimate of what a row takes, in bytes.
pub(crate) fn of_row(row: &Row) -> usize {
    let texts = row.key.len() + row.at.len();
    size_of::<Row>() + texts + [&row.new, &row.old].into_iter().flatten().map(of_value).sum::<usize>()
}

fn of_value(value: &Value) -> usize {
    let inside = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(of_value).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| KEY_BYTES + key.len() + of_value(value)).sum()
        }
    };
    size_of::<Value>() + inside
}

fn to_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn larger_values_are_estimated_larger() {
        let sizes: Vec<usize> = [
            json!(1),
            json!("ab"),
            json!("abc"),
            json!(["abc"]),
            json!({"k": ["abc"]}),
            json!({"key": ["abc"]}),
        ]
        .iter()
        .map(of_value)
        .collect();
        assert!(sizes.is_sorted_by(|less, more| less < more), "{sizes:?}");
    }

    #[test]
    fn a_change_is_what_it_puts_and_what_it_drops() {
        let mut delta = Delta::default();
        delta.put("a", 1);
        let put = of_delta(&delta);
        assert_eq!(put, of_entries(&delta.put));
        delta.remove("bb");
        assert_eq!(of_delta(&delta), put + KEY_BYTES + 2);
    }
}
