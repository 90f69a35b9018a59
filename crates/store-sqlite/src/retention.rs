//! Forgetting the old end of the log; the tables keep everything.

use std::time::Duration;

use rusqlite::TransactionBehavior;

use crate::error::StoreError;
use crate::store::Store;
use crate::{log, schema};

/// Which commits are kept. What one rule would drop, `min_commits` can still hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Older commits go.
    pub max_age: Duration,
    /// Commits beyond this many go, oldest first.
    pub max_commits: u64,
    /// This many of the last commits stay, however old they are.
    pub min_commits: u64,
}

impl Store {
    /// Applies `policy` at the time `now_ms` (milliseconds since 1970) and tells how many commits went.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn retain(&mut self, policy: Retention, now_ms: u64) -> Result<u64, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (_, head) = schema::head(&transaction)?;
        let oldest = log::oldest(&transaction, head)?;
        let age = u64::try_from(policy.max_age.as_millis()).unwrap_or(u64::MAX);
        let since = i64::try_from(now_ms.saturating_sub(age)).unwrap_or(i64::MAX);
        // A log is cut from its old end only: up to the first commit that is young enough.
        let young: Option<u64> = transaction.query_row(
            "SELECT min(\"offset\") FROM commits WHERE committed_at >= ?1",
            [since],
            |row| row.get(0),
        )?;
        let by_age = young.map_or(head, |young| young.saturating_sub(1));
        let by_count = head.saturating_sub(policy.max_commits);
        let cut = by_age.max(by_count).min(head.saturating_sub(policy.min_commits));
        let gone =
            transaction.execute("DELETE FROM commits WHERE \"offset\" BETWEEN ?1 AND ?2", [oldest, cut])?;
        transaction.commit()?;
        Ok(gone as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    const HOUR: Duration = Duration::from_secs(3600);

    fn store_of(commits: usize) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("a.db")).unwrap();
        for _ in 0..commits {
            store.append(Vec::new()).unwrap();
        }
        (folder, store)
    }

    #[test]
    fn young_commits_stay_and_too_many_go() {
        let (_folder, mut store) = store_of(10);
        let policy = Retention { max_age: HOUR, max_commits: 8, min_commits: 1 };
        assert_eq!(store.retain(policy, store::now_ms()).unwrap(), 2);
        assert_eq!(store.retain(policy, store::now_ms()).unwrap(), 0);
    }

    #[test]
    fn old_commits_go_but_for_the_last_few() {
        let (_folder, mut store) = store_of(10);
        let policy = Retention { max_age: HOUR, max_commits: 100, min_commits: 3 };
        let later = store::now_ms() + 2 * 3_600_000;
        assert_eq!(store.retain(policy, later).unwrap(), 7);
        assert_eq!(log::oldest(&store.connection, 10).unwrap(), 8);
        assert_eq!(store.append(Vec::new()).unwrap(), 11);
    }

    #[test]
    fn the_minimum_holds_against_the_maximum() {
        let (_folder, mut store) = store_of(5);
        let policy = Retention { max_age: HOUR, max_commits: 1, min_commits: 4 };
        assert_eq!(store.retain(policy, store::now_ms()).unwrap(), 1);
    }

    #[test]
    fn a_log_cut_to_nothing_goes_on_counting() {
        let (_folder, mut store) = store_of(3);
        let policy = Retention { max_age: Duration::ZERO, max_commits: 0, min_commits: 0 };
        assert_eq!(store.retain(policy, store::now_ms()).unwrap(), 3);
        assert_eq!(log::oldest(&store.connection, 3).unwrap(), 4);
        assert_eq!(store.append(Vec::new()).unwrap(), 4);
    }
}
