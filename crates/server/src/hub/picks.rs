//! Rows that wait for the groups of tables.
//!
//! Each commit's rows are shown once for all filters, each filter is applied once for all its groups, and each row
//! is encoded once for all filters that take it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use changelog::Commit;
use realtime_protocol::Topic;
use realtime_protocol::message::RowOp;
use serde_json::value::RawValue;

use super::JoinError;
use crate::limits::{FILTERS_MAX, RECENT_BYTES_MAX, RECENT_ROWS_MAX};
use crate::rows::{RowsError, Shown};
use crate::selection::Selection;
use crate::tables::Tables;

/// What a row costs each selection that takes it.
const ROW_BYTES: usize = size_of::<Arc<RawValue>>();

/// The rows that wait, of every topic of a table that has a group.
#[derive(Debug, Default)]
pub(super) struct Picks {
    wanted: BTreeMap<Topic, Wanted>,
    /// What each commit takes, in order.
    weights: VecDeque<Weight>,
    rows: usize,
    bytes: usize,
    /// Every row after this offset is here.
    horizon: u64,
}

/// What one topic asks for, and what of it waits.
#[derive(Debug)]
struct Wanted {
    selection: Arc<Selection>,
    groups: usize,
    picks: VecDeque<Pick>,
}

/// The rows of one commit.
#[derive(Debug)]
struct Pick {
    offset: u64,
    rows: Vec<Arc<RawValue>>,
}

#[derive(Debug, Default)]
struct Weight {
    offset: u64,
    rows: usize,
    bytes: usize,
}

impl Picks {
    /// A group begins: what its topic asks for.
    pub(super) fn begin(&mut self, tables: &dyn Tables, topic: &Topic) -> Result<Arc<Selection>, JoinError> {
        let filters = self.wanted.values().filter(|wanted| !wanted.selection.is_all()).count();
        let wanted = match self.wanted.entry(topic.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let selection = Selection::parse(tables, topic)?;
                if filters >= FILTERS_MAX && !selection.is_all() {
                    return Err(JoinError::Filters);
                }
                place.insert(Wanted { selection: Arc::new(selection), groups: 0, picks: VecDeque::new() })
            }
        };
        wanted.groups += 1;
        Ok(Arc::clone(&wanted.selection))
    }

    /// What the topic of a group asks for.
    pub(super) fn selection(&self, topic: &Topic) -> Option<Arc<Selection>> {
        self.wanted.get(topic).map(|wanted| Arc::clone(&wanted.selection))
    }

    /// A group ends.
    pub(super) fn end(&mut self, topic: &Topic) {
        let Some(wanted) = self.wanted.get_mut(topic) else { return };
        wanted.groups -= 1;
        if wanted.groups == 0 {
            self.wanted.remove(topic);
            self.lighten();
        }
    }

    /// Picks the rows of the next commit; answers the topics that have some.
    pub(super) fn commit(&mut self, tables: &dyn Tables, commit: &Commit) -> Result<Vec<Topic>, RowsError> {
        let mut weight = Weight { offset: commit.offset, ..Weight::default() };
        let mut touched = Vec::new();
        let changed: BTreeSet<&str> = commit.changes.iter().map(|change| &*change.table).collect();
        for table in changed {
            let mut wanted = self.wanted.iter_mut().filter(|(topic, _)| topic.name() == table).peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let Some(shown) = Shown::of(tables, table, commit)? else { continue };
            let mut encoded: BTreeMap<(usize, bool), Arc<RawValue>> = BTreeMap::new();
            for (topic, wanted) in wanted {
                let mut rows = Vec::new();
                for (n, op) in shown.told(&wanted.selection) {
                    let row = match encoded.entry((n, op == RowOp::Leave)) {
                        Entry::Occupied(known) => Arc::clone(known.get()),
                        Entry::Vacant(place) => Arc::clone(place.insert(shown.row(n, op)?)),
                    };
                    rows.push(row);
                }
                if !rows.is_empty() {
                    weight.bytes += rows.len() * ROW_BYTES;
                    wanted.picks.push_back(Pick { offset: commit.offset, rows });
                    touched.push(topic.clone());
                }
            }
            weight.rows += encoded.len();
            weight.bytes += encoded.values().map(|row| row.get().len()).sum::<usize>();
        }
        self.weigh(weight);
        Ok(touched)
    }

    /// The rows of `topic` after `from`, when all of them are here.
    pub(super) fn after(
        &self,
        topic: &Topic,
        from: u64,
    ) -> Option<impl Iterator<Item = (u64, &[Arc<RawValue>])>> {
        let wanted = self.wanted.get(topic).filter(|_| from >= self.horizon)?;
        let start = wanted.picks.partition_point(|pick| pick.offset <= from);
        Some(wanted.picks.range(start..).map(|pick| (pick.offset, &*pick.rows)))
    }

    /// All groups of `topic` have been told everything up to `offset`.
    pub(super) fn told(&mut self, topic: &Topic, offset: u64) {
        if let Some(wanted) = self.wanted.get_mut(topic) {
            wanted.forget(offset);
        }
    }

    /// Forgets the weight of what nobody waits for.
    pub(super) fn lighten(&mut self) {
        let oldest = self.wanted.values().filter_map(|wanted| wanted.picks.front()).map(|pick| pick.offset);
        let oldest = oldest.min().unwrap_or(u64::MAX);
        while let Some(weight) = self.weights.front().filter(|weight| weight.offset < oldest) {
            self.rows -= weight.rows;
            self.bytes -= weight.bytes;
            self.weights.pop_front();
        }
    }

    /// Adds a commit's weight; forgets the oldest beyond the limits.
    fn weigh(&mut self, weight: Weight) {
        if weight.bytes == 0 {
            return;
        }
        self.rows += weight.rows;
        self.bytes += weight.bytes;
        self.weights.push_back(weight);
        while self.rows > RECENT_ROWS_MAX || self.bytes > RECENT_BYTES_MAX {
            let Some(oldest) = self.weights.pop_front() else { break };
            self.rows -= oldest.rows;
            self.bytes -= oldest.bytes;
            self.horizon = oldest.offset;
            for wanted in self.wanted.values_mut() {
                wanted.forget(oldest.offset);
            }
        }
    }
}

impl Wanted {
    fn forget(&mut self, offset: u64) {
        while self.picks.front().is_some_and(|pick| pick.offset <= offset) {
            self.picks.pop_front();
        }
    }
}
