//! This process's place in the log: reads what follows and hands it to the hub.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use changelog::{Changelog, Commit, LogError, Read};
use tokio::sync::mpsc;

use crate::limits::{TAIL_COMMITS_MAX, TAIL_WAIT};

/// What the tail found.
#[derive(Debug)]
pub(crate) enum Found {
    /// The next commits.
    Commits(Vec<Commit>),
    /// Retention has passed this reader.
    Expired {
        /// The oldest commit that can be read.
        oldest: u64,
    },
}

/// The reading thread; it ends when the receiver is gone or [`Tail::stop`] is called.
#[derive(Debug)]
pub(crate) struct Tail {
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Tail {
    pub(crate) fn start(
        log: Box<dyn Changelog>,
        offset: u64,
        to_hub: mpsc::Sender<Found>,
    ) -> std::io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = thread::Builder::new()
            .name("tail".to_owned())
            .spawn(move || follow(log, offset, &to_hub, &stop))?;
        Ok(Self { stopping, thread })
    }

    /// Stops within [`TAIL_WAIT`]; blocks until then.
    pub(crate) fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            tracing::error!("the tail has panicked");
        }
    }
}

fn follow(mut log: Box<dyn Changelog>, mut offset: u64, to_hub: &mpsc::Sender<Found>, stopping: &AtomicBool) {
    while !stopping.load(Ordering::Relaxed) {
        match step(&mut *log, offset) {
            Ok(None) => {}
            Ok(Some(found)) => {
                if let Found::Commits(commits) = &found {
                    offset = commits.last().map_or(offset, |commit| commit.offset);
                }
                let ended = matches!(found, Found::Expired { .. });
                if to_hub.blocking_send(found).is_err() || ended {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    offset,
                    "reading the log failed, trying again"
                );
                thread::park_timeout(TAIL_WAIT);
            }
        }
    }
}

fn step(log: &mut dyn Changelog, offset: u64) -> Result<Option<Found>, LogError> {
    match log.read_after(offset, TAIL_COMMITS_MAX)? {
        Read::Expired { oldest } => Ok(Some(Found::Expired { oldest })),
        Read::Commits(commits) if commits.is_empty() => {
            log.wait(offset, TAIL_WAIT)?;
            // Whoever woke this thread may be about to append more: what comes together is folded and told together.
            thread::yield_now();
            Ok(None)
        }
        Read::Commits(commits) => Ok(Some(Found::Commits(commits))),
    }
}
