//! Cuts the commits of a table's rows into pushes, as ready-made bytes.

use std::sync::Arc;

use bytes::Bytes;
use changelog::{Change, Commit};
use jiff::Timestamp;
use realtime_protocol::message::{RowOp, event};
use realtime_protocol::{Frame, FrameError, Topic};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::limits::{READ_ROWS_MAX, ROWS_PUSH_BYTES_MAX, ROWS_PUSH_MAX};
use crate::selection::Selection;
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

/// How many rows one read looks at for one viewer: of those that a filter leaves out, more than a push holds.
pub(crate) fn read_max(selection: &Selection) -> usize {
    if selection.is_all() { ROWS_PUSH_MAX } else { READ_ROWS_MAX }
}

/// The pushes of `selection` that lead from `from` to `to`; `commits` are those between, in order.
///
/// There is at least one, so that whoever takes them stands at `to`.
///
/// # Errors
/// [`RowsError`] when a row cannot be shown.
pub fn frames<'a>(
    tables: &dyn Tables,
    selection: &Selection,
    from: u64,
    commits: impl IntoIterator<Item = &'a Commit>,
    to: u64,
) -> Result<Vec<Bytes>, RowsError> {
    let mut pushes = Pushes::new(selection.topic(), from);
    for commit in commits {
        let Some(shown) = Shown::of(tables, selection.table(), commit)? else { continue };
        let rows: Vec<_> = shown.told(selection).map(|(n, op)| shown.row(n, op)).collect::<Result<_, _>>()?;
        pushes.commit(commit.offset, &rows)?;
    }
    pushes.up_to(to)
}

/// The rows of one table in one commit as they are shown, so that they are read once for all filters.
pub(crate) struct Shown<'a> {
    offset: u64,
    at: String,
    rows: Vec<ShownRow<'a>>,
}

struct ShownRow<'a> {
    change: &'a Change,
    new: Option<Value>,
    old: Option<Value>,
}

impl<'a> Shown<'a> {
    /// None when the commit changes no row of `table`.
    pub(crate) fn of(
        tables: &dyn Tables,
        table: &str,
        commit: &'a Commit,
    ) -> Result<Option<Self>, RowsError> {
        let shown = |text: &Option<String>| text.as_deref().map(|text| tables.row(table, text)).transpose();
        let mut rows = Vec::new();
        for change in commit.changes.iter().filter(|change| change.table == table) {
            rows.push(ShownRow { change, new: shown(&change.new)?, old: shown(&change.old)? });
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let ms = i64::try_from(commit.committed_at_ms).ok();
        let at = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let at = at.ok_or(RowsError::Time(commit.offset))?;
        Ok(Some(Self { offset: commit.offset, at: format!("{at:.3}"), rows }))
    }

    /// The rows that concern whoever asks for `selection`, by number, and what they are to him.
    pub(crate) fn told(&self, selection: &Selection) -> impl Iterator<Item = (usize, RowOp)> {
        let told = |row: &ShownRow<'_>| selection.told(row.change, row.new.as_ref(), row.old.as_ref());
        self.rows.iter().enumerate().filter_map(move |(n, row)| Some((n, told(row)?)))
    }

    /// The row of this number, encoded.
    pub(crate) fn row(&self, n: usize, op: RowOp) -> Result<Arc<RawValue>, RowsError> {
        let ShownRow { change, new, old } = &self.rows[n];
        let row = EncodedRow {
            offset: self.offset,
            op,
            key: &change.key,
            // What a row has become is not for those who no longer ask for it.
            new: new.as_ref().filter(|_| op != RowOp::Leave),
            old: old.as_ref(),
            at: &self.at,
        };
        Ok(serde_json::value::to_raw_value(&row)?.into())
    }
}

/// `Row` without a copy of its values.
#[derive(Serialize)]
struct EncodedRow<'a> {
    offset: u64,
    op: RowOp,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a Value>,
    at: &'a str,
}

