//! One connection as `ws` drives it: a tick is given only to whom can be written to, the newest only; what waits is
//! written as the reader takes it; the hub is asked one thing at a time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use realtime_protocol::{Position, ThrottleClass, Topic};
use realtime_server::hub::{JoinError, Start, Tick};
use realtime_server::limits::{CLIENT_SILENCE_MAX, CLOSE_MAX, LOOK_EVERY, OUTBOX_BYTES_MAX, WRITE_STUCK_MAX};
use realtime_server::rows::Rows;
use realtime_server::session::{JoinId, Now, Output, Read, Session};

use super::{Machine, What};
use crate::frames;
use crate::watch::{Broken, Rule};
use crate::wire::{Way, Wire};

/// One connection, both ends.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) client: usize,
    pub(super) wire: Wire,
    pub(super) side: Option<Side>,
}

/// What the hub is asked.
#[derive(Debug)]
enum Ask {
    Join { join: JoinId, topic: Topic, class: ThrottleClass, position: Option<Position> },
    Leave { topic: Topic, class: ThrottleClass },
    Read(Read),
}

/// What the hub answered to a join.
#[derive(Debug)]
pub(super) struct Joined {
    join: JoinId,
    topic: Topic,
    class: ThrottleClass,
    start: Result<Start, JoinError>,
}

/// The server's end.
#[derive(Debug)]
pub(super) struct Side {
    session: Session,
    bytes: VecDeque<u8>,
    inbox: VecDeque<String>,
    outbox: VecDeque<Bytes>,
    /// Since when the reader takes nothing of what waits.
    full_since: Option<Duration>,
    asks: VecDeque<Ask>,
    is_asking: bool,
    /// The group that counts it already, though it has not heard so.
    joining: Option<(Topic, ThrottleClass)>,
    /// Whose ticks it is told.
    classes: BTreeSet<ThrottleClass>,
    due: Duration,
    looked_at: Duration,
    closing_since: Option<Duration>,
    /// When it was heard, or its reader took something, for the last time.
    alive_at: Duration,
    pump_at: Option<Duration>,
}

impl Side {
    /// A flush: frames that are ready wait as they are, before all that it makes the session want.
    fn tick(&mut self, wall: Now, class: ThrottleClass, tick: &Arc<Tick>) {
        match self.session.handle_shared_tick(wall, class, tick) {
            Some(frames) => self.outbox.extend(frames.iter().cloned()),
            None => self.session.handle_tick(wall, class, tick),
        }
    }

    pub(super) fn new(session: Session, now: Duration) -> Self {
        Self {
            session,
            bytes: VecDeque::new(),
            inbox: VecDeque::new(),
            outbox: VecDeque::new(),
            full_since: None,
            asks: VecDeque::new(),
            is_asking: false,
            joining: None,
            classes: BTreeSet::new(),
            due: now,
            looked_at: now,
            closing_since: None,
            alive_at: now,
            pump_at: None,
        }
    }

    pub(super) fn is_told(&self, class: ThrottleClass) -> bool {
        self.classes.contains(&class)
    }

    /// The groups in which the hub counts it.
    pub(super) fn groups(&self) -> impl Iterator<Item = (Topic, ThrottleClass)> {
        let left = self.asks.iter().filter_map(|ask| match ask {
            Ask::Leave { topic, class } => Some((topic.clone(), *class)),
            Ask::Join { .. } | Ask::Read(_) => None,
        });
        self.session.subscriptions().into_iter().chain(left).chain(self.joining.clone())
    }

    fn may_read(&self) -> bool {
        let waiting: usize = self.outbox.iter().map(Bytes::len).sum();
        self.closing_since.is_none() && waiting < OUTBOX_BYTES_MAX
    }

    /// When it must be looked at, apart from what its reader takes.
    fn look_at(&self) -> Duration {
        let full = self.full_since.map(|since| since + WRITE_STUCK_MAX);
        let closing = self.closing_since.map(|since| since + CLOSE_MAX);
        let soonest = [full, closing].into_iter().flatten().fold(self.due, Duration::min);
        soonest.max(self.looked_at + LOOK_EVERY)
    }
}

