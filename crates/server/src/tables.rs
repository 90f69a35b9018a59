//! What the hub needs to know of the tables whose rows are streamed.

use realtime_protocol::filter::Column;
use serde_json::Value;
use thiserror::Error;

/// Why a row of the log cannot be shown.
#[derive(Debug, Error)]
#[error("a row of {table} cannot be shown")]
pub struct RowError {
    /// The table.
    pub table: String,
    /// What is wrong with the row.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The tables that can be joined, and what the public sees of their rows.
pub trait Tables: Send + Sync {
    /// The names of the tables, sorted.
    fn names(&self) -> &'static [&'static str];

    /// The columns of what is shown of a row of `table`, which filters can name.
    fn columns(&self, table: &str) -> &'static [Column];

    /// What is shown of a row of `table` that stands in the log as `text`.
    ///
    /// # Errors
    /// [`RowError`] when `text` is no row of this table.
    fn row(&self, table: &str, text: &str) -> Result<Value, RowError>;
}

/// No table at all.
#[derive(Debug)]
pub(crate) struct NoTables;

impl Tables for NoTables {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    fn columns(&self, _: &str) -> &'static [Column] {
        &[]
    }

    fn row(&self, table: &str, _: &str) -> Result<Value, RowError> {
        Err(RowError { table: table.to_owned(), source: "there is no such table".into() })
    }
}
