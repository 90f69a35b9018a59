//! Tells the hub's ticks to all viewers of a class in a row.
//!
//! A task for each viewer that is woken by each commit costs as much as half a write; here a few tasks, one
//! for each core, go from viewer to viewer and write. A viewer that cannot be written to is passed over and
//! takes the newest tick by itself, so nobody waits for it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use realtime_protocol::ThrottleClass;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Sockets;
use super::connection::Connection;
use crate::follow::{HubHandle, Ticks, Told};
use crate::limits::{LOOK_EVERY, VIEWERS_IN_A_ROW_MAX};
use crate::metrics::Metrics;
use crate::session::beat_frame;

/// Viewers that are told side by side: first all of them are looked at, whose memory is fetched at the same time then,
/// then it is decided what each is given, and then all of it is written, one write right after the other. Nothing else
/// can happen to any of them until the last is written to, a fifth of a millisecond later.
const SIDE_BY_SIDE: usize = 32;

/// Viewers in the order in which they came.
#[derive(Debug, Default)]
struct Row {
    viewers: BTreeMap<u64, Arc<Connection>>,
    /// The same in one piece, made when it is needed: a tick goes through it without counting references.
    listed: Option<Arc<[Arc<Connection>]>>,
}

impl Row {
    fn add(&mut self, id: u64, viewer: Arc<Connection>) {
        self.viewers.insert(id, viewer);
        self.listed = None;
    }

    fn remove(&mut self, id: u64) {
        if self.viewers.remove(&id).is_some() {
            self.listed = None;
        }
    }

    fn listed(&mut self) -> Arc<[Arc<Connection>]> {
        let viewers = &self.viewers;
        Arc::clone(self.listed.get_or_insert_with(|| viewers.values().cloned().collect()))
    }
}

#[derive(Debug, Default)]
struct Rows {
    all: Row,
    classes: BTreeMap<ThrottleClass, Row>,
}

/// Viewers that one task tells.
#[derive(Debug, Default)]
struct Shard {
    rows: Mutex<Rows>,
    came: Notify,
}

impl Shard {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is a viewer, and then until that moment: a server without viewers sleeps.
    async fn look_at(&self, at: Instant) {
        while self.rows().all.viewers.is_empty() {
            self.came.notified().await;
        }
        tokio::time::sleep_until(at).await;
    }

    /// The viewers of a class, or all.
    fn listed(&self, class: Option<ThrottleClass>) -> Arc<[Arc<Connection>]> {
        let mut rows = self.rows();
        match class {
            Some(class) => rows.classes.entry(class).or_default().listed(),
            None => rows.all.listed(),
        }
    }

    /// Does something with every viewer, of a class or all, and lets others have their turn in between.
    async fn each(&self, class: Option<ThrottleClass>, mut with: impl FnMut(&[Arc<Connection>])) {
        let viewers = self.listed(class);
        for some in viewers.chunks(VIEWERS_IN_A_ROW_MAX) {
            with(some);
            tokio::task::yield_now().await;
        }
    }

    /// Sends everybody away, each with a moment of its own to come back.
    async fn send_away(&self, sockets: &Sockets, metrics: &Metrics) {
        let farewell = |viewers: &[Arc<Connection>]| {
            let now = sockets.now();
            for viewer in viewers {
                let (code, reason) = sockets.farewell();
                let sent = viewer.tell(now, |session| session.close(code, reason));
                metrics.frames_sent.inc_by(sent);
            }
        };
        self.each(None, farewell).await;
    }
}

/// All open connections.
#[derive(Debug, Clone)]
pub(crate) struct Fanout {
    shards: Arc<[Arc<Shard>]>,
    ids: Arc<AtomicU64>,
}

/// A connection's place; it is kept until [`Seat::stand_up`].
#[derive(Debug)]
pub(super) struct Seat {
    id: u64,
    shard: Arc<Shard>,
    connection: Arc<Connection>,
}

impl Seat {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Is told the ticks of a class from now on.
    pub(super) fn enter(&self, class: ThrottleClass) {
        self.shard.rows().classes.entry(class).or_default().add(self.id, Arc::clone(&self.connection));
    }

    /// Is told them no more.
    pub(super) fn leave(&self, class: ThrottleClass) {
        if let Some(row) = self.shard.rows().classes.get_mut(&class) {
            row.remove(self.id);
        }
    }

    /// Is told nothing more.
    pub(super) fn stand_up(&self) {
        let mut rows = self.shard.rows();
        rows.all.remove(self.id);
        for row in rows.classes.values_mut() {
            row.remove(self.id);
        }
    }
}

impl Fanout {
    pub(crate) fn new() -> Self {
        let count = available_parallelism().map_or(1, usize::from);
        Self { shards: (0..count).map(|_| Arc::default()).collect(), ids: Arc::default() }
    }