impl Machine {
    fn side(&mut self, id: u64) -> Option<&mut Side> {
        self.conns.get_mut(&id)?.side.as_mut()
    }

    pub(super) fn server_bytes(&mut self, id: u64, bytes: &[u8]) -> Result<(), Broken> {
        let Some(side) = self.side(id) else { return Ok(()) };
        side.bytes.extend(bytes);
        while let Some(text) = frames::take_client(&mut side.bytes) {
            side.inbox.push_back(text);
        }
        self.pump(id)
    }

    /// A flush is told to a viewer; one that cannot be written to takes the newest when it can.
    pub(super) fn tell_flush(
        &mut self,
        id: u64,
        class: ThrottleClass,
        tick: &Arc<Tick>,
    ) -> Result<(), Broken> {
        let wall = self.wall();
        let Some(side) = self.side(id) else { return Ok(()) };
        if side.full_since.is_some() {
            self.trace.note("passed over", id, &[]);
            return Ok(());
        }
        side.tick(wall, class, tick);
        self.pump(id)
    }

    /// What a session asked for is there.
    pub(super) fn hand_rows(&mut self, id: u64, join: JoinId, rows: Rows) -> Result<(), Broken> {
        let wall = self.wall();
        let Some(side) = self.side(id) else { return Ok(()) };
        side.is_asking = false;
        side.session.handle_rows(wall, join, rows);
        self.pump(id)
    }

    /// The hub's answer to a join has come.
    pub(super) fn joined(&mut self, id: u64, joined: Joined) -> Result<(), Broken> {
        let Joined { join, topic, class, start } = joined;
        let wall = self.wall();
        let Some(side) = self.side(id) else { return Ok(()) };
        (side.is_asking, side.joining) = (false, None);
        let is_counted = start.is_ok();
        if side.session.handle_joined(wall, join, &topic, start) {
            if is_counted {
                side.classes.insert(class);
                // A flush may lie between the hub's answer and now.
                self.take(id, class)?;
            }
        } else if is_counted {
            side.asks.push_back(Ask::Leave { topic, class });
        }
        self.pump(id)
    }

    /// The newest flush of a class, for whom can be written to.
    fn take(&mut self, id: u64, class: ThrottleClass) -> Result<(), Broken> {
        self.collect(id)?;
        let (wall, tick) = (self.wall(), self.newest(class));
        let Some(side) = self.side(id).filter(|side| side.full_since.is_none()) else { return Ok(()) };
        if let Some(tick) = tick {
            side.tick(wall, class, &tick);
        }
        Ok(())
    }

    /// One connection's loop, until it waits for its reader, its client, the hub or the time.
    pub(super) fn pump(&mut self, id: u64) -> Result<(), Broken> {
        loop {
            self.collect(id)?;
            let is_free_again = self.write_out(id);
            if is_free_again {
                let classes: Vec<_> =
                    self.side(id).map(|side| side.session.classes().collect()).unwrap_or_default();
                classes.into_iter().try_for_each(|class| self.take(id, class))?;
            }
            let is_moved = is_free_again || self.hear(id) || self.look(id) || self.ask(id)?;
            if !is_moved {
                self.rest(id);
                return self.groups();
            }
        }
    }

    /// Takes what a session wants: frames to what waits, the rest to what is asked.
    fn collect(&mut self, id: u64) -> Result<(), Broken> {
        let now = self.now;
        let Some(side) = self.side(id) else { return Ok(()) };
        loop {
            match side.session.poll_output() {
                Output::Send(bytes) => side.outbox.push_back(bytes),
                Output::Subscribe { join, topic, class, position } => {
                    side.asks.push_back(Ask::Join { join, topic, class, position });
                }
                Output::Unsubscribe { topic, class } => side.asks.push_back(Ask::Leave { topic, class }),
                Output::Read(read) => side.asks.push_back(Ask::Read(read)),
                Output::Close(code, reason) => {
                    side.outbox.push_back(frames::close(code.0).into());
                    side.closing_since = Some(now);
                    let silent = now.saturating_sub(side.alive_at);
                    if silent < CLIENT_SILENCE_MAX {
                        let detail =
                            format!("closed with {}, {reason}, {silent:?} after a sign of life", code.0);
                        return Err(self.fault_of(Rule::Slow, detail));
                    }
                }
                Output::Wait(until) => {
                    side.due = until;
                    return Ok(());
                }
            }
        }
    }

