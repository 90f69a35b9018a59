//! The commit log as a reader sees it.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use changelog::{Change, Changelog, Commit, Head, LogError, Op, Read};
use rusqlite::{Connection, TransactionBehavior};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::StoreError;
use crate::schema;

/// How often a waiting reader looks for commits of other processes; they must be seen in 500 ms.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Wakes the readers in this process as soon as a commit is on the disk.
#[derive(Debug, Default)]
pub struct Appended {
    commits: Mutex<u64>,
    changed: Condvar,
}

impl Appended {
    /// Wakes every reader that waits.
    pub fn notify(&self) {
        *self.commits.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    fn seen(&self) -> u64 {
        *self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, seen: u64, timeout: Duration) {
        let commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(commits, timeout, |commits| *commits == seen);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A reader of the log, with a connection of its own.
#[derive(Debug)]
pub struct SqliteLog {
    connection: Connection,
    appended: Arc<Appended>,
}

impl SqliteLog {
    /// Opens the log of the file at `path`; `appended` tells of commits in this process.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or is of a later version.
    pub fn open(path: &Path, appended: Arc<Appended>) -> Result<Self, StoreError> {
        Ok(Self { connection: schema::open(path)?, appended })
    }
}

impl Changelog for SqliteLog {
    fn head(&mut self) -> Result<Head, LogError> {
        let transaction = self.connection.transaction().map_err(backend)?;
        let (epoch, offset) = schema::head(&transaction).map_err(backend)?;
        let oldest = oldest(&transaction, offset).map_err(backend)?;
        Ok(Head { epoch: epoch.into(), offset, oldest })
    }

    fn read_after(&mut self, offset: u64, limit: usize) -> Result<Read, LogError> {
        // One read transaction, so that retention cannot pass between the check and the rows.
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(backend)?;
        let (_, head) = schema::head(&transaction).map_err(backend)?;
        let oldest = oldest(&transaction, head).map_err(backend)?;
        if offset.saturating_add(1) < oldest {
            return Ok(Read::Expired { oldest });
        }
        let mut statement = transaction
            .prepare_cached(
                "SELECT \"offset\", committed_at, changes FROM commits \
                 WHERE \"offset\" > ?1 ORDER BY \"offset\" LIMIT ?2",
            )
            .map_err(backend)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let after = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut rows = statement.query([after, limit]).map_err(backend)?;
        let mut commits = Vec::new();
        while let Some(row) = rows.next().map_err(backend)? {
            let offset: u64 = row.get(0).map_err(backend)?;
            let text = row.get_ref(2).and_then(|value| Ok(value.as_str()?)).map_err(backend)?;
            let changes = decode(text).map_err(|detail| LogError::Corrupt { offset, detail })?;
            commits.push(Commit { offset, committed_at_ms: row.get(1).map_err(backend)?, changes });
        }
        Ok(Read::Commits(commits))
    }

    fn wait(&mut self, offset: u64, timeout: Duration) -> Result<(), LogError> {
        let began = Instant::now();
        loop {
            // Counted before the look: a commit between look and wait ends the wait.
            let seen = self.appended.seen();
            if schema::head(&self.connection).map_err(backend)?.1 > offset {
                return Ok(());
            }
            let left = timeout.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            self.appended.wait(seen, left.min(LOOK_EVERY));
        }
    }
}

/// The oldest commit that can be read; `head + 1` when none can.
pub(crate) fn oldest(connection: &Connection, head: u64) -> Result<u64, rusqlite::Error> {
    let oldest: Option<u64> =
        connection.prepare_cached("SELECT min(\"offset\") FROM commits")?.query_row([], |row| row.get(0))?;
    Ok(oldest.unwrap_or(head + 1))
}

fn backend(error: rusqlite::Error) -> LogError {
    LogError::Backend(Box::new(error))
}

/// A change as the column `changes` holds it: rows are objects, not text in text.
#[derive(Serialize, Deserialize)]
struct Stored {
    table: String,
    op: String,
    key: String,
    #[serde(default)]
    new: Option<Box<RawValue>>,
    #[serde(default)]
    old: Option<Box<RawValue>>,
}

/// The text of the column `changes`.
pub(crate) fn encode(changes: Vec<Change>) -> Result<String, serde_json::Error> {
    let stored = changes
        .into_iter()
        .map(|change| {
            Ok(Stored {
                op: change.op.as_str().to_owned(),
                table: change.table,
                key: change.key,
                new: change.new.map(RawValue::from_string).transpose()?,
                old: change.old.map(RawValue::from_string).transpose()?,
            })
        })
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    serde_json::to_string(&stored)
}

fn decode(text: &str) -> Result<Vec<Change>, String> {
    let stored: Vec<Stored> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    stored
        .into_iter()
        .map(|change| {
            let op = [Op::Insert, Op::Update, Op::Delete].into_iter().find(|op| op.as_str() == change.op);
            Ok(Change {
                op: op.ok_or_else(|| format!("unknown operation {:?}", change.op))?,
                table: change.table,
                key: change.key,
                new: change.new.map(|row| row.get().to_owned()),
                old: change.old.map(|row| row.get().to_owned()),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use changelog::conformance::{self, Subject};
    use tempfile::TempDir;

    use super::*;
    use crate::{Retention, Store};

    /// One file; with a waker as inside one process, without as between two.
    struct File {
        _folder: TempDir,
        path: PathBuf,
        waker: Option<Arc<Appended>>,
    }

    impl File {
        fn new(waker: Option<Arc<Appended>>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("log.db");
            Self { _folder: folder, path, waker }
        }

        fn store(&self) -> Store {
            let mut store = Store::open(&self.path).unwrap();
            if let Some(waker) = &self.waker {
                store.set_waker(Arc::clone(waker));
            }
            store
        }
    }

    impl Subject for File {
        fn reader(&self) -> Box<dyn Changelog> {
            let waker = self.waker.clone().unwrap_or_default();
            Box::new(SqliteLog::open(&self.path, waker).unwrap())
        }

        fn append(&self, changes: Vec<Change>) -> u64 {
            self.store().append(changes).unwrap()
        }

        fn retain_last(&self, keep: usize) {
            let keep = keep as u64;
            let policy = Retention { max_age: Duration::MAX, max_commits: keep, min_commits: keep };
            self.store().retain(policy, 0).unwrap();
        }
    }

    #[test]
    fn the_log_keeps_the_contract_within_one_process() {
        conformance::run(|| File::new(Some(Arc::default())));
    }

    #[test]
    fn the_log_keeps_the_contract_without_a_waker() {
        conformance::run(|| File::new(None));
    }

    #[test]
    fn a_commit_of_another_connection_ends_the_wait_within_half_a_second() {
        let file = File::new(None);
        let mut reader = file.reader();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                reader.wait(0, Duration::from_secs(60)).unwrap();
                Instant::now()
            });
            file.append(Vec::new());
            let appended = Instant::now();
            let woken = waiter.join().unwrap();
            assert!(woken.saturating_duration_since(appended) < Duration::from_millis(500));
        });
    }

    #[test]
    fn a_wait_without_a_commit_ends_with_its_time() {
        let file = File::new(Some(Arc::default()));
        let began = Instant::now();
        file.reader().wait(0, Duration::from_millis(20)).unwrap();
        assert!(began.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_damaged_commit_is_told_with_its_offset() {
        let file = File::new(None);
        file.append(Vec::new());
        file.append(Vec::new());
        let sql = "UPDATE commits SET changes = '[{' WHERE \"offset\" = 2";
        file.store().connection.execute(sql, []).unwrap();
        assert!(matches!(file.reader().read_after(0, 1), Ok(Read::Commits(commits)) if commits.len() == 1));
        let error = file.reader().read_after(0, 10).unwrap_err();
        assert!(matches!(error, LogError::Corrupt { offset: 2, .. }), "{error}");
    }

    #[test]
    fn rows_are_objects_in_the_stored_text() {
        let change = Change {
            table: "t".to_owned(),
            op: Op::Update,
            key: "k".to_owned(),
            new: Some("{\"a\":1}".to_owned()),
            old: None,
        };
        let text = encode(vec![change.clone()]).unwrap();
        assert_eq!(text, r#"[{"table":"t","op":"update","key":"k","new":{"a":1},"old":null}]"#);
        assert_eq!(decode(&text).unwrap(), [change]);
        assert!(decode(r#"[{"table":"t","op":"upsert","key":"k"}]"#).is_err());
    }
}