    pub(super) fn sit_down(&self, connection: Arc<Connection>) -> Seat {
        let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        let shard = usize::try_from(id).unwrap_or(0) % self.shards.len();
        let shard = Arc::clone(&self.shards[shard]);
        shard.rows().all.add(id, Arc::clone(&connection));
        shard.came.notify_one();
        Seat { id, shard, connection }
    }

    /// Sends away whoever has not been: the viewers of a task that can tell them nothing any more.
    pub(super) async fn send_away(&self, sockets: &Sockets, metrics: &Metrics) {
        for shard in self.shards.iter() {
            shard.send_away(sockets, metrics).await;
        }
    }

    /// How many tasks tell.
    pub(crate) fn len(&self) -> usize {
        self.shards.len()
    }

    /// One task for each core, to be run until the hub ends.
    pub(crate) fn tellers(
        &self,
        hub: &HubHandle,
        mode: &watch::Receiver<&'static str>,
        told: &Told,
        sockets: &Sockets,
        metrics: &Metrics,
    ) -> Vec<Teller> {
        let teller = |shard: &Arc<Shard>| Teller {
            shard: Arc::clone(shard),
            hub: hub.clone(),
            ticks: hub.ticks(),
            mode: mode.clone(),
            seen: Ticks::default(),
            told: told.clone(),
            sockets: sockets.clone(),
            metrics: metrics.clone(),
        };
        self.shards.iter().map(teller).collect()
    }
}

/// The task of one shard.
#[derive(Debug)]
pub(crate) struct Teller {
    shard: Arc<Shard>,
    hub: HubHandle,
    ticks: watch::Receiver<Ticks>,
    mode: watch::Receiver<&'static str>,
    seen: Ticks,
    told: Told,
    sockets: Sockets,
    metrics: Metrics,
}

impl Teller {
    /// Tells until the hub has ended or the server drains.
    pub(crate) async fn run(mut self) {
        let mut draining = self.sockets.draining();
        let drained = async {
            draining.wait_for(Option::is_some).await.ok();
        };
        let mut drained = std::pin::pin!(drained);
        let (mut look_at, mut is_over) = (Instant::now(), false);
        loop {
            tokio::select! {
                // What was flushed before the drain began is told before it.
                biased;
                changed = self.ticks.changed(), if !is_over => match changed {
                    Ok(()) => self.ticks().await,
                    // The hub has ended by itself; the drain follows.
                    Err(_) => is_over = true,
                },
                () = &mut drained => break,
                () = self.shard.look_at(look_at) => {
                    self.look().await;
                    look_at = Instant::now() + LOOK_EVERY;
                }
                mode = next(&mut self.mode) => {
                    let now = self.sockets.now();
                    let metrics = &self.metrics;
                    let tell = |viewers: &[Arc<Connection>]| {
                        let told = viewers.iter().map(|viewer| viewer.tell(now, |one| one.handle_mode(now, mode)));
                        metrics.frames_sent.inc_by(told.sum());
                    };
                    self.shard.each(None, tell).await;
                }
            }
        }
        self.shard.send_away(&self.sockets, &self.metrics).await;
    }

    /// Gives those their time for whom something is due: beats, mostly.
    async fn look(&self) {
        let (sockets, metrics, head) = (&self.sockets, &self.metrics, self.hub.head());
        let look = |viewers: &[Arc<Connection>]| {
            let now = sockets.now();
            let mut due = viewers.iter().filter(|viewer| viewer.is_due(now)).peekable();
            if due.peek().is_none() {
                return;
            }
            let Ok(beat) = beat_frame(now, head) else { return };
            let sent: u64 = due.map(|viewer| viewer.timeout(now, head, &beat)).sum();
            metrics.frames_sent.inc_by(sent);
        };
        self.shard.each(None, look).await;
    }

    /// Tells each class that has moved.
    async fn ticks(&mut self) {
        let ticks = self.ticks.borrow_and_update().clone();
        let seen = std::mem::replace(&mut self.seen, ticks.clone());
        for (class, tick) in ticks.since(&seen) {
            let (sockets, metrics) = (&self.sockets, &self.metrics);
            let tell = |viewers: &[Arc<Connection>]| {
                let now = sockets.now();
                let mut flushes = Vec::with_capacity(SIDE_BY_SIDE);
                for some in viewers.chunks(SIDE_BY_SIDE) {
                    let full = some.iter().filter(|viewer| viewer.is_full()).count();
                    flushes.extend(some.iter().map(|viewer| viewer.tick(now, class, tick)));
                    let sent: u64 = flushes.drain(..).map(|flush| flush.write(now)).sum();
                    metrics.frames_sent.inc_by(sent);
                    metrics.viewers_passed_over.inc_by(full as u64);
                }
            };
            self.shard.each(Some(class), tell).await;
            self.told.done(class);
        }
    }
}

/// The next mark of the data; a mark that can change no more never comes.
async fn next(mode: &mut watch::Receiver<&'static str>) -> &'static str {
    if mode.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    *mode.borrow_and_update()
}
