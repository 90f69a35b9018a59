//! The hub's driver, as `follow` is, and what connections come and go by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use changelog::{Changelog as _, Read};
use realtime_protocol::{Epoch, Position, ThrottleClass, Topic};
use realtime_server::Views as _;
use realtime_server::hub::{Hub, JoinError, Start, Tick};
use realtime_server::session::{Now, Session};

use super::conns::{Conn, Side};
use super::{Machine, What};
use crate::boards::Boards;
use crate::frames;
use crate::rows::Plain;
use crate::watch::{Broken, Rule};
use crate::wire::{Way, Wire};

/// The hub and what it last told.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) hub: Hub,
    ticks: BTreeMap<ThrottleClass, Arc<Tick>>,
    due: Option<Duration>,
    /// Whether somebody came or went since the groups were last compared.
    is_moved: bool,
    /// The classes whose last flush is on its way to viewers.
    telling: BTreeSet<ThrottleClass>,
    /// Which process it is.
    pub(super) life: u64,
    /// When it last looked at itself, and how often.
    pub(super) looked: Option<(Duration, u64)>,
}

impl Server {
    fn new(hub: Hub, life: u64) -> Self {
        Self {
            hub,
            ticks: BTreeMap::new(),
            due: None,
            is_moved: false,
            telling: BTreeSet::new(),
            life,
            looked: None,
        }
    }

    fn leave(&mut self, topic: &Topic, class: ThrottleClass) {
        self.hub.leave(topic, class);
        self.is_moved = true;
    }
}

impl Machine {
    pub(super) fn wall(&self) -> Now {
        let ms = u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX);
        Now { instant: self.now, wall_ms: 1_700_000_000_000 + ms + self.wall_step_ms }
    }

    /// A client knocks; what comes of it comes later.
    pub(super) fn connect(&mut self, client: usize) -> u64 {
        self.conns_made += 1;
        let id = self.conns_made;
        let reader = self.clients[client].reader;
        let mut wire = Wire::new(&mut self.rng, !self.is_calm, reader.bytes_per_s);
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
        let side = Side::new(session, self.now);
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

    /// The hub, as long as its process runs and the session lives.
    pub(super) fn hub_of(&self, id: u64) -> Option<&Hub> {
        let is_there = self.conns.get(&id).is_some_and(|conn| conn.side.is_some());
        self.server.as_ref().filter(|_| is_there).map(|server| &server.hub)
    }

    /// The server's end is gone; its groups are left.
    pub(super) fn end_session(&mut self, id: u64) {
        let Some(side) = self.conns.get_mut(&id).and_then(|conn| conn.side.take()) else { return };
        if let Some(server) = &mut self.server {
            for (topic, class) in side.groups() {
                server.leave(&topic, class);
            }
        }
        self.trace.note("session ended", id, &[]);
    }

    /// Counts somebody in a group, unless the process has ended.
    pub(super) fn subscribe(
        &mut self,
        topic: &Topic,
        class: ThrottleClass,
        position: Option<&Position>,
    ) -> Result<Option<Result<Start, JoinError>>, Broken> {
        self.observe_for(topic)?;
        let Some(server) = &mut self.server else { return Ok(None) };
        server.is_moved = true;
        Ok(Some(server.hub.subscribe(topic, class, position)))
    }

    pub(super) fn leave(&mut self, topic: &Topic, class: ThrottleClass) {
        if let Some(server) = &mut self.server {
            server.leave(topic, class);
        }
    }

    /// The newest flush of a class.
    pub(super) fn newest(&self, class: ThrottleClass) -> Option<Arc<Tick>> {
        self.server.as_ref()?.ticks.get(&class).cloned()
    }

    pub(super) fn head(&self) -> u64 {
        self.server.as_ref().map_or(0, |server| server.hub.offset())
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
        ticks.into_iter().try_for_each(|(class, tick)| self.spread(class, &tick))
    }

    /// A flush is on its way to its viewers; until the last of them is told, there is no other of its class.
    fn spread(&mut self, class: ThrottleClass, tick: &Arc<Tick>) -> Result<(), Broken> {
        let Some(server) = &mut self.server else { return Ok(()) };
        let life = server.life;
        server.hub.hold(class);
        server.ticks.insert(class, Arc::clone(tick));
        if !server.telling.insert(class) {
            return Err(
                self.fault_of(Rule::Held, format!("{class:?} moves while its last flush is being told"))
            );
        }
        let told =
            self.conns.iter().filter(|(_, conn)| conn.side.as_ref().is_some_and(|side| side.is_told(class)));
        let ids: Vec<u64> = told.map(|(&id, _)| id).collect();
        let mut last = self.now;
        for id in ids {
            let is_late = self.rng.u8(..20) == 0;
            let delay = self.rng.u64(if is_late { 5..400 } else { 0..3 });
            let at = self.now + Duration::from_millis(delay);
            last = last.max(at);
            self.queue.push(at, What::Tell(id, class, Arc::clone(tick)));
        }
        self.queue.push(last, What::Told(life, class));
        Ok(())
    }

    /// Everybody has been told a flush.
    pub(super) fn told(&mut self, life: u64, class: ThrottleClass) -> Result<(), Broken> {
        let Some(server) = self.server.as_mut().filter(|server| server.life == life) else { return Ok(()) };
        server.telling.remove(&class);
        server.hub.release(class, self.now);
        self.flush()
    }

    /// The hub knows the groups of living sessions, and no other.
    pub(super) fn groups(&mut self) -> Result<(), Broken> {
        let Some(server) = self.server.as_mut().filter(|server| server.is_moved) else { return Ok(()) };
        server.is_moved = false;
        let sides = self.conns.values().filter_map(|conn| conn.side.as_ref());
        let living: BTreeSet<_> = sides.flat_map(Side::groups).collect();
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
        self.lives += 1;
        self.server = Some(Server::new(hub, self.lives));
        Ok(())
    }
}
