//! Drives the hub: commits from the tail, commands from sessions, flushes by the clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use changelog::Commit;
use realtime_protocol::{Epoch, Position, State, ThrottleClass, Topic};
use thiserror::Error;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::hub::{Hub, HubError, HubStats, JoinError, Start, Tick};
use crate::limits::{HUB_COMMANDS_MAX, TAIL_BATCHES_MAX};
use crate::metrics::Metrics;
use crate::reader::RowsHandle;
use crate::rows::Rows;
use crate::selection::Selection;
use crate::session::Read;
use crate::sources::Sources;
use crate::system::Inspector;
use crate::tail::Found;

/// The hub has stopped; nothing more can be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the hub has stopped")]
pub struct Stopped;

/// Why following the log ended.
#[derive(Debug, Error)]
pub enum FollowError {
    /// The hub cannot go on.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// Commits were trimmed before they were read.
    #[error("the log was trimmed to commit {oldest} before it was read; restart to rebuild the views")]
    Expired {
        /// The oldest commit that can be read.
        oldest: u64,
    },
    /// The reading thread ended.
    #[error("the tail of the log has ended")]
    TailEnded,
}

#[derive(Debug)]
pub(crate) enum Command {
    Join {
        topic: Topic,
        class: ThrottleClass,
        position: Option<Position>,
        answer: oneshot::Sender<Result<Start, JoinError>>,
    },
    Leave {
        topic: Topic,
        class: ThrottleClass,
    },
    Recent {
        selection: Arc<Selection>,
        from: u64,
        to: u64,
        answer: oneshot::Sender<Option<Vec<Arc<Commit>>>>,
    },
    View {
        topic: Topic,
        answer: oneshot::Sender<Result<(Position, Arc<State>), JoinError>>,
    },
}

/// The newest tick of each class.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ticks(BTreeMap<ThrottleClass, Arc<Tick>>);

impl Ticks {
    /// Those that are not among the ones told.
    pub(crate) fn since(&self, told: &Self) -> impl Iterator<Item = (ThrottleClass, &Arc<Tick>)> {
        let news = self.0.iter().filter(|(class, tick)| {
            let known = told.0.get(class);
            known.is_none_or(|known| !Arc::ptr_eq(known, tick))
        });
        news.map(|(&class, tick)| (class, tick))
    }
}

/// Which ticks are still on their way to viewers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// How many tellers have not told a class yet.
    waiting: Arc<Mutex<BTreeMap<ThrottleClass, usize>>>,
    changed: Arc<Notify>,
}

impl Told {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<ThrottleClass, usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One teller has told the newest tick of a class.
    pub(crate) fn done(&self, class: ThrottleClass) {
        let mut waiting = self.waiting();
        if let Some(tellers) = waiting.get_mut(&class) {
            *tellers -= 1;
            if *tellers == 0 {
                self.changed.notify_one();
            }
        }
    }

    /// The classes that everybody has told.
    fn take(&self) -> Vec<ThrottleClass> {
        self.waiting().extract_if(.., |_, tellers| *tellers == 0).map(|(class, _)| class).collect()
    }
}

/// Asks the hub and hears its ticks.
#[derive(Debug, Clone)]
pub struct HubHandle {
    epoch: Epoch,
    commands: mpsc::Sender<Command>,
    ticks: watch::Receiver<Ticks>,
    head: watch::Receiver<u64>,
    rows: RowsHandle,
}

impl HubHandle {
    /// The life of the log.
    #[must_use]
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The last commit folded.
    #[must_use]
    pub fn head(&self) -> u64 {
        *self.head.borrow()
    }

