//! Viewers that are whole clients: the manager of each, with its backoff, on one thread.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use realtime_manager::{Attempt, Config, EndToEnd, Input, Manager, Output, Stats, Status};
use realtime_protocol::{StateHash, Topic};

use super::poll::{Interest, Poll};
use super::socket::{BUFFER_BYTES, Heard, Link};

#[derive(Debug)]
struct Client {
    manager: Manager,
    socket: Option<(Attempt, Link)>,
    /// How far it was when it was last looked at.
    at: u64,
    /// The moment that it last asked for; earlier ones in the heap are void.
    wakes: Option<Instant>,
}

/// A client has applied everything after `from` up to `to`.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) at: Instant,
}

/// Whole clients of one topic.
pub(crate) struct Clients {
    server: SocketAddrV4,
    topic: Topic,
    throttle: Duration,
    origin: Instant,
    poll: Poll,
    clients: Vec<Client>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    buffer: Vec<u8>,
    ready: Vec<usize>,
    seeds: u64,
    is_recording: bool,
    arrivals: Vec<Arrival>,
}

impl Clients {
    /// So many clients, none of which is connected.
    pub(crate) fn new(
        server: SocketAddrV4,
        topic: Topic,
        throttle: Duration,
        clients: usize,
    ) -> Result<Self> {
        let origin = Instant::now();
        let mut all = Self {
            server,
            topic,
            throttle,
            origin,
            poll: Poll::new()?,
            clients: Vec::with_capacity(clients),
            timers: BinaryHeap::new(),
            buffer: vec![0; BUFFER_BYTES],
            ready: Vec::new(),
            seeds: 0,
            is_recording: false,
            arrivals: Vec::new(),
        };
        for _ in 0..clients {
            let client = all.fresh();
            all.clients.push(client);
        }
        Ok(all)
    }

    fn fresh(&mut self) -> Client {
        self.seeds += 1;
        let now = self.now();
        let mut manager = Manager::new(Config::default(), now, self.seeds);
        manager.subscribe(now, self.topic.clone(), self.throttle);
        Client { manager, socket: None, at: 0, wakes: None }
    }

    fn now(&self) -> realtime_manager::Instant {
        realtime_manager::Instant(self.origin.elapsed())
    }

    /// Has a client connect.
    pub(crate) fn connect(&mut self, number: usize) -> Result<()> {
        let now = self.now();
        self.clients[number].manager.connect(now);
        self.drain(number)
    }

