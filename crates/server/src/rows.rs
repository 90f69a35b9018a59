//! Cuts the commits of a table's rows into pushes, as ready-made bytes.

use bytes::Bytes;
use changelog::{Change, Commit, Op};
use jiff::Timestamp;
use realtime_protocol::message::{Row, RowOp, event};
use realtime_protocol::{Frame, FrameError, Topic};
use serde::Serialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::limits::{ROWS_PUSH_BYTES_MAX, ROWS_PUSH_MAX};
use crate::tables::{RowError, Tables};
use crate::wire;

/// Why rows could not be made into frames.
#[derive(Debug, Error)]
pub enum RowsError {
    /// A row is not what its table holds.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The time of a commit is none.
    #[error("commit {0} has no time that can be told")]
    Time(u64),
    /// A row could not be encoded.
    #[error("a row could not be encoded")]
    Encode(#[from] serde_json::Error),
    /// A frame could not be encoded.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// What a viewer that reads for itself is given.
#[derive(Debug)]
pub enum Rows {
    /// Frames that lead from where it stood to `to`.
    Frames {
        /// The offset reached.
        to: u64,
        /// Whole pushes, in order.
        frames: Vec<Bytes>,
    },
    /// The log no longer holds what follows.
    Expired,
    /// The log could not be read.
    Failed,
}

/// How many rows of `table` a commit changes.
pub(crate) fn count(commit: &Commit, table: &str) -> usize {
    commit.changes.iter().filter(|change| change.table == table).count()
}

/// The pushes of `topic` that lead from `from` to `to`; `commits` are those between, in order.
///
/// There is at least one, so that whoever takes them stands at `to`.
///
/// # Errors
/// [`RowsError`] when a row cannot be shown.
pub fn frames<'a>(
    tables: &dyn Tables,
    topic: &Topic,
    from: u64,
    commits: impl IntoIterator<Item = &'a Commit>,
    to: u64,
) -> Result<Vec<Bytes>, RowsError> {
    let mut pushes = Pushes { topic, from, rows: Vec::new(), bytes: 0, frames: Vec::new() };
    for commit in commits {
        let rows = rows(tables, topic.name(), commit)?;
        let bytes: usize = rows.iter().map(|row| row.get().len()).sum();
        if rows.is_empty() {
            continue;
        }
        if !pushes.fits(rows.len(), bytes) && !pushes.rows.is_empty() {
            pushes.end(commit.offset - 1)?;
        }
        if pushes.fits(rows.len(), bytes) {
            pushes.bytes += bytes;
            pushes.rows.extend(rows);
        } else {
            pushes.pieces(rows, commit.offset)?;
        }
    }
    if pushes.from < to || pushes.frames.is_empty() {
        pushes.end(to)?;
    }
    Ok(pushes.frames)
}

fn rows(tables: &dyn Tables, table: &str, commit: &Commit) -> Result<Vec<Box<RawValue>>, RowsError> {
    let changes: Vec<&Change> = commit.changes.iter().filter(|change| change.table == table).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let ms = i64::try_from(commit.committed_at_ms).ok();
    let at = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or(RowsError::Time(commit.offset))?;
    let at = format!("{at:.3}");
    let shown = |text: &Option<String>| text.as_deref().map(|text| tables.row(table, text)).transpose();
    let row = |change: &Change| -> Result<Box<RawValue>, RowsError> {
        let row = Row {
            offset: commit.offset,
            op: match change.op {
                Op::Insert => RowOp::Insert,
                Op::Update => RowOp::Update,
                Op::Delete => RowOp::Delete,
            },
            key: change.key.clone(),
            new: shown(&change.new)?,
            old: shown(&change.old)?,
            at: at.clone(),
        };
        Ok(serde_json::value::to_raw_value(&row)?)
    };
    changes.into_iter().map(row).collect()
}

/// Pushes on their way: those that are done, and the rows of the next.
struct Pushes<'a> {
    topic: &'a Topic,
    from: u64,
    rows: Vec<Box<RawValue>>,
    bytes: usize,
    frames: Vec<Bytes>,
}

impl Pushes<'_> {
    fn fits(&self, rows: usize, bytes: usize) -> bool {
        self.rows.len() + rows <= ROWS_PUSH_MAX && self.bytes + bytes <= ROWS_PUSH_BYTES_MAX
    }

    /// Ends the push under way: it reaches `to`.
    fn end(&mut self, to: u64) -> Result<(), RowsError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        self.push(to, &rows, true)?;
        self.from = to;
        Ok(())
    }

    /// One commit that is larger than a push: pieces with one `from` and one `to`.
    fn pieces(&mut self, rows: Vec<Box<RawValue>>, to: u64) -> Result<(), RowsError> {
        for row in rows {
            if !self.fits(1, row.get().len()) && !self.rows.is_empty() {
                let piece = std::mem::take(&mut self.rows);
                self.bytes = 0;
                self.push(to, &piece, false)?;
            }
            self.bytes += row.get().len();
            self.rows.push(row);
        }
        self.end(to)
    }

    fn push(&mut self, to: u64, rows: &[Box<RawValue>], last: bool) -> Result<(), RowsError> {
        let push = Push { from: self.from, to, rows, last };
        let text = Frame::encode(None, None, self.topic.as_str(), event::ROWS, &push)?;
        self.frames.push(wire::text(&text));
        Ok(())
    }
}

