//! Groups of subscribers of one table in one throttle class.
//!
//! A group's rows since its last flush are encoded once; whoever stands elsewhere reads for itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use changelog::Commit;
use realtime_protocol::{ThrottleClass, Topic};

use super::recent::Recent;
use super::{Hub, HubError, JoinError};
use crate::limits::TABLE_QUIET_COMMITS_MAX;
use crate::rows;
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
}

#[derive(Debug)]
pub(super) struct TableGroup {
    pub(super) view: TableView,
    /// Rows since the last flush.
    pending: usize,
    pub(super) subscribers: usize,
}

impl TableGroup {
    pub(super) fn is_waiting(&self, head: u64) -> bool {
        // A position that never moved would be taken for an expired one.
        let is_quiet = head.saturating_sub(self.view.offset) > TABLE_QUIET_COMMITS_MAX;
        self.subscribers > 0 && (self.pending > 0 || is_quiet)
    }

    pub(super) fn leave(&mut self) {
        self.subscribers = self.subscribers.saturating_sub(1);
        if self.subscribers == 0 {
            self.view.latest = None;
        }
    }

    /// Encodes what waits, and answers how many frames that made.
    pub(super) fn flush(
        &mut self,
        tables: &dyn Tables,
        topic: &Topic,
        recent: &Recent,
        head: u64,
    ) -> Result<u64, HubError> {
        let from = self.view.offset;
        let latest = recent.after(from).map(|commits| {
            let commits = commits.map(|commit| -> &Commit { commit });
            let frames = rows::frames(tables, topic, from, commits, head)?;
            Ok::<_, HubError>(Arc::new(RowsFrames { from, frames }))
        });
        self.view = TableView { offset: head, latest: latest.transpose()? };
        self.pending = 0;
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
    /// [`JoinError`] when there is no such table, or a filter.
    pub fn join_table(&mut self, topic: &Topic, class: ThrottleClass) -> Result<TableStart, JoinError> {
        let known = self.tables.names();
        if !known.contains(&topic.name()) {
            return Err(JoinError::NoTable(known));
        }
        if !topic.query().is_empty() {
            return Err(JoinError::Filter);
        }
        let head = self.offset;
        let fresh = TableView { offset: head, latest: None };
        let cadence = self.cadences.entry(class).or_default();
        let group = cadence.tables.entry(topic.clone()).or_insert_with(|| TableGroup {
            view: fresh.clone(),
            pending: 0,
            subscribers: 0,
        });
        if group.subscribers == 0 {
            group.view = fresh;
            group.pending = 0;
        }
        group.subscribers += 1;
        Ok(TableStart { view: group.view.clone(), head })
    }

    /// Commits after `from` up to `to` for a viewer of `table` that reads for itself, as many as it is given at
    /// once; none when the hub no longer keeps them.
    #[must_use]
    pub fn recent(&self, table: &str, from: u64, to: u64) -> Option<Vec<Arc<Commit>>> {
        self.recent.read(table, from, to)
    }

    /// Counts the rows of commits for whoever waits for them, and keeps the commits.
    pub(super) fn count_rows(&mut self, commits: &[Commit]) {
        let known = self.tables.names();
        if known.is_empty() {
            return;
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for commit in commits {
            self.recent.push(commit);
            for change in &commit.changes {
                *counts.entry(&change.table).or_default() += 1;
            }
        }
        for cadence in self.cadences.values_mut() {
            for (topic, group) in cadence.tables.iter_mut().filter(|(_, group)| group.subscribers > 0) {
                group.pending += counts.get(topic.name()).copied().unwrap_or(0);
            }
        }
    }
}