    /// A client goes, and another comes in its place; answers what the one that went has counted.
    pub(crate) fn replace(&mut self, number: usize) -> Result<Stats> {
        let fresh = self.fresh();
        let gone = std::mem::replace(&mut self.clients[number], fresh);
        let stats = gone.manager.stats();
        // With the socket its place among those that are waited for is gone too.
        drop(gone);
        self.connect(number)?;
        Ok(stats)
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.step(end)?;
        }
        Ok(())
    }

    /// Lets time pass until all are connected and stand at `at`, those of a view with that hash; answers when, or
    /// nothing when that did not come in time.
    pub(crate) fn run_until_all_have(
        &mut self,
        at: u64,
        hash: Option<StateHash>,
        limit: Duration,
    ) -> Result<Option<Instant>> {
        let end = Instant::now() + limit;
        loop {
            let now = Instant::now();
            if self.clients.iter().all(|client| client.has(&self.topic, at, hash)) {
                return Ok(Some(now));
            }
            if now >= end {
                return Ok(None);
            }
            // Looking at all of them takes a while.
            self.run(Duration::from_millis(20))?;
        }
    }

    /// How many are connected.
    pub(crate) fn connected(&self) -> usize {
        self.clients.iter().filter(|client| client.manager.status() == Status::Connected).count()
    }

    /// What all of them have counted.
    pub(crate) fn stats(&self) -> impl Iterator<Item = Stats> {
        self.clients.iter().map(|client| client.manager.stats())
    }

    /// What each of them says of the time that its news took: the median and the p99.
    pub(crate) fn end_to_end(&self) -> impl Iterator<Item = EndToEnd> {
        let now = self.now();
        self.clients.iter().filter_map(move |client| client.manager.health(now).end_to_end)
    }

    /// What a client holds at the most, by its own estimate, in bytes.
    pub(crate) fn memory_max(&self) -> u64 {
        self.clients.iter().map(|client| client.manager.memory_estimate()).max().unwrap_or(0)
    }

    /// From now on it is kept when each client has got how far.
    pub(crate) fn record(&mut self) {
        self.is_recording = true;
        for client in &mut self.clients {
            client.at = client.offset(&self.topic);
        }
    }

    /// What was kept.
    pub(crate) fn arrivals(&mut self) -> Vec<Arrival> {
        self.is_recording = false;
        std::mem::take(&mut self.arrivals)
    }

    /// Keeps how far a client has got.
    fn note(&mut self, number: usize) {
        let client = &mut self.clients[number];
        let to = client.offset(&self.topic);
        let from = std::mem::replace(&mut client.at, to);
        if to > from {
            self.arrivals.push(Arrival { from, to, at: Instant::now() });
        }
    }

    fn step(&mut self, end: Instant) -> Result<()> {
        let until = self.timers.peek().map_or(end, |Reverse((at, _))| end.min(*at));
        let mut ready = std::mem::take(&mut self.ready);
        self.poll.wait(until.saturating_duration_since(Instant::now()), &mut ready)?;
        for &number in &ready {
            self.take(number)?;
        }
        self.ready = ready;
        let now = Instant::now();
        while let Some(&Reverse((at, number))) = self.timers.peek().filter(|Reverse((at, _))| *at <= now) {
            self.timers.pop();
            if self.clients[number].wakes == Some(at) {
                self.clients[number].wakes = None;
                let now = self.now();
                self.clients[number].manager.handle_input(now, Input::Timeout);
                self.drain(number)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, number: usize) -> Result<()> {
        let now = self.now();
        let Client { manager, socket, .. } = &mut self.clients[number];
        let Some((attempt, link)) = socket else { return Ok(()) };
        let attempt = *attempt;
        let heard = if link.is_connecting() {
            let asked = link.ask().and_then(|()| self.poll.change(&*link, number, Interest::Read));
            if asked.is_ok() { Heard::Going } else { Heard::Ended }
        } else {
            // Its answer may come in one piece with the handshake, so it is told of the opening first.
            let mut texts: Vec<String> = Vec::new();
            let heard = link.read(&mut self.buffer, |text| {
                texts.push(std::str::from_utf8(text)?.to_owned());
                Ok(())
            })?;
            if heard == Heard::Opened {
                manager.handle_input(now, Input::Opened(attempt));
            }
            for text in &texts {
                manager.handle_input(now, Input::Received(attempt, text));
            }
            heard
        };
        if heard == Heard::Ended {
            *socket = None;
            manager.handle_input(now, Input::Closed(attempt, None, ""));
        }
        if self.is_recording {
            self.note(number);
        }
        self.drain(number)
    }

    /// Does what a manager wants until it waits.
    fn drain(&mut self, number: usize) -> Result<()> {
        loop {
            let now = self.now();
            let client = &mut self.clients[number];
            match client.manager.poll_output() {
                Output::Connect(attempt) => match open(self.server, &self.poll, number) {
                    Ok(link) => client.socket = Some((attempt, link)),
                    Err(_) => client.manager.handle_input(now, Input::Closed(attempt, None, "")),
                },
                Output::Transmit(attempt, text) => {
                    let Some((_, link)) = client.socket.as_mut().filter(|(of, _)| *of == attempt) else {
                        continue;
                    };
                    if link.send(&text).is_err() {
                        client.socket = None;
                        client.manager.handle_input(now, Input::Closed(attempt, None, ""));
                    }
                }
                Output::Disconnect(attempt, _) => {
                    client.socket.take_if(|(of, _)| *of == attempt);
                }
                // There is no way to the server but the socket.
                Output::Fetch { fetch, .. } => client.manager.handle_input(now, Input::Fetched(fetch, None)),
                Output::Persist(_) | Output::Event(_) => {}
                Output::Wait(until) => {
                    let at = until.map(|until| self.origin + until.0);
                    if let Some(at) = at.filter(|_| client.wakes != at) {
                        self.timers.push(Reverse((at, number)));
                    }
                    client.wakes = at;
                    return Ok(());
                }
            }
        }
    }
}

impl Client {
    fn offset(&self, topic: &Topic) -> u64 {
        self.manager.position(topic).map_or(0, |position| position.offset)
    }

    fn has(&self, topic: &Topic, at: u64, hash: Option<StateHash>) -> bool {
        self.manager.status() == Status::Connected
            && self.manager.position(topic).is_some_and(|position| position.offset == at)
            && self.manager.state(topic).map(|state| state.hash()) == hash
    }
}

fn open(server: SocketAddrV4, poll: &Poll, number: usize) -> io::Result<Link> {
    let link = Link::open(server)?;
    poll.add(&link, number, Interest::Write)?;
    Ok(link)
}

/// Fails when a client has seen what must not be.
pub(crate) fn ensure_clean(stats: &Stats) -> Result<()> {
    ensure!(
        stats.gaps == 0 && stats.hash_mismatches == 0 && stats.malformed == 0,
        "a client was misled: {stats:?}"
    );
    Ok(())
}
