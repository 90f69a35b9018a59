//! Tables and commit log in one SQLite file.
//!
//! [`Store`] writes: each write is one transaction that holds the rows and the commit's entry in the
//! log, so neither is ever there without the other. [`SqliteLog`] reads the log, and every view can be
//! rebuilt from the tables ([`Store::views`]) and recounted in plain SQL ([`Store::verify`]).
//!
//! The columns are listed in `docs/tables.md`.

mod answer;
mod disagreements;
mod draft;
mod error;
mod facts;
mod games;
mod import;
mod joins;
mod log;
mod migrate;
mod rebuild;
mod report;
mod retention;
mod schema;
mod scores;
mod store;
mod tables;
#[cfg(test)]
mod tests;
mod tournaments;

pub use disagreements::Disagreement;
pub use error::{Clash, StoreError};
pub use import::{BatchCounts, IMPORT_GAMES_PER_COMMIT, Import, Imported};
pub use joins::Joined;
pub use log::{Appended, SqliteLog};
pub use rebuild::Difference;
pub use report::{Named, Report, WinRate};
pub use retention::Retention;
pub use store::{Outcome, Store, Written};
pub use tables::{QueryError, ROWS_DEFAULT, ROWS_MAX, TablePage, TableQuery};
pub use tournaments::tournament_id;
