//! Hands rows of the log to the tables of the domain.

use realtime_protocol::filter::Column;
use realtime_server::{RowError, Tables};
use serde_json::Value;

/// The tables that can be followed.
pub(crate) struct LiveTables;

impl Tables for LiveTables {
    fn names(&self) -> &'static [&'static str] {
        &mafia::tables::NAMES
    }

    fn columns(&self, table: &str) -> &'static [Column] {
        mafia::tables::columns(table)
    }

    fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
        let failed = |source| RowError { table: table.to_owned(), source };
        match mafia::tables::row(table, text) {
            Ok(Some(shown)) => Ok(Value::Object(shown)),
            Ok(None) => Err(failed("there is no such table".into())),
            Err(error) => Err(failed(Box::new(error))),
        }
    }
}

#[cfg(test)]
mod tests;
