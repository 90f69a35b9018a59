//! What changes in a stream, and the last of it for whoever lags or comes back.

use std::collections::VecDeque;
use std::sync::Arc;

use realtime_protocol::Delta;

use crate::limits::{HISTORY_BYTES_MAX, HISTORY_DELTAS_MAX};

/// What changed, and since when it is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// What.
    pub delta: Delta,
    /// When the oldest of it was committed, by the writer's clock, milliseconds since 1970; absent where that is not
    /// known or no commit made it.
    pub at_ms: Option<u64>,
}

impl Changes {
    /// Adds what changed after it.
    pub(crate) fn merge(&mut self, later: &Self) {
        self.delta.merge(&later.delta);
        self.at_ms = self.at_ms.or(later.at_ms);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.delta.is_empty()
    }
}

#[derive(Debug, Clone)]
struct Entry {
    from: u64,
    to: u64,
    bytes: usize,
    changes: Arc<Changes>,
}

/// Deltas in order, bounded in number and bytes.
#[derive(Debug, Clone)]
pub(crate) struct History {
    /// Every change after this offset is in `entries`.
    horizon: u64,
    entries: VecDeque<Entry>,
    bytes: usize,
}

impl History {
    pub(crate) fn new(horizon: u64) -> Self {
        Self { horizon, entries: VecDeque::new(), bytes: 0 }
    }

    /// Adds what changed between two offsets; forgets the oldest beyond the limits.
    pub(crate) fn push(&mut self, from: u64, to: u64, bytes: usize, changes: Arc<Changes>) {
        self.entries.push_back(Entry { from, to, bytes, changes });
        self.bytes += bytes;
        while self.entries.len() > HISTORY_DELTAS_MAX || self.bytes > HISTORY_BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes;
            self.horizon = oldest.to;
        }
    }

    /// What changed after `from` up to `to`, or nothing when that is not known any more.
    ///
    /// An offset inside a merged delta is not known either: keys that went and came back are missing there.
    pub(crate) fn merged(&self, from: u64, to: u64) -> Option<Changes> {
        if from < self.horizon || from > to {
            return None;
        }
        let mut sum = Changes::default();
        for entry in self.entries.iter().filter(|entry| entry.to > from && entry.from < to) {
            if entry.from < from || entry.to > to {
                return None;
            }
            sum.merge(&entry.changes);
        }
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Committed at the time `value`.
    fn changes(key: &str, value: u64) -> Arc<Changes> {
        let mut changes = Changes { at_ms: Some(value), ..Changes::default() };
        changes.delta.put(key, value);
        Arc::new(changes)
    }

    #[test]
    fn what_changed_after_an_offset_is_the_sum_of_its_deltas() {
        let mut history = History::new(4);
        history.push(4, 6, 10, changes("a", 6));
        history.push(6, 7, 10, changes("b", 7));
        history.push(9, 10, 10, changes("a", 10));
        let sum = history.merged(6, 10).unwrap();
        assert_eq!(sum.delta.put.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((&sum.delta.put["a"], sum.at_ms), (&10.into(), Some(7)), "as old as the oldest of them");
        assert_eq!(
            history.merged(8, 10).unwrap().delta.put.len(),
            1,
            "an offset after which nothing changed until 9"
        );
        assert_eq!(history.merged(10, 10), Some(Changes::default()));
    }

    #[test]
    fn an_offset_before_the_horizon_inside_a_delta_or_ahead_is_unknown() {
        let mut history = History::new(4);
        history.push(4, 6, 10, changes("a", 6));
        assert_eq!(history.merged(3, 6), None);
        assert_eq!(history.merged(5, 6), None);
        assert_eq!(history.merged(7, 6), None);
    }

    #[test]
    fn the_oldest_deltas_go_first_beyond_the_limits() {
        let mut history = History::new(0);
        for n in 0..100 {
            history.push(n, n + 1, 10, changes("a", n));
        }
        assert_eq!(history.merged(35, 100), None);
        assert!(history.merged(36, 100).is_some());
        history.push(100, 101, HISTORY_BYTES_MAX, changes("b", 1));
        assert_eq!(history.merged(99, 101), None);
        assert!(history.merged(100, 101).is_some());
    }
}
