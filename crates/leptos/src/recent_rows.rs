//! The newest rows of a table topic: what a component can show of a stream that never ends.

use std::sync::Arc;

use realtime_manager::Table;
use realtime_manager::limits::ACTIVITIES_MAX;
use realtime_protocol::message::{Entries, Row, RowOp};
use realtime_protocol::sort_by;

/// The rows that came last, by key; a row that comes again is one row with its newest content.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentRows {
    entries: Arc<Entries>,
    /// When each row came last; larger is later.
    turns: Table<String, u64>,
    turn: u64,
    left_out: u64,
}

impl RecentRows {
    /// Takes rows in, in their order.
    pub(crate) fn take(&mut self, rows: &[Row]) {
        let entries = Arc::make_mut(&mut self.entries);
        for row in rows {
            match (row.op, &row.new) {
                (RowOp::Insert | RowOp::Update, Some(new)) => {
                    self.turn += 1;
                    self.turns.insert(row.key.clone(), self.turn);
                    entries.insert(row.key.clone(), new.clone());
                }
                (RowOp::Insert | RowOp::Update, None) | (RowOp::Delete | RowOp::Leave, _) => {
                    self.turns.remove(&row.key);
                    entries.remove(&row.key);
                }
            }
        }
        let surplus = self.turns.len().saturating_sub(ACTIVITIES_MAX);
        let mut oldest: Vec<(u64, String)> =
            self.turns.iter().map(|(key, turn)| (*turn, key.clone())).collect();
        sort_by(&mut oldest, Ord::cmp);
        for (_, key) in oldest.into_iter().take(surplus) {
            self.turns.remove(&key);
            entries.remove(&key);
            self.left_out += 1;
        }
    }

    pub(crate) fn entries(&self) -> Arc<Entries> {
        self.entries.clone()
    }

    /// How many rows were let go because newer ones came.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(op: RowOp, key: &str, n: u64) -> Row {
        let new = matches!(op, RowOp::Insert | RowOp::Update).then(|| json!({"n": n}));
        Row { offset: n, op, key: key.to_owned(), new, old: None, at: String::new() }
    }

    #[test]
    fn a_row_that_changes_is_one_row_and_a_deleted_one_is_gone() {
        let mut rows = RecentRows::default();
        rows.take(&[row(RowOp::Insert, "a", 1), row(RowOp::Insert, "b", 2), row(RowOp::Update, "a", 3)]);
        assert_eq!(rows.entries().get("a"), Some(&json!({"n": 3})));
        rows.take(&[row(RowOp::Delete, "a", 4), row(RowOp::Leave, "b", 5)]);
        assert!(rows.entries().is_empty());
        assert_eq!(rows.left_out(), 0);
    }

    /// Behaviour: B19 — broken by: not counting the rows that are let go
    #[test]
    fn the_newest_hundred_are_kept_and_the_others_are_counted() {
        let mut rows = RecentRows::default();
        let many: Vec<Row> = (0..250).map(|n| row(RowOp::Insert, &format!("{n:03}"), n)).collect();
        rows.take(&many);
        assert_eq!((rows.entries().len(), rows.left_out()), (100, 150));
        assert_eq!(rows.entries().keys().next().map(String::as_str), Some("150"));
        // What came again is new again.
        rows.take(&[row(RowOp::Update, "150", 251), row(RowOp::Insert, "new", 252)]);
        assert!(rows.entries().get("150").is_some());
        assert!(rows.entries().get("151").is_none());
    }
}
