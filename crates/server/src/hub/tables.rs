//! Groups of subscribers of one table in one throttle class.
//!
//! A group's rows since its last flush are framed once; whoever stands elsewhere reads for itself.

use std::sync::Arc;

use bytes::Bytes;
use changelog::Commit;
use realtime_protocol::{ThrottleClass, Topic};

use super::picks::Picks;
use super::{Hub, HubError, JoinError};
use crate::limits::TABLE_QUIET_COMMITS_MAX;
use crate::rows::Pushes;
use crate::selection::Selection;
use crate::tables::Tables;

/// Rows as ready-made bytes.
#[derive(Debug)]
pub struct RowsFrames {
    /// The offset that a viewer must stand at.
    pub from: u64,
    /// Whole pushes, in order, the last of which reaches the group's offset.
    pub frames: Vec<Bytes>,
}

/// What a table's group offers to its viewers since its last flush.
#[derive(Debug, Clone)]
pub struct TableView {
    /// The offset of the last flush.
    pub offset: u64,
    /// The last flush's rows; absent when they were too many to be kept.
    pub latest: Option<Arc<RowsFrames>>,
}

/// What the join of a table starts from.
#[derive(Debug)]
pub struct TableStart {
    /// The group.
    pub view: TableView,
    /// The last commit that the hub knows.
    pub head: u64,
    /// The rows that are asked for.
    pub selection: Arc<Selection>,
}

/// A group with at least one subscriber.
#[derive(Debug)]
pub(super) struct TableGroup {
    pub(super) view: TableView,
    /// Whether there are rows since the last flush.
    is_touched: bool,
    pub(super) subscribers: usize,
}

impl TableGroup {
    pub(super) fn is_waiting(&self, head: u64) -> bool {
        // A position that never moved would be taken for an expired one.
        self.is_touched || head.saturating_sub(self.view.offset) > TABLE_QUIET_COMMITS_MAX
    }

    /// Frames what waits, and answers how many frames that made.
    pub(super) fn flush(&mut self, topic: &Topic, picks: &Picks, head: u64) -> Result<u64, HubError> {
        let from = self.view.offset;
        let mut latest = None;
        if let Some(picked) = picks.after(topic, from) {
            let mut pushes = Pushes::new(topic, from);
            for (offset, rows) in picked {
                pushes.commit(offset, rows)?;
            }
            latest = Some(Arc::new(RowsFrames { from, frames: pushes.up_to(head)? }));
        }
        self.view = TableView { offset: head, latest };
        self.is_touched = false;
        Ok(self.view.latest.as_ref().map_or(0, |latest| latest.frames.len() as u64))
    }
}

impl Hub {
    /// The tables that can be joined.
    #[must_use]
    pub fn tables(&self) -> Arc<dyn Tables> {
        Arc::clone(&self.tables)
    }

    /// Adds a subscriber to a table's group and returns what it starts from.
    ///
    /// # Errors
    /// [`JoinError`] when there is no such table, or its rows cannot be filtered so.
    pub fn join_table(&mut self, topic: &Topic, class: ThrottleClass) -> Result<TableStart, JoinError> {
        let head = self.offset;
        let cadence = self.cadences.entry(class).or_default();
        if let Some(group) = cadence.tables.get_mut(topic)
            && let Some(selection) = self.picks.selection(topic)
        {
            group.subscribers += 1;
            return Ok(TableStart { view: group.view.clone(), head, selection });
        }
        let selection = self.picks.begin(&*self.tables, topic);
        self.stats.filters_refused += u64::from(matches!(selection, Err(JoinError::Filters)));
        let selection = selection?;
        let view = TableView { offset: head, latest: None };
        let group = TableGroup { view: view.clone(), is_touched: false, subscribers: 1 };
        cadence.tables.insert(topic.clone(), group);
        Ok(TableStart { view, head, selection })
    }

    /// Takes a subscriber out of a table's group; the last one ends it.
    pub(super) fn leave_table(&mut self, topic: &Topic, class: ThrottleClass) {
        let Some(cadence) = self.cadences.get_mut(&class) else { return };
        let Some(group) = cadence.tables.get_mut(topic) else { return };
        group.subscribers -= 1;
        if group.subscribers == 0 {
            cadence.tables.remove(topic);
            self.picks.end(topic);
        }
    }

    /// Commits after `from` up to `to` for a viewer of a table that reads for itself, as many as it is given at
    /// once; none when the hub no longer keeps them.
    #[must_use]
    pub fn recent(&self, selection: &Selection, from: u64, to: u64) -> Option<Vec<Arc<Commit>>> {
        self.recent.read(selection, from, to)
    }

    /// Picks the rows of commits for whoever waits for them, and keeps the commits.
    pub(super) fn pick_rows(&mut self, commits: &[Commit]) -> Result<(), HubError> {
        if self.tables.names().is_empty() {
            return Ok(());
        }
        for commit in commits {
            self.recent.push(commit);
            for topic in self.picks.commit(&*self.tables, commit)? {
                for cadence in self.cadences.values_mut() {
                    if let Some(group) = cadence.tables.get_mut(&topic) {
                        group.is_touched = true;
                    }
                }
            }
        }
        Ok(())
    }

    /// Lets go what every group of these topics has been told.
    pub(super) fn forget_rows(&mut self, flushed: &[Topic]) {
        for topic in flushed {
            let groups = self.cadences.values().filter_map(|cadence| cadence.tables.get(topic));
            if let Some(offset) = groups.map(|group| group.view.offset).min() {
                self.picks.told(topic, offset);
            }
        }
        if !flushed.is_empty() {
            self.picks.lighten();
        }
    }
}
