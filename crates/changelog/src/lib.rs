//! One ordered log of commits, and what every back end of it must guarantee.
//!
//! A commit is one transaction: its table rows and its entry in the log are written together.
//! Every reader is a cursor in this log; nothing else carries change through the system.
//!
//! # What every back end guarantees
//! 1. **Order without holes.** The first commit of an epoch has offset 1; each next one the next
//!    offset, also under concurrent writers in several processes.
//! 2. **Whole commits.** [`Changelog::read_after`] answers with whole commits; nobody sees a part.
//! 3. **Durable first.** A commit that can be read survives a crash of the process.
//! 4. **No gap at the seam.** Reading after the offset of the last commit read gives exactly what
//!    follows. If retention has passed the cursor the answer is [`Read::Expired`], never a later
//!    commit.
//! 5. **Wake-up.** [`Changelog::wait`] returns soon after an append, also one that happened between
//!    the last read and the wait; an append by another process within 500 ms.
//! 6. **Epochs.** A restart keeps the epoch; a new or restored log has another one.
//!
//! [`conformance`] checks these for each back end.
//!
//! A reader is a loop over its own cursor:
//!
//! ```
//! use std::time::Duration;
//! use changelog::{Change, Changelog, MemoryLog, Op, Read};
//!
//! let mut log = MemoryLog::new("e");
//! let new = Some("{}".to_owned());
//! log.append(0, vec![Change { table: "games".into(), op: Op::Insert, key: "g1".into(), new, old: None }]);
//!
//! let mut cursor = 0;
//! loop {
//!     match log.read_after(cursor, 256)? {
//!         Read::Commits(commits) if commits.is_empty() => {
//!             log.wait(cursor, Duration::from_millis(1))?;
//!             break; // a real reader goes on
//!         }
//!         Read::Commits(commits) => cursor = commits.last().map_or(cursor, |commit| commit.offset),
//!         Read::Expired { oldest } => panic!("start anew, {oldest} is the oldest that is kept"),
//!     }
//! }
//! assert_eq!(cursor, 1);
//! # Ok::<(), changelog::LogError>(())
//! ```

pub mod conformance;
mod memory;

pub use memory::MemoryLog;

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// It is new.
    Insert,
    /// It has other values.
    Update,
    /// It is gone.
    Delete,
}

impl Op {
    /// The word as it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// One row's change. Rows are JSON objects as text: the log does not look into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The table.
    pub table: String,
    /// What happened.
    pub op: Op,
    /// The row's key.
    pub key: String,
    /// The row after the change.
    pub new: Option<String>,
    /// The row before the change.
    pub old: Option<String>,
}

/// One transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its place in the log, from 1.
    pub offset: u64,
    /// Wall clock of the writer, milliseconds since 1970. It enters no state.
    pub committed_at_ms: u64,
    /// What it changed, in order.
    pub changes: Vec<Change>,
}

/// The ends of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The life of the log.
    pub epoch: Arc<str>,
    /// The last commit; 0 when there is none.
    pub offset: u64,
    /// The oldest commit that can be read; `offset + 1` when none can.
    pub oldest: u64,
}

/// What lies after a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The commits that follow, oldest first; empty at the head.
    Commits(Vec<Commit>),
    /// Retention has passed the cursor.
    Expired {
        /// The oldest commit that can still be read.
        oldest: u64,
    },
}

/// Why a log could not be read.
#[derive(Debug, Error)]
pub enum LogError {
    /// The back end failed; trying again may help.
    #[error("log back end failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored is not what was written: an operator must look.
    #[error("commit {offset} cannot be read back: {detail}")]
    Corrupt {
        /// The commit.
        offset: u64,
        /// What is wrong with it.
        detail: String,
    },
}

/// A reader's side of a log. Calls may block; give the reader a thread of its own.
pub trait Changelog: Send {
    /// Epoch and ends of the log.
    ///
    /// # Errors
    /// [`LogError`] when the back end cannot be read.
    fn head(&mut self) -> Result<Head, LogError>;

    /// At most `limit` commits after `offset`.
    ///
    /// # Errors
    /// [`LogError`] when the back end cannot be read.
    fn read_after(&mut self, offset: u64, limit: usize) -> Result<Read, LogError>;

    /// Waits until there may be a commit after `offset`, at most for `timeout`.
    ///
    /// # Errors
    /// [`LogError`] when the back end cannot be read.
    fn wait(&mut self, offset: u64, timeout: Duration) -> Result<(), LogError>;
}
