//! Rows of the tables as they are read from outside: chosen columns, typed filters, page by page.
//!
//! Names of columns come from a fixed list and values are bound, so no text of a request becomes SQL.

mod columns;

use realtime_protocol::{Epoch, Position};
use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{Row, params_from_iter};
use serde_json::{Map, Value};
use thiserror::Error;

use self::columns::{Column, TABLES, Table, Type};
use crate::error::StoreError;
use crate::schema;
use crate::store::Store;

/// Rows of a page when the request does not say.
pub const ROWS_DEFAULT: usize = 100;
/// Most rows of a page: with all columns of a game about half a megabyte.
pub const ROWS_MAX: usize = 1_000;
/// Most filters of a request; the widest table has 26 columns.
const FILTERS_MAX: usize = 32;

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
    /// The table has no such column.
    #[error("{table} has no column {name:?} to filter by; it has {known}")]
    NoColumn {
        /// The table.
        table: &'static str,
        /// The name asked for.
        name: String,
        /// The columns that there are.
        known: String,
    },
    /// A filter without one of the known operators.
    #[error(
        "{column}={text}: a filter is column=op.value with one of the operators {OPERATORS_TEXT}, or column=is.null, column=is.not_null"
    )]
    NoOperator {
        /// The column.
        column: &'static str,
        /// What was asked for.
        text: String,
    },
    /// A value that the column cannot hold.
    #[error("{column}: {expected} is expected, not {text:?}")]
    WrongValue {
        /// The column.
        column: String,
        /// What it can hold.
        expected: String,
        /// What was asked for.
        text: String,
    },
    /// Too many filters.
    #[error("a request has at most {FILTERS_MAX} filters")]
    TooMany,
}

const OPERATORS: [(&str, &str); 6] =
    [("eq", "="), ("neq", "<>"), ("lt", "<"), ("lte", "<="), ("gt", ">"), ("gte", ">=")];
const OPERATORS_TEXT: &str = "eq, neq, lt, lte, gt, gte";

