//! The server's drivers, as `ws` and `follow` are: they carry, and decide nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use changelog::{Changelog as _, Read};
use realtime_protocol::{Epoch, Position, ThrottleClass, Topic};
use realtime_server::Views as _;
use realtime_server::hub::{Hub, Tick};
use realtime_server::rows::Rows;
use realtime_server::session::{JoinId, Now, Output, Session};

use super::{Machine, What};
use crate::boards::Boards;
use crate::frames;
use crate::rows::Plain;
use crate::watch::{Broken, Rule};
use crate::wire::{Way, Wire};

/// A write that takes longer means that the peer is gone.
const WRITE_MAX: Duration = Duration::from_secs(60);

/// The hub and what it last told.
#[derive(Debug)]
pub(super) struct Server {
    hub: Hub,
    ticks: BTreeMap<ThrottleClass, Arc<Tick>>,
    due: Option<Duration>,
    /// Whether somebody came or went since the groups were last compared.
    is_moved: bool,
}

/// One connection, both ends.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) client: usize,
    pub(super) wire: Wire,
    side: Option<Side>,
}

/// The server's end.
#[derive(Debug)]
struct Side {
    session: Session,
    bytes: VecDeque<u8>,
    inbox: VecDeque<String>,
    /// The newest tick of each class that was not handed on yet.
    pending: BTreeMap<ThrottleClass, Arc<Tick>>,
    classes: BTreeSet<ThrottleClass>,
    /// What was read for it and not handed on yet.
    rows: Option<(JoinId, Rows)>,
    pump_at: Option<Duration>,
    is_stuck: bool,
}

impl Server {
    fn leave(&mut self, topic: &Topic, class: ThrottleClass) {
        self.hub.leave(topic, class);
        self.is_moved = true;
    }
}