    /// Writes until the reader takes no more; answers whether it takes something again.
    fn write_out(&mut self, id: u64) -> bool {
        let (now, wall) = (self.now, self.wall());
        let was_full = self.side(id).is_some_and(|side| side.full_since.is_some());
        let mut is_moved = false;
        let is_empty = loop {
            let Some(conn) = self.conns.get_mut(&id) else { return false };
            let Some(side) = &mut conn.side else { return false };
            if side.outbox.is_empty() {
                break true;
            }
            if conn.wire.blocked_until(now).is_some() {
                break false;
            }
            if let Some(frame) = side.outbox.pop_front() {
                is_moved = true;
                self.send(id, Way::ToClient, &frame);
            }
        };
        let Some(side) = self.side(id) else { return false };
        if was_full && is_moved {
            side.alive_at = now;
            side.session.handle_progress(wall);
        }
        if is_empty {
            side.full_since = None;
            if side.closing_since.is_some() {
                self.end_session(id);
                self.close_towards(id, Way::ToClient);
            }
            return was_full;
        }
        if is_moved || !was_full {
            side.full_since = Some(now);
            self.trace.note("blocked", id, &[]);
        }
        false
    }

    /// Gives the session a message, unless too much waits to be written.
    fn hear(&mut self, id: u64) -> bool {
        let (now, wall) = (self.now, self.wall());
        let Some(side) = self.side(id).filter(|side| side.may_read()) else { return false };
        let Some(text) = side.inbox.pop_front() else { return false };
        side.alive_at = now;
        side.session.handle_text(wall, &text);
        true
    }

    /// Gives the session its time.
    fn look(&mut self, id: u64) -> bool {
        let (now, wall, head) = (self.now, self.wall(), self.head());
        let Some(side) = self.side(id).filter(|side| side.look_at() <= now) else { return false };
        side.looked_at = now;
        let is_stuck = side.full_since.is_some_and(|since| now >= since + WRITE_STUCK_MAX);
        let is_kept = side.closing_since.is_some_and(|since| now >= since + CLOSE_MAX);
        if is_stuck || is_kept {
            self.trace.note("stuck", id, &[]);
            self.end_session(id);
            self.close_towards(id, Way::ToClient);
        } else if side.full_since.is_some() {
            side.session.handle_timeout_when_full(wall);
        } else if side.closing_since.is_none() {
            side.session.handle_head(head);
            side.session.handle_timeout(wall);
        }
        true
    }

    /// Asks the hub, once what was sent is written.
    fn ask(&mut self, id: u64) -> Result<bool, Broken> {
        let Some(side) = self.side(id).filter(|side| !side.is_asking && side.full_since.is_none()) else {
            return Ok(false);
        };
        match side.asks.pop_front() {
            None => return Ok(false),
            Some(Ask::Join { join, topic, class, position }) => {
                side.is_asking = true;
                let Some(start) = self.subscribe(&topic, class, position.as_ref())? else { return Ok(false) };
                if let (Ok(_), Some(side)) = (&start, self.side(id)) {
                    side.joining = Some((topic.clone(), class));
                }
                let is_late = self.rng.u8(..10) == 0;
                let joined = Joined { join, topic, class, start };
                self.after_ms(if is_late { 5..300 } else { 0..3 }, What::Joined(id, joined));
            }
            Some(Ask::Leave { topic, class }) => {
                if !side.session.classes().any(|used| used == class) {
                    side.classes.remove(&class);
                }
                self.leave(&topic, class);
            }
            Some(Ask::Read(read)) => {
                side.is_asking = true;
                self.ask_rows(id, read);
            }
        }
        Ok(true)
    }

    /// Comes back when there is something to do.
    fn rest(&mut self, id: u64) {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let Some(side) = &mut conn.side else { return };
        let free_at = side.full_since.and_then(|_| conn.wire.blocked_until(now));
        let at = side.look_at().min(free_at.unwrap_or(Duration::MAX));
        if side.pump_at != Some(at) {
            side.pump_at = Some(at);
            self.queue.push(at.max(now), What::Pump(id));
        }
    }
}
