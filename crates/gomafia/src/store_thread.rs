//! A database connection with a thread of its own, since SQLite blocks.

use std::thread::{self, JoinHandle};

use store_sqlite::Store;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::limits::STORE_JOBS_MAX;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// The database thread has ended.
#[derive(Debug, Clone, Copy, Error)]
#[error("the database is closed")]
pub(crate) struct Closed;

/// Asks a connection to do something; clones ask the same one.
#[derive(Debug, Clone)]
pub(crate) struct StoreHandle {
    jobs: mpsc::Sender<Job>,
}

impl StoreHandle {
    /// Starts the thread; it ends when the last handle is gone.
    pub(crate) fn start(name: &str, mut store: Store) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (jobs, mut waiting) = mpsc::channel::<Job>(STORE_JOBS_MAX);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut store);
            }
        })?;
        Ok((Self { jobs }, thread))
    }

    /// Runs `job` on the connection. Once accepted it runs to its end, also when nobody waits for it.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Result<T, Closed> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            if answer.send(job(store)).is_err() {
                tracing::debug!("a request ended before its answer was ready");
            }
        });
        self.jobs.send(job).await.map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }
}
