//! A log in memory, for simulations and tests.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::{Change, Changelog, Commit, Head, LogError, Read};

/// A log that lives as long as its process. Clones share the same log.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    epoch: Arc<str>,
    log: Mutex<Log>,
    appended: Condvar,
}

#[derive(Debug, Default)]
struct Log {
    trimmed: u64,
    commits: Vec<Commit>,
}

impl Log {
    fn head(&self) -> u64 {
        self.trimmed + self.commits.len() as u64
    }
}

impl MemoryLog {
    /// An empty log of this epoch.
    #[must_use]
    pub fn new(epoch: &str) -> Self {
        let shared = Shared { epoch: epoch.into(), log: Mutex::default(), appended: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Appends one commit and returns its offset.
    #[must_use = "the offset says where the commit stands"]
    pub fn append(&self, committed_at_ms: u64, changes: Vec<Change>) -> u64 {
        let mut log = self.lock();
        let offset = log.head() + 1;
        log.commits.push(Commit { offset, committed_at_ms, changes });
        drop(log);
        self.shared.appended.notify_all();
        offset
    }

    /// Forgets all but the last `keep` commits.
    pub fn retain_last(&self, keep: usize) {
        let mut log = self.lock();
        let cut = log.commits.len().saturating_sub(keep);
        log.commits.drain(..cut);
        log.trimmed += cut as u64;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        // A poisoned lock still guards a whole log: an append is one push.
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changelog for MemoryLog {
    fn head(&mut self) -> Result<Head, LogError> {
        let log = self.lock();
        Ok(Head { epoch: Arc::clone(&self.shared.epoch), offset: log.head(), oldest: log.trimmed + 1 })
    }

    fn read_after(&mut self, offset: u64, limit: usize) -> Result<Read, LogError> {
        let log = self.lock();
        if offset < log.trimmed {
            return Ok(Read::Expired { oldest: log.trimmed + 1 });
        }
        let start = usize::try_from(offset - log.trimmed).unwrap_or(usize::MAX);
        Ok(Read::Commits(log.commits.iter().skip(start).take(limit).cloned().collect()))
    }

    fn wait(&mut self, offset: u64, timeout: Duration) -> Result<(), LogError> {
        let log = self.lock();
        let waited = self.shared.appended.wait_timeout_while(log, timeout, |log| log.head() <= offset);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Subject};

    struct Memory(MemoryLog);

    impl Subject for Memory {
        fn reader(&self) -> Box<dyn Changelog> {
            Box::new(self.0.clone())
        }

        fn append(&self, changes: Vec<Change>) -> u64 {
            self.0.append(1, changes)
        }

        fn retain_last(&self, keep: usize) {
            self.0.retain_last(keep);
        }
    }

    #[test]
    fn the_memory_log_keeps_the_contract() {
        conformance::run(|| Memory(MemoryLog::new("memory")));
    }
}
