//! The log's second reader: gives rows to viewers of tables who need older commits than the hub keeps.
//!
//! One for all sessions, behind a bounded channel: however many come back at once, the log is read in turn.

use std::sync::Arc;

use changelog::{Change, Changelog, Commit, LogError, Read};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::limits::{READ_COMMITS_MAX, READ_STEP_COMMITS, READS_WAITING_MAX};
use crate::rows::{Rows, RowsError, frames, read_max};
use crate::selection::Selection;
use crate::tables::Tables;

/// A read that waits for its turn.
#[derive(Debug)]
struct Request {
    selection: Arc<Selection>,
    from: u64,
    to: u64,
    answer: oneshot::Sender<Rows>,
}

/// The reader with its inputs, ready to run.
pub(crate) struct Reader {
    log: Box<dyn Changelog>,
    tables: Arc<dyn Tables>,
    requests: mpsc::Receiver<Request>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// Gives rows to sessions: from the commits that the hub keeps, or by the reader.
#[derive(Clone)]
pub(crate) struct RowsHandle {
    tables: Arc<dyn Tables>,
    requests: mpsc::Sender<Request>,
}

impl std::fmt::Debug for RowsHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowsHandle").finish_non_exhaustive()
    }
}

impl RowsHandle {
    /// The rows in the hub's own `commits`, which follow `from`.
    pub(crate) fn kept(&self, selection: &Selection, from: u64, to: u64, commits: &[Arc<Commit>]) -> Rows {
        let to = commits.last().map_or(to, |commit| commit.offset);
        let frames = frames(&*self.tables, selection, from, commits.iter().map(|commit| &**commit), to);
        frames.map_or_else(
            |error| {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, table = selection.table(), from, "rows could not be shown");
                Rows::Failed
            },
            |frames| Rows::Frames { to, frames },
        )
    }

    /// The rows after `from`, from the log; none when the reader has stopped.
    pub(crate) async fn read(&self, selection: Arc<Selection>, from: u64, to: u64) -> Option<Rows> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { selection, from, to, answer }).await.ok()?;
        answered.await.ok()
    }
}

/// Why a read failed.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A row cannot be shown.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// The log has lost commits.
    #[error("the log ends before commit {0}, which the hub has folded")]
    Short(u64),
}

impl Reader {
    pub(crate) fn new(log: Box<dyn Changelog>, tables: Arc<dyn Tables>) -> (Self, RowsHandle) {
        let (sender, requests) = mpsc::channel(READS_WAITING_MAX);
        let handle = RowsHandle { tables: Arc::clone(&tables), requests: sender };
        (Self { log, tables, requests }, handle)
    }

    /// Runs until nobody can ask any more.
    ///
    /// # Errors
    /// When the blocking thread panicked.
    pub(crate) async fn run(mut self) -> Result<(), tokio::task::JoinError> {
        while let Some(request) = self.requests.recv().await {
            let (mut log, tables) = (self.log, Arc::clone(&self.tables));
            self.log = tokio::task::spawn_blocking(move || {
                let Request { selection, from, to, answer } = request;
                let rows = read_rows(&mut *log, &*tables, &selection, from, to).unwrap_or_else(|error| {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, table = selection.table(), from, "rows could not be read");
                    Rows::Failed
                });
                if answer.send(rows).is_err() {
                    tracing::debug!("a session ended before its rows were read");
                }
                log
            })
            .await?;
        }
        Ok(())
    }
}

/// Reads rows for a viewer of `selection` from the log: after `from` until there are enough, and not beyond `to`.
///
/// # Errors
/// [`ReadError`] when the log cannot be read or a row cannot be shown.
pub fn read_rows(
    log: &mut dyn Changelog,
    tables: &dyn Tables,
    selection: &Selection,
    from: u64,
    to: u64,
) -> Result<Rows, ReadError> {
    let (mut at, mut rows, mut passed) = (from, 0, 0);
    let rows_max = read_max(selection);
    let mut commits: Vec<Commit> = Vec::new();
    while at < to && rows < rows_max && passed < READ_COMMITS_MAX {
        let found = match log.read_after(at, READ_STEP_COMMITS)? {
            Read::Commits(found) => found,
            Read::Expired { .. } if at == from => return Ok(Rows::Expired),
            // What was read is good; the next read will tell.
            Read::Expired { .. } => break,
        };
        if found.is_empty() {
            return Err(ReadError::Short(to));
        }
        for commit in found.into_iter().filter(|commit| commit.offset <= to) {
            if rows >= rows_max {
                break;
            }
            at = commit.offset;
            passed += 1;
            let is_wanted = |change: &Change| change.table == selection.table();
            let changes: Vec<_> = commit.changes.into_iter().filter(is_wanted).collect();
            rows += changes.len();
            if !changes.is_empty() {
                commits.push(Commit { changes, ..commit });
            }
        }
    }
    Ok(Rows::Frames { to: at, frames: frames(tables, selection, from, &commits, at)? })
}
