//! Rows of the tables as they are read from outside: chosen columns, typed filters, page by page.
//!
//! Names of columns come from a fixed list and values are bound, so no text of a request becomes SQL.

mod columns;
mod conditions;

use realtime_protocol::filter::{self, FilterError, Kind};
use realtime_protocol::{Epoch, Position};
use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{Row, params_from_iter};
use serde_json::{Map, Value};
use thiserror::Error;

use self::columns::{Column, TABLES, Table};
pub(crate) use self::conditions::prepare;
use self::conditions::{SqlCondition, bound};
use crate::error::StoreError;
use crate::schema;
use crate::store::Store;

/// Rows of a page when the request does not say.
pub const ROWS_DEFAULT: usize = 100;
/// Most rows of a page: with all columns of a game about half a megabyte.
pub const ROWS_MAX: usize = 1_000;
/// Why a request for rows was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// There is no such table.
    #[error("there is no table {name:?}; there are {known}")]
    NoTable {
        /// The name asked for.
        name: String,
        /// The tables that there are.
        known: String,
    },
    /// A condition, `limit` or `after` that the table does not take.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A regular expression, which SQLite does not know.
    #[error("{0}: match and imatch are for topics of tables; here like and ilike look for text")]
    Regex(&'static str),
}

/// A request for rows of one table.
#[derive(Debug)]
pub struct TableQuery {
    table: &'static Table,
    conditions: Vec<SqlCondition>,
    limit: usize,
    after: Vec<Bound>,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePage {
    /// The commit that they stand at.
    pub position: Position,
    /// The rows in order of their key.
    pub rows: Vec<Map<String, Value>>,
    /// What to give as `after` for the next page; none when this is the last.
    pub next: Option<String>,
}

impl TableQuery {
    /// Reads a request: `limit` (1 to [`ROWS_MAX`]), `after` (the key of the last row seen; of a key of
    /// several columns their JSON array), and conditions `column=op.value` that all must hold.
    ///
    /// # Errors
    /// [`QueryError`] that says what there is instead.
    pub fn parse(table: &str, pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, QueryError> {
        let known = || TABLES.iter().map(|table| table.name).collect::<Vec<_>>().join(", ");
        let found = TABLES.iter().find(|known| known.name == table);
        let table = found.ok_or_else(|| QueryError::NoTable { name: table.to_owned(), known: known() })?;
        let mut query = Self { table, conditions: Vec::new(), limit: ROWS_DEFAULT, after: Vec::new() };
        let mut filter = Vec::new();
        for (name, text) in pairs {
            match name.as_str() {
                "limit" => query.limit = limit(&text)?,
                "after" => query.after = table.after(&text)?,
                _ => filter.push((name, Some(text))),
            }
        }
        for condition in filter::conditions(&table.told(), filter)? {
            let sql = table.column(condition.column.name).map_or("NULL", |column| column.sql);
            query.conditions.push(SqlCondition::new(sql, &condition)?);
        }
        Ok(query)
    }

    /// The columns of a table.
    #[cfg(test)]
    pub(crate) fn columns(table: &str) -> Option<Vec<filter::Column>> {
        TABLES.iter().find(|known| known.name == table).map(Table::told)
    }

    fn sql(&self) -> (String, Vec<Bound>) {
        let mut values: Vec<Bound> = Vec::new();
        let mut conditions: Vec<&str> = Vec::new();
        for condition in &self.conditions {
            conditions.push(&condition.sql);
            values.extend_from_slice(&condition.values);
        }
        let key = self.table.key_sql();
        let after = format!("({key}) > ({})", vec!["?"; self.after.len()].join(", "));
        if !self.after.is_empty() {
            conditions.push(&after);
            values.extend_from_slice(&self.after);
        }
        let columns: Vec<&str> = self.table.columns.iter().map(|column| column.sql).collect();
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), self.table.from);
        if !conditions.is_empty() {
            sql.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        // One more than asked for tells whether there is a next page.
        sql.push_str(&format!(" ORDER BY {key} LIMIT {}", self.limit + 1));
        (sql, values)
    }
}

impl Store {
    /// A page of rows of one table.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn rows(&mut self, query: &TableQuery) -> Result<TablePage, StoreError> {
        let transaction = self.connection.transaction()?;
        let (epoch, offset) = schema::head(&transaction)?;
        let (sql, values) = query.sql();
        let mut statement = transaction.prepare(&sql)?;
        let mut found = statement.query(params_from_iter(values))?;
        let mut rows = Vec::new();
        let mut more = false;
        while let Some(row) = found.next()? {
            if rows.len() == query.limit {
                more = true;
                break;
            }
            rows.push(query.table.read(row)?);
        }
        let next = rows.last().filter(|_| more).map(|row| query.table.cursor(row));
        Ok(TablePage { position: Position { epoch: Epoch::new(&epoch), offset }, rows, next })
    }
}