    /// A view's state at the head.
    ///
    /// # Errors
    /// [`Stopped`]; inside, [`JoinError`] when there is no such view.
    pub async fn view(&self, topic: Topic) -> Result<Result<(Position, Arc<State>), JoinError>, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Command::View { topic, answer }).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }

    pub(crate) async fn join(
        &self,
        topic: Topic,
        class: ThrottleClass,
        position: Option<Position>,
    ) -> Result<Result<Start, JoinError>, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(Command::Join { topic, class, position, answer }).await.map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }

    pub(crate) async fn leave(&self, topic: Topic, class: ThrottleClass) -> Result<(), Stopped> {
        self.commands.send(Command::Leave { topic, class }).await.map_err(|_| Stopped)
    }

    /// Rows for a viewer that is behind: from the commits that the hub keeps, else from the log.
    pub(crate) async fn rows(self, read: Read) -> Result<Rows, Stopped> {
        let Read { selection, from, to, .. } = read;
        let (answer, answered) = oneshot::channel();
        let recent = Command::Recent { selection: Arc::clone(&selection), from, to, answer };
        self.commands.send(recent).await.map_err(|_| Stopped)?;
        match answered.await.map_err(|_| Stopped)? {
            Some(commits) => Ok(self.rows.kept(&selection, from, to, &commits)),
            None => self.rows.read(selection, from, to).await.ok_or(Stopped),
        }
    }

    /// The newest flush of a class.
    pub(crate) fn newest(&self, class: ThrottleClass) -> Option<Arc<Tick>> {
        self.ticks.borrow().0.get(&class).cloned()
    }

    /// All flushes.
    pub(crate) fn ticks(&self) -> watch::Receiver<Ticks> {
        self.ticks.clone()
    }
}

/// The hub with its inputs and outputs, ready to run.
#[derive(Debug)]
pub(crate) struct Follower {
    hub: Hub,
    metrics: Metrics,
    inspector: Inspector,
    sources: Sources,
    /// What the counters know already.
    counted: HubStats,
    commits: mpsc::Receiver<Found>,
    commands: mpsc::Receiver<Command>,
    ticks: watch::Sender<Ticks>,
    tellers: usize,
    told: Told,
    head: watch::Sender<u64>,
    origin: Instant,
}

/// A hub's driver, its handle, and where the tail sends commits.
pub(crate) fn follower(
    hub: Hub,
    metrics: Metrics,
    inspector: Inspector,
    rows: RowsHandle,
    tellers: usize,
    told: Told,
) -> (Follower, HubHandle, mpsc::Sender<Found>) {
    let (to_hub, commits) = mpsc::channel(TAIL_BATCHES_MAX);
    let (command_sender, commands) = mpsc::channel(HUB_COMMANDS_MAX);
    let (head, head_seen) = watch::channel(hub.offset());
    let (ticks, ticks_seen) = watch::channel(Ticks::default());
    let handle = HubHandle {
        epoch: hub.epoch().clone(),
        commands: command_sender,
        ticks: ticks_seen,
        head: head_seen,
        rows,
    };
    let counted = HubStats::default();
    let origin = Instant::now();
    let follower = Follower {
        hub,
        metrics,
        inspector,
        sources: Sources::default(),
        counted,
        commits,
        commands,
        ticks,
        tellers,
        told,
        head,
        origin,
    };
    (follower, handle, to_hub)
}

impl Follower {
    /// Runs until the tail ends or the hub fails.
    pub(crate) async fn run(mut self) -> Result<(), FollowError> {
        self.measure();
        loop {
            let due = [self.hub.due_at(), self.observe_at()].into_iter().flatten().min();
            let due = due.map(|at| self.origin + at);
            tokio::select! {
                found = self.commits.recv() => self.commit(found)?,
                Some(command) = self.commands.recv() => self.command(command)?,
                () = sleep_until(due) => {}
                () = self.told.changed.notified() => {
                    for class in self.told.take() {
                        self.hub.release(class, self.origin.elapsed());
                    }
                }
            }
            if self.observe_at().is_some_and(|at| at <= self.origin.elapsed()) {
                self.observe()?;
            }
            self.flush()?;
        }
    }

