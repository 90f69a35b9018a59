//! One open socket: its session, what waits to be written, and the only lock around them.
//!
//! Two tasks come here. The connection's own reads and asks the hub; the fan-out of the hub's ticks writes to
//! many connections in a row, so that a commit does not wake a task for each viewer. Nobody holds the lock
//! across an await.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use realtime_protocol::close::CloseCode;
use realtime_protocol::{Position, ThrottleClass, Topic};
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::inbound::{Decoder, Inbound};
use super::outbox::Outbox;
use crate::hub::Tick;
use crate::limits::{ASKS_MAX, CLOSE_MAX, OUTBOX_BYTES_MAX, READS_MAX, WRITE_STUCK_MAX};
use crate::metrics::Metrics;
use crate::session::{JoinId, Now, Output, Read, Session};
use crate::wire;

/// What only the connection's own task can do for the session.
#[derive(Debug)]
pub(super) enum Ask {
    Join { join: JoinId, topic: Topic, class: ThrottleClass, position: Option<Position> },
    Leave { topic: Topic, class: ThrottleClass },
    Read(Read),
}

/// What the task does next.
#[derive(Debug)]
pub(super) enum Plan {
    /// Wait for the socket or a call; and ask this, unless something is asked already.
    Wait { interest: Option<Interest> },
    /// Nothing more can be told or heard.
    End,
}

/// Its fields are in the order in which a tick touches them; see [`Session`].
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Connection {
    /// Whether the socket was full when it was last written to; for a look without the lock.
    is_full: AtomicBool,
    /// When something is due, in milliseconds; for a look without the lock.
    due_ms: AtomicU64,
    pub(super) stream: TcpStream,
    state: Mutex<State>,
    /// The task must look again.
    pub(super) wake: Notify,
    metrics: Metrics,
}