/// Pushes on their way: those that are done, and the rows of the next.
pub(crate) struct Pushes<'a> {
    topic: &'a Topic,
    from: u64,
    rows: Vec<Arc<RawValue>>,
    bytes: usize,
    frames: Vec<Bytes>,
}

impl<'a> Pushes<'a> {
    pub(crate) fn new(topic: &'a Topic, from: u64) -> Self {
        Self { topic, from, rows: Vec::new(), bytes: 0, frames: Vec::new() }
    }

    /// Adds the rows of the next commit that has some.
    pub(crate) fn commit(&mut self, offset: u64, rows: &[Arc<RawValue>]) -> Result<(), RowsError> {
        let bytes: usize = rows.iter().map(|row| row.get().len()).sum();
        if rows.is_empty() {
            return Ok(());
        }
        if !self.fits(rows.len(), bytes) && !self.rows.is_empty() {
            self.end(offset - 1)?;
        }
        if !self.fits(rows.len(), bytes) {
            return self.pieces(rows, offset);
        }
        self.bytes += bytes;
        self.rows.extend_from_slice(rows);
        Ok(())
    }

    /// All pushes, at least one, of which the last reaches `to`.
    pub(crate) fn up_to(mut self, to: u64) -> Result<Vec<Bytes>, RowsError> {
        if self.from < to || self.frames.is_empty() {
            self.end(to)?;
        }
        Ok(self.frames)
    }

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
    fn pieces(&mut self, rows: &[Arc<RawValue>], to: u64) -> Result<(), RowsError> {
        for row in rows {
            if !self.fits(1, row.get().len()) && !self.rows.is_empty() {
                let piece = std::mem::take(&mut self.rows);
                self.bytes = 0;
                self.push(to, &piece, false)?;
            }
            self.bytes += row.get().len();
            self.rows.push(Arc::clone(row));
        }
        self.end(to)
    }

    fn push(&mut self, to: u64, rows: &[Arc<RawValue>], last: bool) -> Result<(), RowsError> {
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
    rows: &'a [Arc<RawValue>],
    last: bool,
}

#[cfg(test)]
mod tests {
    use changelog::Op;
    use realtime_protocol::filter::{Column, Kind};
    use realtime_protocol::message::RowsPush;
    use serde_json::json;

    use super::*;

    struct Plain;

    impl Tables for Plain {
        fn names(&self) -> &'static [&'static str] {
            &["games"]
        }

        fn columns(&self, _: &str) -> &'static [Column] {
            &[Column { name: "winner", kind: Kind::Word(&["town", "mafia"]) }]
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
        pushes_of("table:games", from, commits, to)
    }

    fn pushes_of(topic: &str, from: u64, commits: &[Commit], to: u64) -> Vec<RowsPush> {
        let selection = Selection::parse(&Plain, &Topic::parse(topic).unwrap()).unwrap();
        let frames = frames(&Plain, &selection, from, commits, to).unwrap();
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

    #[test]
    fn a_row_that_leaves_the_filter_is_told_as_it_was_and_not_as_it_is() {
        let row = |winner: &str| Some(json!({"winner": winner}).to_string());
        let update = |key: u64, new, old| Change {
            op: Op::Update,
            new: row(new),
            old: row(old),
            ..change("games", key, 1)
        };
        let changes =
            vec![update(1, "mafia", "town"), update(2, "town", "mafia"), update(3, "mafia", "mafia")];
        let commit = Commit { offset: 1, committed_at_ms: 0, changes };
        let push = pushes_of("table:games?winner=eq.town", 0, &[commit], 1);
        let at = "1970-01-01T00:00:00.000Z";
        let (town, mafia) = (json!({"winner": "town"}), json!({"winner": "mafia"}));
        assert_eq!(
            serde_json::to_value(&push[0].rows).unwrap(),
            json!([
                {"offset": 1, "op": "leave", "key": "1", "old": town, "at": at},
                {"offset": 1, "op": "update", "key": "2", "new": town, "old": mafia, "at": at},
            ])
        );
    }
}