impl Table {
    fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.told.name == name)
    }

    fn told(&self) -> Vec<filter::Column> {
        self.columns.iter().map(|column| column.told).collect()
    }

    fn key_columns(&self) -> Vec<&'static Column> {
        self.key.iter().filter_map(|name| self.column(name)).collect()
    }

    fn key_sql(&self) -> String {
        self.key_columns().iter().map(|column| column.sql).collect::<Vec<_>>().join(", ")
    }

    fn after(&self, text: &str) -> Result<Vec<Bound>, QueryError> {
        let columns = self.key_columns();
        if let [column] = columns.as_slice() {
            return Ok(vec![bound(&column.told.literal(text)?)]);
        }
        let wrong = || FilterError::Value {
            column: "after".to_owned(),
            expected: format!("the JSON array of a row's {}", self.key.join(", ")),
            text: text.to_owned(),
        };
        let values: Vec<Value> = serde_json::from_str(text).map_err(|_| wrong())?;
        if values.len() != columns.len() {
            return Err(wrong().into());
        }
        let parse = |(column, value): (&&Column, &Value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Ok(bound(&column.told.literal(&text)?))
        };
        columns.iter().zip(&values).map(parse).collect()
    }

    fn cursor(&self, row: &Map<String, Value>) -> String {
        let key: Vec<Value> = self.key.iter().filter_map(|name| row.get(*name).cloned()).collect();
        match key.as_slice() {
            [Value::String(text)] => text.clone(),
            [one] => one.to_string(),
            _ => Value::from(key).to_string(),
        }
    }

    fn read(&self, row: &Row<'_>) -> Result<Map<String, Value>, StoreError> {
        let mut object = Map::new();
        for (n, column) in self.columns.iter().enumerate() {
            object.insert(column.told.name.to_owned(), column.value(row.get_ref(n)?)?);
        }
        Ok(object)
    }
}

impl Column {
    /// What stands in the table, as it is answered.
    fn value(&self, stored: ValueRef<'_>) -> Result<Value, StoreError> {
        Ok(match (stored, self.told.kind) {
            (ValueRef::Null, _) => Value::Null,
            (ValueRef::Integer(number), Kind::Truth) => Value::from(number != 0),
            (ValueRef::Integer(number), _) => Value::from(number),
            (ValueRef::Text(text), Kind::Opaque) => serde_json::from_slice(text)?,
            (ValueRef::Text(text), _) => {
                let text = std::str::from_utf8(text);
                Value::from(text.map_err(|error| StoreError::corrupt(self.told.name, error))?)
            }
            (ValueRef::Real(_) | ValueRef::Blob(_), _) => {
                return Err(StoreError::corrupt(self.told.name, "neither text nor an integer"));
            }
        })
    }
}

fn limit(text: &str) -> Result<usize, QueryError> {
    text.parse().ok().filter(|limit| (1..=ROWS_MAX).contains(limit)).ok_or_else(|| {
        let expected = format!("an integer from 1 to {ROWS_MAX}");
        FilterError::Value { column: "limit".to_owned(), expected, text: text.to_owned() }.into()
    })
}