impl Machine {
    fn wall(&self) -> Now {
        let ms = u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX);
        Now { instant: self.now, wall_ms: 1_700_000_000_000 + ms + self.wall_step_ms }
    }

    /// A client knocks; what comes of it comes later.
    pub(super) fn connect(&mut self, client: usize) -> u64 {
        self.conns_made += 1;
        let id = self.conns_made;
        let mut wire = Wire::new(&mut self.rng, !self.is_calm);
        let (now, rng) = (self.now, &mut self.rng);
        let there = wire.pass(rng, now, Way::ToServer);
        let back = wire.pass(rng, there, Way::ToClient);
        self.trace.note("connect", id, &[]);
        // A path that leads nowhere answers never.
        let is_lost = !self.is_calm && self.rng.u8(..25) == 0;
        if !is_lost {
            let what = if self.server.is_some() { What::Opened(id) } else { What::ClientClosed(id) };
            self.queue.push(back, what);
        }
        self.conns.insert(id, Conn { client, wire, side: None });
        id
    }

    /// The socket is open at both ends, if the server is still there.
    pub(super) fn accept(&mut self, id: u64) {
        let now = self.wall();
        let Some(server) = &self.server else { return self.close_towards(id, Way::ToClient) };
        let session = Session::new(server.hub.epoch().clone(), server.hub.offset(), "simulated", now);
        let side = Side {
            session,
            bytes: VecDeque::new(),
            inbox: VecDeque::new(),
            pending: BTreeMap::new(),
            classes: BTreeSet::new(),
            rows: None,
            pump_at: None,
            is_stuck: false,
        };
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.side = Some(side);
        }
        self.queue.push(self.now, What::Pump(id));
    }

    /// Puts bytes on the way; the cut may come with them.
    pub(super) fn send(&mut self, id: u64, way: Way, bytes: &[u8]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let carried = conn.wire.carry(&mut self.rng, self.now, way, bytes.len());
        if !conn.wire.is_half_open {
            let split = self.rng.usize(..=carried.bytes);
            for part in [&bytes[..split], &bytes[split..carried.bytes]] {
                let what = match way {
                    Way::ToClient => What::ToClient(id, part.to_vec()),
                    Way::ToServer => What::ToServer(id, part.to_vec()),
                };
                self.queue.push(carried.at, what);
            }
        }
        if carried.is_cut {
            self.cut(id);
        }
    }

    /// Nothing more passes; each end hears of it in its own time.
    pub(super) fn cut(&mut self, id: u64) {
        self.close_towards(id, Way::ToClient);
        self.close_towards(id, Way::ToServer);
    }

    pub(super) fn close_towards(&mut self, id: u64, way: Way) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let at = conn.wire.pass(&mut self.rng, self.now, way);
        if !conn.wire.is_half_open {
            let what = if way == Way::ToClient { What::ClientClosed(id) } else { What::ServerClosed(id) };
            self.queue.push(at, what);
        }
    }

    pub(super) fn server_bytes(&mut self, id: u64, bytes: &[u8]) -> Result<(), Broken> {
        let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.as_mut()) else { return Ok(()) };
        side.bytes.extend(bytes);
        while let Some(text) = frames::take_client(&mut side.bytes) {
            side.inbox.push_back(text);
        }
        self.pump(id)
    }

    /// The hub, as long as its process runs and the session lives.
    pub(super) fn hub_of(&self, id: u64) -> Option<&Hub> {
        let is_there = self.conns.get(&id).is_some_and(|conn| conn.side.is_some());
        self.server.as_ref().filter(|_| is_there).map(|server| &server.hub)
    }

    /// What a session asked for is there.
    pub(super) fn hand_rows(&mut self, id: u64, join: JoinId, rows: Rows) {
        if let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.as_mut()) {
            side.rows = Some((join, rows));
        }
    }

    /// The server's end is gone; its groups are left.
    pub(super) fn end_session(&mut self, id: u64) {
        let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.take()) else { return };
        if let Some(server) = &mut self.server {
            for (topic, class) in side.session.subscriptions() {
                server.leave(&topic, class);
            }
        }
        self.trace.note("session ended", id, &[]);
    }

    /// One session's loop, until it waits or may not write.
    pub(super) fn pump(&mut self, id: u64) -> Result<(), Broken> {
        loop {
            if self.session_outputs(id)? {
                return self.groups();
            }
            let (now, wall) = (self.now, self.wall());
            let head = self.server.as_ref().map_or(0, |server| server.hub.offset());
            let is_inbound_first = self.rng.bool();
            let Some(conn) = self.conns.get_mut(&id) else { return Ok(()) };
            let Some(side) = &mut conn.side else { return Ok(()) };
            if let Some(until) = conn.wire.blocked_until(now) {
                self.trace.note("blocked", id, &[]);
                if until != Duration::MAX {
                    self.queue.push(until, What::Pump(id));
                } else if !std::mem::replace(&mut side.is_stuck, true) {
                    self.trace.note("stuck", id, &[]);
                    self.queue.push(now + WRITE_MAX, What::ServerClosed(id));
                }
                return Ok(());
            }
            let is_inbound = is_inbound_first || side.pending.is_empty();
            if let Some(text) = is_inbound.then(|| side.inbox.pop_front()).flatten() {
                side.session.handle_text(wall, &text);
            } else if let Some((class, tick)) = side.pending.pop_first() {
                side.session.handle_tick(wall, class, &tick);
            } else if let Some((join, rows)) = side.rows.take() {
                side.session.handle_rows(wall, join, rows);
            } else if side.pump_at.is_some_and(|at| at <= now) {
                side.pump_at = None;
                side.session.handle_head(head);
                side.session.handle_timeout(wall);
            } else {
                return self.groups();
            }
        }
    }

    /// Does what a session wants; true when it has ended.
    fn session_outputs(&mut self, id: u64) -> Result<bool, Broken> {
        loop {
            let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.as_mut()) else {
                return Ok(true);
            };
            match side.session.poll_output() {
                Output::Send(bytes) => self.send(id, Way::ToClient, &bytes),
                Output::Subscribe { join, topic, class, position } => {
                    self.subscribe(id, join, &topic, class, position.as_ref())?;
                }
                Output::Unsubscribe { topic, class } => {
                    if let Some(server) = &mut self.server {
                        server.leave(&topic, class);
                    }
                }
                Output::Read(read) => self.ask_rows(id, read),
                Output::Close(code, _) => {
                    self.send(id, Way::ToClient, &frames::close(code.0));
                    self.end_session(id);
                    self.close_towards(id, Way::ToClient);
                    return Ok(true);
                }
                Output::Wait(until) => {
                    if side.pump_at != Some(until) {
                        side.pump_at = Some(until);
                        self.queue.push(until.max(self.now), What::Pump(id));
                    }
                    return Ok(false);
                }
            }
        }
    }

    fn subscribe(
        &mut self,
        id: u64,
        join: JoinId,
        topic: &Topic,
        class: ThrottleClass,
        position: Option<&Position>,
    ) -> Result<(), Broken> {
        let wall = self.wall();
        let Some(server) = &mut self.server else { return Ok(()) };
        let answer = server.hub.subscribe(topic, class, position);
        server.is_moved = true;
        let is_joined = answer.is_ok();
        // A flush may lie between the hub's answer and the session's hearing it.
        if self.rng.u8(..4) == 0 {
            self.follow()?;
            self.publish()?;
        }
        let Some(server) = &mut self.server else { return Ok(()) };
        let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.as_mut()) else { return Ok(()) };
        if side.session.handle_joined(wall, join, topic, answer) {
            if is_joined {
                side.classes.insert(class);
                side.pending.remove(&class);
                if let Some(tick) = server.ticks.get(&class) {
                    side.session.handle_tick(wall, class, tick);
                }
            }
        } else if is_joined {
            server.leave(topic, class);
        }
        Ok(())
    }

    /// The server reads what is new in the log.
    pub(super) fn tail(&mut self) -> Result<(), Broken> {
        self.follow()?;
        self.flush()
    }

    fn follow(&mut self) -> Result<(), Broken> {
        let Some(server) = &self.server else { return Ok(()) };
        let read = self.truth()?.log.clone().read_after(server.hub.offset(), 256);
        let Ok(Read::Commits(commits)) = read else {
            // Retention has passed the reader: the process ends, and is started again.
            self.trace.note("expired", 0, &[]);
            self.stop(false);
            return Ok(());
        };
        let folded = self.server.as_mut().map_or(Ok(()), |server| server.hub.commit(&commits));
        folded.map_err(|error| self.fault_of(Rule::Server, error.to_string()))
    }

    /// Flushes what is due, and comes back when the next is.
    pub(super) fn flush(&mut self) -> Result<(), Broken> {
        self.publish()?;
        self.groups()
    }

    fn publish(&mut self) -> Result<(), Broken> {
        let now = self.now;
        let Some(server) = &mut self.server else { return Ok(()) };
        let ticks = server.hub.flush(now);
        let due = server.hub.due_at().map(|at| at.max(now));
        if due != server.due || due == Some(now) {
            server.due = due;
            if let Some(at) = due {
                self.queue.push(at, What::HubWake);
            }
        }
        let ticks = ticks.map_err(|error| self.fault_of(Rule::Server, error.to_string()))?;
        for (class, tick) in ticks {
            if let Some(server) = &mut self.server {
                server.ticks.insert(class, Arc::clone(&tick));
            }
            for (&id, conn) in &mut self.conns {
                if let Some(side) = conn.side.as_mut().filter(|side| side.classes.contains(&class)) {
                    side.pending.insert(class, Arc::clone(&tick));
                    self.queue.push(now, What::Pump(id));
                }
            }
        }
        Ok(())
    }

    /// The hub knows the groups of living sessions, and no other.
    pub(super) fn groups(&mut self) -> Result<(), Broken> {
        let Some(server) = self.server.as_mut().filter(|server| server.is_moved) else { return Ok(()) };
        server.is_moved = false;
        let sides = self.conns.values().filter_map(|conn| conn.side.as_ref());
        let living: BTreeSet<_> = sides.flat_map(|side| side.session.subscriptions()).collect();
        let groups = server.hub.groups();
        if living.len() == groups {
            return Ok(());
        }
        Err(self.fault_of(Rule::Groups, format!("{groups} in the hub, {living:?} live")))
    }

    /// Sessions that live.
    pub(super) fn sessions(&self) -> usize {
        self.conns.values().filter(|conn| conn.side.is_some()).count()
    }

    /// Ends the process; a polite one says so.
    pub(super) fn stop(&mut self, is_polite: bool) {
        if self.server.take().is_none() {
            return;
        }
        self.trace.note("server stops", u64::from(is_polite), &[]);
        let ids: Vec<u64> = self.conns.keys().copied().collect();
        for id in ids {
            let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.take()) else { continue };
            drop(side);
            if is_polite {
                self.send(id, Way::ToClient, &frames::close(1012));
            }
            self.close_towards(id, Way::ToClient);
        }
        self.after_ms(100..9_000, What::Up);
    }

    /// Starts the process: views rebuilt from all rows, histories from the commits that are left, or not.
    pub(super) fn up(&mut self) -> Result<(), Broken> {
        if self.server.is_some() {
            return Ok(());
        }
        let is_seeded = self.rng.bool();
        let truth = self.truth()?;
        let mut views = Boards::new();
        for commit in truth.commits() {
            views.fold(commit).map_err(|error| self.fault_of(Rule::Server, error.to_string()))?;
        }
        views.take_changes();
        let position = Position { epoch: Epoch::new(&self.epoch), offset: truth.head() };
        let mut hub = Hub::new(position, Box::new(views)).with_tables(Arc::new(Plain));
        let oldest = truth.log.clone().head().map_or(u64::MAX, |head| head.oldest);
        if let (true, Ok(Read::Commits(commits))) =
            (is_seeded, truth.log.clone().read_after(oldest.saturating_sub(1), usize::MAX))
        {
            hub.seed(&commits).map_err(|error| self.fault_of(Rule::Server, error.to_string()))?;
        }
        self.trace.note("server up", truth.head(), &[]);
        self.server = Some(Server { hub, ticks: BTreeMap::new(), due: None, is_moved: false });
        Ok(())
    }
}