/// `RowsPush` whose rows are encoded already.
#[derive(Serialize)]
struct Push<'a> {
    from: u64,
    to: u64,
    rows: &'a [Box<RawValue>],
    last: bool,
}

#[cfg(test)]
mod tests {
    use realtime_protocol::message::RowsPush;
    use serde_json::{Value, json};

    use super::*;

    struct Plain;

    impl Tables for Plain {
        fn names(&self) -> &'static [&'static str] {
            &["games"]
        }

        fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
            let table = table.to_owned();
            serde_json::from_str(text).map_err(|error| RowError { table, source: Box::new(error) })
        }
    }

    fn change(table: &str, key: u64, bytes: usize) -> Change {
        let (table, key) = (table.to_owned(), key.to_string());
        Change { table, op: Op::Insert, key, new: Some(json!("x".repeat(bytes)).to_string()), old: None }
    }

    fn commit(offset: u64, rows: usize, bytes: usize) -> Commit {
        let changes = (0..rows as u64).map(|key| change("games", key, bytes));
        let changes = changes.chain([change("players", 0, 1)]).collect();
        Commit { offset, committed_at_ms: 1_700_000_000_005, changes }
    }

    fn pushes(from: u64, commits: &[Commit], to: u64) -> Vec<RowsPush> {
        let topic = Topic::parse("table:games").unwrap();
        let frames = frames(&Plain, &topic, from, commits, to).unwrap();
        let start = |frame: &Bytes| match frame[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        let text = |frame: &Bytes| std::str::from_utf8(&frame[start(frame)..]).unwrap().to_owned();
        frames.iter().map(|frame| Frame::decode(&text(frame)).unwrap().payload().unwrap()).collect()
    }

    fn shape(pushes: &[RowsPush]) -> Vec<(u64, u64, usize, bool)> {
        pushes.iter().map(|push| (push.from, push.to, push.rows.len(), push.last)).collect()
    }

    #[test]
    fn a_row_is_told_with_its_commit_and_the_time_of_it_and_other_tables_are_not() {
        let push = pushes(3, &[commit(4, 1, 1), commit(5, 0, 1)], 6);
        assert_eq!(
            serde_json::to_value(&push).unwrap(),
            json!([{"from": 3, "to": 6, "last": true, "rows": [
                {"offset": 4, "op": "insert", "key": "0", "new": "x", "at": "2023-11-14T22:13:20.005Z"}
            ]}])
        );
    }

    #[test]
    fn a_commit_is_never_divided_between_two_positions() {
        let half = ROWS_PUSH_MAX / 2;
        let push = pushes(0, &[commit(1, half, 1), commit(3, half, 1), commit(5, 1, 1)], 9);
        assert_eq!(shape(&push), [(0, 4, 2 * half, true), (4, 9, 1, true)]);
    }

    #[test]
    fn a_commit_larger_than_a_push_comes_in_pieces_of_one_from_and_to_and_the_last_says_so() {
        let push = pushes(0, &[commit(1, 1, 1), commit(2, 2 * ROWS_PUSH_MAX + 1, 1), commit(4, 2, 1)], 4);
        let expected = [
            (0, 1, 1, true),
            (1, 2, ROWS_PUSH_MAX, false),
            (1, 2, ROWS_PUSH_MAX, false),
            (1, 2, 1, true),
            (2, 4, 2, true),
        ];
        assert_eq!(shape(&push), expected);
        let keys: Vec<_> = push[1..4].iter().flat_map(|push| &push.rows).map(|row| row.key.clone()).collect();
        assert_eq!(keys, (0..=2 * ROWS_PUSH_MAX).map(|key| key.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn the_bytes_of_a_push_are_bounded_too() {
        let push = pushes(0, &[commit(1, 3, ROWS_PUSH_BYTES_MAX / 2), commit(2, 1, ROWS_PUSH_BYTES_MAX)], 2);
        assert_eq!(shape(&push), [(0, 1, 1, false), (0, 1, 1, false), (0, 1, 1, true), (1, 2, 1, true)]);
    }

    #[test]
    fn without_a_row_the_position_moves_on() {
        assert_eq!(shape(&pushes(3, &[commit(4, 0, 1)], 7)), [(3, 7, 0, true)]);
    }
}
