//! The last commits, so that few viewers of tables need the log.

use std::collections::VecDeque;
use std::sync::Arc;

use changelog::Commit;

use crate::limits::{READ_COMMITS_MAX, RECENT_BYTES_MAX, RECENT_ROWS_MAX};
use crate::rows;
use crate::selection::Selection;

/// Commits in order, bounded in rows and bytes.
#[derive(Debug)]
pub(super) struct Recent {
    /// Every commit after this offset is here.
    horizon: u64,
    commits: VecDeque<Arc<Commit>>,
    rows: usize,
    bytes: usize,
}

impl Recent {
    pub(super) fn new(horizon: u64) -> Self {
        Self { horizon, commits: VecDeque::new(), rows: 0, bytes: 0 }
    }

    /// Adds a commit; forgets the oldest beyond the limits.
    pub(super) fn push(&mut self, commit: &Commit) {
        self.rows += commit.changes.len();
        self.bytes += bytes(commit);
        self.commits.push_back(Arc::new(commit.clone()));
        while self.rows > RECENT_ROWS_MAX || self.bytes > RECENT_BYTES_MAX {
            let Some(oldest) = self.commits.pop_front() else { break };
            self.rows -= oldest.changes.len();
            self.bytes -= bytes(&oldest);
            self.horizon = oldest.offset;
        }
    }

    /// The commits after `from`, when all of them are here.
    pub(super) fn after(&self, from: u64) -> Option<impl Iterator<Item = &Arc<Commit>>> {
        let start = self.commits.partition_point(|commit| commit.offset <= from);
        (from >= self.horizon).then(|| self.commits.range(start..))
    }

    /// What one viewer of `selection` is given at once of what lies after `from` up to `to`.
    pub(super) fn read(&self, selection: &Selection, from: u64, to: u64) -> Option<Vec<Arc<Commit>>> {
        let (mut count, rows_max) = (0, rows::read_max(selection));
        let commits = self.after(from)?.take_while(|commit| commit.offset <= to).take(READ_COMMITS_MAX);
        let commits = commits.take_while(|commit| {
            let fits = count < rows_max;
            count += rows::count(commit, selection.table());
            fits
        });
        Some(commits.cloned().collect())
    }
}

fn bytes(commit: &Commit) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let bytes = |change: &changelog::Change| {
        size_of::<changelog::Change>()
            + change.table.len()
            + change.key.len()
            + text(&change.new)
            + text(&change.old)
    };
    size_of::<Commit>() + commit.changes.iter().map(bytes).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use changelog::{Change, Op};
    use realtime_protocol::Topic;
    use realtime_protocol::filter::{Column, Kind};
    use serde_json::Value;

    use super::*;
    use crate::limits::{READ_ROWS_MAX, ROWS_PUSH_MAX};
    use crate::tables::{RowError, Tables};

    struct Plain;

    impl Tables for Plain {
        fn names(&self) -> &'static [&'static str] {
            &["games", "players"]
        }

        fn columns(&self, _: &str) -> &'static [Column] {
            &[Column { name: "id", kind: Kind::Text }]
        }

        fn row(&self, _: &str, text: &str) -> Result<Value, RowError> {
            Ok(Value::from(text))
        }
    }

    fn commit(offset: u64, rows: usize, bytes: usize) -> Commit {
        let change = Change {
            table: "games".to_owned(),
            op: Op::Insert,
            key: String::new(),
            new: Some("x".repeat(bytes)),
            old: None,
        };
        Commit { offset, committed_at_ms: 0, changes: vec![change; rows] }
    }

    fn offsets(recent: &Recent, from: u64) -> Option<Vec<u64>> {
        recent.after(from).map(|commits| commits.map(|commit| commit.offset).collect())
    }

    #[test]
    fn what_follows_an_offset_is_known_whole_or_not_at_all() {
        let mut recent = Recent::new(4);
        for offset in 5..8 {
            recent.push(&commit(offset, 1, 1));
        }
        assert_eq!(offsets(&recent, 3), None);
        assert_eq!(offsets(&recent, 4), Some(vec![5, 6, 7]));
        assert_eq!(offsets(&recent, 6), Some(vec![7]));
        assert_eq!(offsets(&recent, 7), Some(vec![]));
    }

    #[test]
    fn the_oldest_commits_go_first_beyond_rows_or_bytes() {
        let mut recent = Recent::new(0);
        for offset in 1..=3 {
            recent.push(&commit(offset, RECENT_ROWS_MAX / 2, 1));
        }
        assert_eq!((offsets(&recent, 0), offsets(&recent, 1)), (None, Some(vec![2, 3])));
        recent.push(&commit(4, 1, RECENT_BYTES_MAX));
        assert_eq!((offsets(&recent, 3), offsets(&recent, 4)), (None, Some(vec![])));
    }

    #[test]
    fn one_read_ends_with_the_commit_that_fills_a_push() {
        let mut recent = Recent::new(0);
        recent.push(&commit(1, ROWS_PUSH_MAX - 1, 1));
        recent.push(&commit(2, ROWS_PUSH_MAX, 1));
        recent.push(&commit(3, 1, 1));
        assert_eq!((read(&recent, "games", 3), read(&recent, "games", 1)), (2, 1));
        assert_eq!(read(&recent, "players", 3), 3);
    }

    #[test]
    fn one_read_with_a_filter_looks_at_no_more_rows_than_the_limit() {
        let mut recent = Recent::new(0);
        for offset in 1..=3 {
            recent.push(&commit(offset, READ_ROWS_MAX / 2, 1));
        }
        assert_eq!((read(&recent, "games", 3), read(&recent, "games?id=eq.1", 3)), (1, 2));
    }

    fn read(recent: &Recent, topic: &str, to: u64) -> usize {
        let selection = Selection::parse(&Plain, &Topic::parse(&format!("table:{topic}")).unwrap());
        recent.read(&selection.unwrap(), 0, to).unwrap().len()
    }
}
