//! Why the store refused or failed.

use std::fmt;

use thiserror::Error;

/// What a game clashes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// Another game stands under this id.
    Id,
    /// The same game stands under another id.
    Identity,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "another body is stored under this id",
            Self::Identity => "the same identity is stored under this id",
        })
    }
}

/// Why the store refused or failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database failed: disk full, file locked for too long, no access.
    #[error("database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a later version.
    #[error("database has schema version {found}, this program knows up to {known}: use a newer program")]
    NewerSchema {
        /// Version of the file.
        found: i64,
        /// The highest version this program can read.
        known: i64,
    },
    /// The file is an SQLite database of another program.
    #[error("the file is a database of another program")]
    Foreign,
    /// The game clashes with one that is stored. Nothing was written.
    #[error("game {id}: {clash}")]
    Conflict {
        /// Id of the stored game.
        id: String,
        /// What clashes.
        clash: Clash,
    },
    /// What is stored is not what was written: an operator must look.
    #[error("stored {what} cannot be read back: {detail}")]
    Corrupt {
        /// Which row or column.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
}

impl StoreError {
    pub(crate) fn corrupt(what: impl Into<String>, detail: impl fmt::Display) -> Self {
        Self::Corrupt { what: what.into(), detail: detail.to_string() }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::corrupt("json", error)
    }
}
