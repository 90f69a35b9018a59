//! The rows of one table topic between two whole commits.

use realtime_protocol::message::{Row, RowsPush};

use crate::limits::{ROWS_HELD_BYTES_MAX, ROWS_HELD_MAX};
use crate::memory;
use crate::subscription::Trouble;

/// What a push of rows brought.
#[derive(Debug, PartialEq)]
pub(crate) enum Taken {
    /// A piece; the rest of its commit is to come.
    Piece,
    /// Nothing that was not there before.
    Duplicate,
    /// Everything up to this offset, each row once and in order.
    Whole {
        to: u64,
        rows: Vec<Row>,
        /// Rows of the push that were there before.
        duplicates: u64,
    },
}

/// The pieces of a commit that is not whole yet.
///
/// The position of the topic moves only with whole commits, so a piece that is lost with its connection is
/// told again, and one that was told is never told twice.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    span: Option<(u64, u64)>,
    rows: Vec<Row>,
    /// An estimate of what the rows take, in bytes.
    bytes: usize,
    duplicates: u64,
}

impl Pieces {
    /// Takes a push in for a topic that stands at `cursor`; on an error no piece is kept.
    pub(crate) fn push(&mut self, cursor: u64, push: RowsPush) -> Result<Taken, Trouble> {
        let taken = self.take(cursor, push);
        if taken.is_err() {
            self.clear();
        }
        taken
    }

    /// Lets the pieces go: their connection or their join is over.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// An estimate of what the pieces take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn take(&mut self, cursor: u64, push: RowsPush) -> Result<Taken, Trouble> {
        let RowsPush { from, to, rows, last } = push;
        if to < from || from > cursor {
            return Err(Trouble::Gap);
        }
        if to <= cursor && self.span.is_none() {
            return Ok(Taken::Duplicate);
        }
        if self.span.is_some_and(|span| span != (from, to)) {
            return Err(Trouble::Gap);
        }
        let mut newest = self.rows.last().map_or(from, |row| row.offset);
        for row in rows {
            if row.offset < newest || row.offset <= from || row.offset > to {
                return Err(Trouble::Shape);
            }
            newest = row.offset;
            if row.offset <= cursor {
                self.duplicates += 1;
                continue;
            }
            self.bytes += memory::of_row(&row);
            if self.rows.len() >= ROWS_HELD_MAX || self.bytes > ROWS_HELD_BYTES_MAX {
                return Err(Trouble::Shape);
            }
            self.rows.push(row);
        }
        if !last {
            self.span = Some((from, to));
            return Ok(Taken::Piece);
        }
        let Self { rows, duplicates, .. } = std::mem::take(self);
        Ok(Taken::Whole { to, rows, duplicates })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{ProptestConfig, Strategy, proptest};
    use realtime_protocol::message::RowOp;

    fn row(offset: u64, key: &str) -> Row {
        Row { offset, op: RowOp::Insert, key: key.to_owned(), new: None, old: None, at: String::new() }
    }

    fn push(from: u64, to: u64, rows: &[(u64, &str)], last: bool) -> RowsPush {
        RowsPush { from, to, rows: rows.iter().map(|(offset, key)| row(*offset, key)).collect(), last }
    }

    fn whole(to: u64, rows: &[(u64, &str)], duplicates: u64) -> Result<Taken, Trouble> {
        Ok(Taken::Whole {
            to,
            rows: rows.iter().map(|(offset, key)| row(*offset, key)).collect(),
            duplicates,
        })
    }

    #[test]
    fn rows_that_follow_the_cursor_are_taken_in_their_order() {
        let mut pieces = Pieces::default();
        assert_eq!(
            pieces.push(4, push(4, 6, &[(5, "a"), (6, "b")], true)),
            whole(6, &[(5, "a"), (6, "b")], 0)
        );
        assert_eq!(pieces.push(6, push(6, 9, &[], true)), whole(9, &[], 0));
    }