    /// When the server looks at itself next: never while nobody follows that.
    fn observe_at(&self) -> Option<Duration> {
        let is_followed = self.hub.is_followed(self.inspector.topic());
        is_followed.then(|| self.inspector.due_at())
    }

    /// Whoever asks for the view of the server gets one that is no older than it may be.
    fn observe_for(&mut self, topic: &Topic) -> Result<(), FollowError> {
        if topic == self.inspector.topic() && self.inspector.due_at() <= self.origin.elapsed() {
            self.observe()?;
        }
        Ok(())
    }

    fn observe(&mut self) -> Result<(), FollowError> {
        self.measure();
        let now = self.origin.elapsed();
        let state = self.inspector.look(now, self.metrics.numbers(), self.hub.followed());
        self.hub.observe(self.inspector.topic(), state.map_err(HubError::from)?);
        Ok(())
    }

    fn commit(&mut self, found: Option<Found>) -> Result<(), FollowError> {
        match found.ok_or(FollowError::TailEnded)? {
            Found::Expired { oldest } => return Err(FollowError::Expired { oldest }),
            Found::Commits(commits) => {
                self.metrics.lag_commits.set(i64::try_from(commits.len()).unwrap_or(i64::MAX));
                self.hub.commit(&commits)?;
                for commit in &commits {
                    self.sources.count(&self.metrics, commit, self.hub.source(commit));
                }
            }
        }
        self.metrics.lag_commits.set(0);
        self.head.send_replace(self.hub.offset());
        Ok(())
    }

    fn command(&mut self, command: Command) -> Result<(), FollowError> {
        match command {
            Command::Join { topic, class, position, answer } => {
                self.observe_for(&topic)?;
                let joined = self.hub.subscribe(&topic, class, position.as_ref());
                let counted = joined.is_ok();
                // The session may be gone already; then it does not count.
                if answer.send(joined).is_err() && counted {
                    self.hub.leave(&topic, class);
                }
            }
            Command::Leave { topic, class } => self.hub.leave(&topic, class),
            Command::Recent { selection, from, to, answer } => {
                if answer.send(self.hub.recent(&selection, from, to)).is_err() {
                    tracing::debug!("a session ended before its rows were found");
                }
            }
            Command::View { topic, answer } => {
                self.observe_for(&topic)?;
                if answer.send(self.hub.view(&topic)).is_err() {
                    tracing::debug!("a request ended before its view was ready");
                }
            }
        }
        self.measure();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), FollowError> {
        let now: Duration = self.origin.elapsed();
        let news = self.hub.flush(now)?;
        if !news.is_empty() {
            for (class, _) in &news {
                self.told.waiting().insert(*class, self.tellers);
                self.hub.hold(*class);
            }
            self.ticks.send_modify(|ticks| ticks.0.extend(news));
        }
        self.measure();
        Ok(())
    }

    fn measure(&mut self) {
        let stats = self.hub.stats();
        let counted = std::mem::replace(&mut self.counted, stats);
        self.metrics.commits.inc_by(stats.commits - counted.commits);
        self.metrics.frames_encoded.inc_by(stats.frames_encoded - counted.frames_encoded);
        let not_kept = stats.rows_not_kept - counted.rows_not_kept;
        self.metrics.limit_hits.with_label_values(&["recent_rows"]).inc_by(not_kept);
        let refused = stats.filters_refused - counted.filters_refused;
        self.metrics.limit_hits.with_label_values(&["filters"]).inc_by(refused);
        let refused = stats.views_refused - counted.views_refused;
        self.metrics.limit_hits.with_label_values(&["view_states"]).inc_by(refused);
        self.metrics.log_head.set(i64::try_from(self.hub.offset()).unwrap_or(i64::MAX));
        self.metrics.topics.set(i64::try_from(self.hub.groups()).unwrap_or(i64::MAX));
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
