//! Opening a file: pragmas, tables, version.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};

use crate::error::StoreError;
use crate::migrate;

/// Version of the tables, kept in `PRAGMA user_version`.
pub(crate) const VERSION: i64 = 2;
/// A writer in another process holds the file for one commit; ten seconds is far above one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two attempts at what SQLite does not wait for itself.
const BUSY_PAUSE: Duration = Duration::from_millis(2);
/// All statements of one kind of write, and some room.
const STATEMENTS_KEPT: usize = 64;

/// Opens the file at `path` and makes its tables if it is new.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    let found = version(&connection)?;
    if found > VERSION {
        return Err(StoreError::NewerSchema { found, known: VERSION });
    }
    write_ahead(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    if found == 0 {
        create(&mut connection)?;
    }
    if found == 1 {
        migrate::from_1(&mut connection)?;
    }
    Ok(connection)
}

/// Turns write-ahead logging on.
///
/// SQLite does not call its busy handler for this switch, since waiting could end in a deadlock: two that
/// open a new file at once would otherwise see "database is locked" without any wait.
fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    let began = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(BUSY_PAUSE);
            }
            done => return done,
        }
    }
}

pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn create(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have made the tables while this one waited for the lock.
    if version(&transaction)? == 0 {
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 {
            return Err(StoreError::Foreign);
        }
        transaction.execute_batch(include_str!("schema.sql"))?;
        transaction
            .execute_batch("INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(8)))), ('head', '0');")?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}

/// A value of the `meta` table.
pub(crate) fn meta(connection: &Connection, key: &str) -> Result<Option<String>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// Sets a value of the `meta` table.
pub(crate) fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
        .execute([key, value])?;
    Ok(())
}

/// Epoch and last offset of the log.
pub(crate) fn head(connection: &Connection) -> Result<(String, u64), rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT (SELECT value FROM meta WHERE key = 'epoch'), \
             (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'head')",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_later_version_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("later.db");
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
        let error = open(&path).unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 7, known: VERSION }), "{error}");
        assert_eq!(version(&Connection::open(&path).unwrap()).unwrap(), 7);
    }

    #[test]
    fn a_database_of_another_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
        assert!(matches!(open(&path), Err(StoreError::Foreign)));
    }

    #[test]
    fn a_file_keeps_its_epoch_and_another_file_has_another() {
        let folder = tempfile::tempdir().unwrap();
        let epoch = |name: &str| head(&open(&folder.path().join(name)).unwrap()).unwrap().0;
        let first = epoch("a.db");
        assert_eq!(first.len(), 16);
        assert_eq!(epoch("a.db"), first);
        assert_ne!(epoch("b.db"), first);
    }

    #[test]
    fn every_commit_reaches_the_disk_before_it_counts() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("a.db")).unwrap();
        let full: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!((full, journal.as_str()), (2, "wal"));
    }
}