    #[test]
    fn the_pieces_of_a_commit_count_only_with_the_last() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.push(4, push(4, 5, &[(5, "a"), (5, "b")], false)), Ok(Taken::Piece));
        assert_eq!(pieces.push(4, push(4, 5, &[(5, "c")], false)), Ok(Taken::Piece));
        assert_eq!(
            pieces.push(4, push(4, 5, &[(5, "d")], true)),
            whole(5, &[(5, "a"), (5, "b"), (5, "c"), (5, "d")], 0)
        );
        assert_eq!(pieces.rows.len(), 0);
    }

    #[test]
    fn what_was_told_before_is_dropped_and_counted() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.push(6, push(4, 6, &[(5, "a"), (6, "b")], true)), Ok(Taken::Duplicate));
        assert_eq!(
            pieces.push(6, push(4, 7, &[(5, "a"), (6, "b"), (7, "c")], true)),
            whole(7, &[(7, "c")], 2)
        );
    }

    #[test]
    fn a_hole_is_a_gap_and_keeps_no_piece() {
        let mut pieces = Pieces::default();
        assert_eq!(pieces.push(4, push(5, 6, &[(6, "b")], true)), Err(Trouble::Gap));
        assert_eq!(pieces.push(4, push(6, 5, &[], true)), Err(Trouble::Gap));
        assert_eq!(pieces.push(4, push(4, 5, &[(5, "a")], false)), Ok(Taken::Piece));
        assert_eq!(
            pieces.push(4, push(4, 6, &[(6, "b")], true)),
            Err(Trouble::Gap),
            "the rest of 5 is missing"
        );
        assert_eq!(pieces.rows.len(), 0);
    }

    #[test]
    fn rows_outside_their_span_or_out_of_order_are_not_believed() {
        for rows in [[(4, "a"), (5, "b")], [(6, "a"), (5, "b")], [(5, "a"), (7, "b")]] {
            assert_eq!(Pieces::default().push(4, push(4, 6, &rows, true)), Err(Trouble::Shape), "{rows:?}");
        }
    }

    #[test]
    fn a_commit_that_never_ends_is_bounded() {
        let mut pieces = Pieces::default();
        let many = vec![(5, "a"); ROWS_HELD_MAX];
        assert_eq!(pieces.push(4, push(4, 5, &many, false)), Ok(Taken::Piece));
        assert_eq!(pieces.push(4, push(4, 5, &[(5, "b")], false)), Err(Trouble::Shape));
        assert_eq!(pieces.rows.len(), 0);
    }

    #[test]
    fn the_bytes_of_a_commit_that_never_ends_are_bounded_too() {
        let mut pieces = Pieces::default();
        let large = || Row { new: Some("x".repeat(ROWS_HELD_BYTES_MAX / 2).into()), ..row(5, "a") };
        let piece = |row| RowsPush { from: 4, to: 5, rows: vec![row], last: false };
        assert_eq!(pieces.push(4, piece(large())), Ok(Taken::Piece));
        assert!((ROWS_HELD_BYTES_MAX / 2..ROWS_HELD_BYTES_MAX).contains(&pieces.bytes()));
        assert_eq!(pieces.push(4, piece(large())), Err(Trouble::Shape));
        assert_eq!((pieces.rows.len(), pieces.bytes()), (0, 0));
    }

    /// Pushes that somebody who reads this log may send, in any order and with any of them lost.
    #[derive(Debug, Clone)]
    struct Sent {
        from: u64,
        to: u64,
        /// Rows of one piece.
        piece: usize,
        /// Pieces that arrive before the connection is cut; all of them where there are no more.
        arrive: usize,
    }

    fn sent() -> impl Strategy<Value = Vec<Sent>> {
        let one = (0_u64..8, 0_u64..4, 1_usize..4, 1_usize..6);
        let one = one.prop_map(|(from, more, piece, arrive)| Sent { from, to: from + more, piece, arrive });
        proptest::collection::vec(one, 0..40)
    }

    fn between(log: &[usize], from: u64, to: u64) -> Vec<Row> {
        let commits = (1_u64..).zip(log).filter(|(offset, _)| (from + 1..=to).contains(offset));
        commits.flat_map(|(offset, rows)| (0..*rows).map(move |n| row(offset, &n.to_string()))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_sent_again_or_lost_each_row_is_told_once_and_in_order(
            log in proptest::collection::vec(0_usize..5, 12),
            sent in sent(),
        ) {
            let (mut pieces, mut cursor, mut told) = (Pieces::default(), 0, Vec::new());
            for Sent { from, to, piece, arrive } in sent {
                let rows = between(&log, from, to);
                let chunks: Vec<_> = rows.chunks(piece).map(<[Row]>::to_vec).collect();
                let chunks = if chunks.is_empty() { vec![Vec::new()] } else { chunks };
                let all = chunks.len();
                let before = cursor;
                for (n, rows) in chunks.into_iter().enumerate().take(arrive) {
                    let Ok(taken) = pieces.push(cursor, RowsPush { from, to, rows, last: n + 1 == all }) else {
                        break;
                    };
                    if let Taken::Whole { to, rows, .. } = taken {
                        cursor = to;
                        told.extend(rows);
                    }
                }
                if arrive < all {
                    pieces.clear();
                }
                let fits = from <= before && arrive >= all;
                assert_eq!(cursor, if fits { to.max(before) } else { before });
                assert_eq!(&told, &between(&log, 0, cursor));
                assert_eq!((pieces.rows.len(), pieces.bytes()), (0, 0));
            }
        }
    }
}