#[derive(Debug)]
#[repr(C)]
pub(super) struct State {
    stage: Stage,
    outbox: Outbox,
    session: Session,
    /// What the server's counters know of the session's.
    counted: u64,
    asks: VecDeque<Ask>,
    decoder: Decoder,
    /// Messages that were read and wait until more may be answered.
    is_behind: bool,
    resets: Vec<(&'static str, u64)>,
    limit_hits: Vec<(&'static str, u64)>,
}

/// What a flush comes to for one viewer.
#[must_use]
pub(super) enum Flush<'a> {
    /// So many frames were sent.
    Done(u64),
    /// Frames that only have to be written; until they are, nothing else happens to the viewer.
    Ready { connection: &'a Connection, state: MutexGuard<'a, State>, frames: &'a [Bytes] },
}

impl Flush<'_> {
    /// Writes what is to be written; answers the number of frames that were sent.
    pub(super) fn write(self, now: Now) -> u64 {
        match self {
            Self::Done(sent) => sent,
            Self::Ready { connection, mut state, frames } => {
                state.send(frames, &connection.stream, now);
                if state.is_open_and_empty() {
                    // Its beat is due later than it was; whoever looks at the time that was known finds nothing to do.
                    return state.session.take_frames_sent();
                }
                connection.finish(&mut state, now)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// The close frame waits in the outbox.
    Closing {
        since: Duration,
    },
    Ended,
}

impl Connection {
    /// `read` is what came with the handshake.
    pub(super) fn new(stream: TcpStream, session: Session, read: &[u8], metrics: Metrics) -> Self {
        let mut decoder = Decoder::default();
        decoder.feed(read);
        let state = State {
            session,
            decoder,
            outbox: Outbox::default(),
            asks: VecDeque::new(),
            is_behind: !read.is_empty(),
            stage: Stage::Open,
            counted: 0,
            resets: Vec::new(),
            limit_hits: Vec::new(),
        };
        Self {
            is_full: AtomicBool::new(false),
            due_ms: AtomicU64::new(0),
            stream,
            state: Mutex::new(state),
            wake: Notify::new(),
            metrics,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere has ended that task; the state is what it was before or after one input.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the session something; what it wants then is done as far as it can be done at once.
    fn with<T>(&self, now: Now, give: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let given = give(&mut state);
        if state.is_behind && state.may_read() {
            state.read(&self.stream, now, &self.metrics);
        }
        let until = state.advance(&self.stream, now);
        self.settle(&mut state, until);
        self.metrics.frames_sent.inc_by(state.session.take_frames_sent());
        given
    }

    /// Whether nothing can be told to this viewer now.
    pub(super) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Tells the others what has become of the socket, and the counters what the session has counted.
    fn settle(&self, state: &mut State, until: Duration) {
        let due_ms = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.due_ms.store(due_ms, Ordering::Relaxed);
        if self.is_full() != state.outbox.is_blocked() {
            self.is_full.store(state.outbox.is_blocked(), Ordering::Relaxed);
        }
        if state.session.counted() != state.counted {
            self.count(state);
        }
    }

    /// Puts what the session counted into the server's counters.
    fn count(&self, state: &mut State) {
        state.counted = state.session.counted();
        let stats = state.session.stats();
        let news = |counted: &mut Vec<(&'static str, u64)>, reason: &'static str, count: u64| {
            let Some((_, known)) = counted.iter_mut().find(|(name, _)| *name == reason) else {
                counted.push((reason, count));
                return count;
            };
            count - std::mem::replace(known, count)
        };
        for (reason, count) in &stats.resets {
            let count = news(&mut state.resets, reason, *count);
            self.metrics.resets.with_label_values(&[*reason]).inc_by(count);
        }
        let malformed = news(&mut state.resets, "malformed", stats.malformed);
        self.metrics.set_aside.with_label_values(&["message"]).inc_by(malformed);
        for (limit, count) in &stats.limit_hits {
            let count = news(&mut state.limit_hits, limit, *count);
            self.metrics.limit_hits.with_label_values(&[*limit]).inc_by(count);
        }
    }

    /// The same from the fan-out: its own task is woken only for what it alone can do. Answers the number of frames
    /// that were sent.
    fn with_from_outside(&self, now: Now, give: impl FnOnce(&mut State)) -> u64 {
        let mut state = self.lock();
        if state.stage == Stage::Ended {
            return 0;
        }
        give(&mut state);
        self.finish(&mut state, now)
    }

    fn finish(&self, state: &mut State, now: Now) -> u64 {
        let until = state.advance(&self.stream, now);
        self.settle(state, until);
        if !state.asks.is_empty() || state.outbox.is_blocked() || state.stage != Stage::Open {
            self.wake.notify_one();
        }
        state.session.take_frames_sent()
    }

    /// A flush of the hub. A viewer that cannot be written to takes the newest one when it can.
    pub(super) fn tick<'a>(&'a self, now: Now, class: ThrottleClass, tick: &'a Arc<Tick>) -> Flush<'a> {
        if self.is_full() {
            return Flush::Done(0);
        }
        let mut state = self.lock();
        if !state.is_open_and_empty() {
            return Flush::Done(0);
        }
        match state.session.handle_shared_tick(now, class, tick) {
            Some(frames) => Flush::Ready { connection: self, state, frames },
            None => {
                state.session.handle_tick(now, class, tick);
                Flush::Done(self.finish(&mut state, now))
            }
        }
    }

    /// Something for the session from the fan-out.
    pub(super) fn tell(&self, now: Now, tell: impl FnOnce(&mut Session)) -> u64 {
        self.with_from_outside(now, |state| tell(&mut state.session))
    }

    /// Whether something is due.
    pub(super) fn is_due(&self, now: Now) -> bool {
        u128::from(self.due_ms.load(Ordering::Relaxed)) < now.instant.as_millis()
    }

    /// What is due; `beat` is the beat of this time and head.
    pub(super) fn timeout(&self, now: Now, head: u64, beat: &Bytes) -> u64 {
        self.with_from_outside(now, |state| {
            if state.is_open_and_empty() && state.session.handle_shared_beat(now) {
                return state.send(std::slice::from_ref(beat), &self.stream, now);
            }
            let is_stuck = |since: Duration| now.instant >= since + WRITE_STUCK_MAX;
            match (state.stage, state.outbox.stuck_since()) {
                (Stage::Closing { since }, _) if now.instant >= since + CLOSE_MAX => {
                    state.stage = Stage::Ended
                }
                (Stage::Open, Some(since)) if is_stuck(since) => {
                    self.metrics.limit_hits.with_label_values(&["write_stuck"]).inc();
                    state.stage = Stage::Ended;
                }
                // A beat behind what waits would be old when it came.
                (Stage::Open, Some(_)) => state.session.handle_timeout_when_full(now),
                (Stage::Open, None) => {
                    state.session.handle_head(head);
                    state.session.handle_timeout(now);
                }
                (Stage::Closing { .. } | Stage::Ended, _) => {}
            }
        })
    }

    /// Something for the session from its own task.
    pub(super) fn give<T>(&self, now: Now, give: impl FnOnce(&mut Session) -> T) -> T {
        self.with(now, |state| give(&mut state.session))
    }

    /// Something more for the task to ask.
    pub(super) fn ask(&self, ask: Ask) {
        self.lock().asks.push_back(ask);
    }

    /// What is to be done next; the second is to be asked.
    pub(super) fn plan(&self, is_asking: bool) -> (Plan, Option<Ask>) {
        let mut state = self.lock();
        if state.stage == Stage::Ended {
            return (Plan::End, None);
        }
        // What was sent is written before the next is asked for: a viewer that reads nothing holds nothing.
        let may_ask = !is_asking && !state.outbox.is_blocked();
        let ask = if may_ask { state.asks.pop_front() } else { None };
        let interest = match (state.may_read(), state.outbox.is_blocked()) {
            (true, false) => Some(Interest::READABLE),
            (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (false, true) => Some(Interest::WRITABLE),
            (false, false) => None,
        };
        (Plan::Wait { interest }, ask)
    }

    /// Reads and writes what the socket allows; answers whether it can be written to again after it was full.
    pub(super) fn transfer(&self, now: Now, ready: Ready) -> bool {
        self.with(now, |state| {
            let was_blocked = state.outbox.is_blocked();
            if ready.is_writable() || ready.is_write_closed() {
                state.write(&self.stream, now);
            }
            if ready.is_readable() || ready.is_read_closed() || state.is_behind {
                state.read(&self.stream, now, &self.metrics);
            }
            was_blocked && !state.outbox.is_blocked()
        })
    }

    /// Every group of the hub that still counts this connection, once it has ended.
    pub(super) fn leave_all(&self) -> Vec<(Topic, ThrottleClass)> {
        let mut state = self.lock();
        let mut groups = state.session.subscriptions();
        while let Some(ask) = state.asks.pop_front() {
            if let Ask::Leave { topic, class } = ask {
                groups.push((topic, class));
            }
        }
        groups
    }
}

impl State {
    fn is_open_and_empty(&self) -> bool {
        self.stage == Stage::Open && self.outbox.is_empty()
    }

    fn may_read(&self) -> bool {
        self.stage == Stage::Open && self.outbox.bytes() < OUTBOX_BYTES_MAX && self.asks.len() < ASKS_MAX
    }

    /// Does what the session wants until it waits; answers until when.
    fn advance(&mut self, stream: &TcpStream, now: Now) -> Duration {
        let waits = self.collect(now);
        if !self.outbox.is_blocked() {
            self.write(stream, now);
        }
        let stuck = self.outbox.stuck_since().map_or(Duration::MAX, |since| since + WRITE_STUCK_MAX);
        waits.min(stuck)
    }

    /// Takes what the session wants: frames into the outbox, the rest to what is asked.
    fn collect(&mut self, now: Now) -> Duration {
        loop {
            match self.session.poll_output() {
                Output::Send(bytes) => self.outbox.push(bytes),
                Output::Subscribe { join, topic, class, position } => {
                    self.asks.push_back(Ask::Join { join, topic, class, position });
                }
                Output::Unsubscribe { topic, class } => self.asks.push_back(Ask::Leave { topic, class }),
                Output::Read(read) => self.asks.push_back(Ask::Read(read)),
                Output::Close(code, reason) => self.close(now, code, &reason),
                Output::Wait(until) => return until,
            }
        }
    }

    fn close(&mut self, now: Now, code: CloseCode, reason: &str) {
        if self.stage == Stage::Open {
            self.outbox.push(wire::close(code, reason));
            self.stage = Stage::Closing { since: now.instant };
        }
    }

    /// Writes frames that are ready, when nothing else waits.
    fn send(&mut self, frames: &[Bytes], stream: &TcpStream, now: Now) {
        if let Err(error) = self.outbox.send(frames, stream, now.instant) {
            self.lost(&error);
        }
    }

    fn write(&mut self, stream: &TcpStream, now: Now) {
        match self.outbox.flush(stream, now.instant) {
            Ok(true) => self.session.handle_progress(now),
            Ok(false) => {}
            Err(error) => self.lost(&error),
        }
        if matches!(self.stage, Stage::Closing { .. }) && self.outbox.is_empty() {
            self.stage = Stage::Ended;
        }
    }

    fn lost(&mut self, error: &io::Error) {
        tracing::debug!(%error, "a session ended");
        self.stage = Stage::Ended;
    }

    /// Reads messages until there are no more, or no more may be answered now.
    fn read(&mut self, stream: &TcpStream, now: Now, metrics: &Metrics) {
        let mut buffer = [0; 4_096];
        for _ in 0..READS_MAX {
            self.messages(now, metrics);
            self.is_behind = !self.may_read();
            if self.is_behind {
                return;
            }
            match stream.try_read(&mut buffer) {
                Ok(0) => {
                    self.stage = Stage::Ended;
                    return;
                }
                Ok(count) => self.decoder.feed(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => return self.lost(&error),
            }
        }
        self.messages(now, metrics);
        self.is_behind = !self.may_read();
    }

    fn messages(&mut self, now: Now, metrics: &Metrics) {
        while self.may_read() {
            match self.decoder.next() {
                Ok(Some(Inbound::Text(text))) => self.session.handle_text(now, &text),
                Ok(Some(Inbound::Ping(payload))) => self.session.handle_ping(now, &payload),
                Ok(Some(Inbound::Other)) => self.session.handle_other(now),
                Ok(Some(Inbound::Close)) => self.close(now, CloseCode::NORMAL, ""),
                Ok(None) => return,
                Err(broken) => {
                    metrics.limit_hits.with_label_values(&[broken.limit()]).inc();
                    self.close(now, broken.code(), "");
                }
            }
            self.collect(now);
        }
    }
}