/// A request for rows of one table.
#[derive(Debug)]
pub struct TableQuery {
    table: &'static Table,
    filters: Vec<(&'static Column, Test)>,
    limit: usize,
    after: Vec<Bound>,
}

#[derive(Debug)]
enum Test {
    Compare(&'static str, Bound),
    Null(bool),
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
    /// several columns their JSON array), and any number of filters `column=op.value` that all must hold.
    ///
    /// # Errors
    /// [`QueryError`] that says what there is instead.
    pub fn parse(table: &str, pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, QueryError> {
        let known = || TABLES.iter().map(|table| table.name).collect::<Vec<_>>().join(", ");
        let found = TABLES.iter().find(|known| known.name == table);
        let table = found.ok_or_else(|| QueryError::NoTable { name: table.to_owned(), known: known() })?;
        let mut query = Self { table, filters: Vec::new(), limit: ROWS_DEFAULT, after: Vec::new() };
        for (name, text) in pairs {
            match name.as_str() {
                "limit" => query.limit = limit(&text)?,
                "after" => query.after = table.after(&text)?,
                name => query.filters.push(table.filter(name, &text)?),
            }
            if query.filters.len() > FILTERS_MAX {
                return Err(QueryError::TooMany);
            }
        }
        Ok(query)
    }

    fn sql(&self) -> (String, Vec<Bound>) {
        let mut values = Vec::new();
        let mut bind = |value: &Bound| {
            values.push(value.clone());
            format!("?{}", values.len())
        };
        let mut conditions = Vec::new();
        for (column, test) in &self.filters {
            conditions.push(match test {
                Test::Compare(operator, value) => format!("({}) {operator} {}", column.sql, bind(value)),
                Test::Null(true) => format!("({}) IS NULL", column.sql),
                Test::Null(false) => format!("({}) IS NOT NULL", column.sql),
            });
        }
        let key = self.table.key_sql();
        if !self.after.is_empty() {
            let values: Vec<String> = self.after.iter().map(bind).collect();
            conditions.push(format!("({key}) > ({})", values.join(", ")));
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
        self.columns.iter().find(|column| column.name == name)
    }

    fn key_columns(&self) -> Vec<&'static Column> {
        self.key.iter().filter_map(|name| self.column(name)).collect()
    }

    fn key_sql(&self) -> String {
        self.key_columns().iter().map(|column| column.sql).collect::<Vec<_>>().join(", ")
    }

    fn filter(&self, name: &str, text: &str) -> Result<(&'static Column, Test), QueryError> {
        let column = self.column(name).filter(|column| column.kind != Type::Json).ok_or_else(|| {
            let columns = self.columns.iter().filter(|column| column.kind != Type::Json);
            let known = columns.map(|column| column.name).collect::<Vec<_>>().join(", ");
            QueryError::NoColumn { table: self.name, name: name.to_owned(), known }
        })?;
        let no_operator = || QueryError::NoOperator { column: column.name, text: text.to_owned() };
        let test = match text.split_once('.').ok_or_else(no_operator)? {
            ("is", "null") => Test::Null(true),
            ("is", "not_null") => Test::Null(false),
            (word, value) => {
                let operator = OPERATORS.iter().find(|(known, _)| *known == word).ok_or_else(no_operator)?;
                Test::Compare(operator.1, column.bound(value)?)
            }
        };
        Ok((column, test))
    }

    fn after(&self, text: &str) -> Result<Vec<Bound>, QueryError> {
        let columns = self.key_columns();
        if let [column] = columns.as_slice() {
            return Ok(vec![column.bound(text)?]);
        }
        let wrong = || QueryError::WrongValue {
            column: "after".to_owned(),
            expected: format!("the JSON array of a row's {}", self.key.join(", ")),
            text: text.to_owned(),
        };
        let values: Vec<Value> = serde_json::from_str(text).map_err(|_| wrong())?;
        if values.len() != columns.len() {
            return Err(wrong());
        }
        let bound = |(column, value): (&&Column, &Value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            column.bound(&text)
        };
        columns.iter().zip(&values).map(bound).collect()
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
            object.insert(column.name.to_owned(), column.value(row.get_ref(n)?)?);
        }
        Ok(object)
    }
}

impl Column {
    /// The value of a request, of the column's type.
    fn bound(&self, text: &str) -> Result<Bound, QueryError> {
        let wrong = |expected: String| QueryError::WrongValue {
            column: self.name.to_owned(),
            expected,
            text: text.to_owned(),
        };
        match self.kind {
            Type::Text | Type::Json => Ok(Bound::Text(text.to_owned())),
            Type::Integer => text.parse().map(Bound::Integer).map_err(|_| wrong("an integer".to_owned())),
            Type::Truth => match text {
                "true" => Ok(Bound::Integer(1)),
                "false" => Ok(Bound::Integer(0)),
                _ => Err(wrong("true or false".to_owned())),
            },
            Type::Day => match text.parse::<jiff::civil::Date>() {
                Ok(day) if day.to_string() == text => Ok(Bound::Text(text.to_owned())),
                Ok(_) | Err(_) => Err(wrong("a day YYYY-MM-DD".to_owned())),
            },
            Type::Word(words) if words.contains(&text) => Ok(Bound::Text(text.to_owned())),
            Type::Word(words) => Err(wrong(format!("one of {}", words.join(", ")))),
        }
    }

    /// What stands in the table, as it is answered.
    fn value(&self, stored: ValueRef<'_>) -> Result<Value, StoreError> {
        Ok(match (stored, self.kind) {
            (ValueRef::Null, _) => Value::Null,
            (ValueRef::Integer(number), Type::Truth) => Value::from(number != 0),
            (ValueRef::Integer(number), _) => Value::from(number),
            (ValueRef::Text(text), Type::Json) => serde_json::from_slice(text)?,
            (ValueRef::Text(text), _) => {
                let text = std::str::from_utf8(text);
                Value::from(text.map_err(|error| StoreError::corrupt(self.name, error))?)
            }
            (ValueRef::Real(_) | ValueRef::Blob(_), _) => {
                return Err(StoreError::corrupt(self.name, "neither text nor an integer"));
            }
        })
    }
}

fn limit(text: &str) -> Result<usize, QueryError> {
    text.parse().ok().filter(|limit| (1..=ROWS_MAX).contains(limit)).ok_or_else(|| QueryError::WrongValue {
        column: "limit".to_owned(),
        expected: format!("an integer from 1 to {ROWS_MAX}"),
        text: text.to_owned(),
    })
}
