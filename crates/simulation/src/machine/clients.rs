//! The viewers' drivers and users.

use std::collections::VecDeque;
use std::time::Duration;

use realtime_manager::{
    Attempt, Config, Event, Input, Instant, Manager, Options, Output, Status, SubscriptionId, TopicChange,
};
use realtime_protocol::close::CloseCode;
use realtime_protocol::{Topic, TopicKind};

use super::readers::Reader;
use super::{Machine, What};
use crate::frames::{self, ServerFrame};
use crate::truth::SYSTEM;
use crate::watch::{BUDGET, Broken, Rule, UNKNOWN, Watch, Wish};
use crate::wire::Way;
use crate::{boards, rows};

/// Wished intervals, in milliseconds; slower ones would only make the end later.
const INTERVALS_MS: [u64; 6] = [0, 100, 300, 1_000, 2_000, 5_000];

/// What reaches a viewer's process.
#[derive(Debug)]
pub(super) enum Arrival {
    Opened,
    Bytes(Vec<u8>),
    Closed,
}

/// One viewer.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) manager: Manager,
    pub(super) watch: Watch,
    pub(super) reader: Reader,
    /// The socket that it holds.
    pub(super) conn: Option<(u64, Attempt)>,
    bytes: VecDeque<u8>,
    wake: Option<Duration>,
    is_frozen: bool,
    pub(super) is_hidden: bool,
    inbox: VecDeque<(u64, Arrival)>,
    subscriptions: Vec<SubscriptionId>,
    /// Those of them that have a pace of their own.
    paced: Vec<SubscriptionId>,
}

impl Client {
    pub(super) fn new(n: usize, seed: u64, reader: Reader) -> Self {
        Self {
            manager: Manager::new(
                Config { memory_budget: BUDGET, ..Config::default() },
                Instant::default(),
                seed,
            ),
            watch: Watch::new(n),
            reader,
            conn: None,
            bytes: VecDeque::new(),
            wake: None,
            is_frozen: false,
            is_hidden: false,
            inbox: VecDeque::new(),
            subscriptions: Vec::new(),
            paced: Vec::new(),
        }
    }

    fn input(&mut self, now: Duration, input: Input<'_>) {
        self.watch.at(now);
        if matches!(input, Input::Network { online: true } | Input::Visibility { hidden: false }) {
            self.watch.nudged_at = Some(now);
        }
        self.manager.handle_input(Instant(now), input);
    }
}

impl Machine {
    pub(super) fn client_wake(&mut self, n: usize) -> Result<(), Broken> {
        let now = self.now;
        let client = &mut self.clients[n];
        if client.is_frozen || client.wake.is_none_or(|wake| wake > now) {
            return Ok(());
        }
        client.wake = None;
        client.input(now, Input::Timeout);
        self.trace.note("timeout", n as u64, &[]);
        self.drain(n)
    }

    pub(super) fn thaw(&mut self, n: usize) -> Result<(), Broken> {
        if !std::mem::take(&mut self.clients[n].is_frozen) {
            return Ok(());
        }
        self.clients[n].watch.is_late = true;
        while let Some((id, arrival)) = self.clients[n].inbox.pop_front() {
            self.arrive(n, id, arrival)?;
        }
        self.client_wake(n)?;
        self.clients[n].watch.is_late = false;
        Ok(())
    }

    pub(super) fn freeze(&mut self) {
        let n = self.rng.usize(..self.clients.len());
        self.clients[n].is_frozen = true;
        self.after_ms(50..20_000, What::Thaw(n));
    }

    pub(super) fn client_arrival(&mut self, id: u64, arrival: Arrival) -> Result<(), Broken> {
        let Some(n) = self.conns.get(&id).map(|conn| conn.client) else { return Ok(()) };
        if self.clients[n].is_frozen {
            self.clients[n].inbox.push_back((id, arrival));
            return Ok(());
        }
        self.arrive(n, id, arrival)
    }

    fn arrive(&mut self, n: usize, id: u64, arrival: Arrival) -> Result<(), Broken> {
        let (now, client) = (self.now, &mut self.clients[n]);
        let Some((_, attempt)) = client.conn.filter(|(held, _)| *held == id) else { return Ok(()) };
        match arrival {
            Arrival::Opened => {
                self.trace.note("opened", id, &[]);
                client.input(now, Input::Opened(attempt));
                self.accept(id);
                self.drain(n)
            }
            Arrival::Bytes(bytes) => {
                client.bytes.extend(bytes);
                self.read(n, id, attempt)
            }
            Arrival::Closed => self.closed(n, id, attempt, None),
        }
    }

    fn read(&mut self, n: usize, id: u64, attempt: Attempt) -> Result<(), Broken> {
        loop {
            let (now, client) = (self.now, &mut self.clients[n]);
            if client.conn.is_none_or(|(held, _)| held != id) {
                return Ok(());
            }
            match frames::take_server(&mut client.bytes) {
                None => return Ok(()),
                Some(ServerFrame::Close(code)) => return self.closed(n, id, attempt, code.map(CloseCode)),
                Some(ServerFrame::Text(text)) => {
                    self.trace.note("received", id, text.as_bytes());
                    client.watch.answer(id, &text)?;
                    client.watch.tally.frames += 1;
                    client.watch.tally.bytes += text.len() as u64;
                    client.input(now, Input::Received(attempt, &text));
                    self.drain(n)?;
                }
            }
        }
    }

    fn closed(&mut self, n: usize, id: u64, attempt: Attempt, code: Option<CloseCode>) -> Result<(), Broken> {
        self.trace.note("closed", id, &[]);
        self.clients[n].conn = None;
        self.clients[n].input(self.now, Input::Closed(attempt, code, ""));
        self.drain(n)
    }

    /// Does what the manager wants until it waits.
    fn drain(&mut self, n: usize) -> Result<(), Broken> {
        loop {
            self.clients[n].watch.at(self.now);
            match self.clients[n].manager.poll_output() {
                Output::Connect(attempt) => self.open(n, attempt)?,
                Output::Transmit(attempt, text) => self.transmit(n, attempt, &text)?,
                Output::Disconnect(attempt, _) => self.hang_up(n, attempt),
                // This network lets HTTP through no better than sockets.
                Output::Fetch { fetch, .. } => self.clients[n].input(self.now, Input::Fetched(fetch, None)),
                // What a viewer prefers has its own tests; here nobody chooses.
                Output::Persist(_) => {}
                Output::Event(event) => self.tell(n, &event)?,
                Output::Wait(until) => {
                    let (now, client) = (self.now, &mut self.clients[n]);
                    let until = until.map(|until| until.0);
                    if client.watch.wish == Wish::Asking {
                        client.watch.wish = Wish::Open;
                    }
                    client.watch.settled(&client.manager, until, &self.truths)?;
                    if client.wake != until {
                        client.wake = until;
                        if let Some(at) = until {
                            self.queue.push(at.max(now), What::ClientWake(n));
                        }
                    }
                    return Ok(());
                }
            }
        }
    }

    fn tell(&mut self, n: usize, event: &Event) -> Result<(), Broken> {
        let client = &mut self.clients[n];
        client.watch.event(event, &self.truths)?;
        match event {
            Event::Batch(updates) => {
                for update in updates {
                    let kind = match update.change {
                        TopicChange::Snapshot(_) => "snapshot",
                        TopicChange::Resumed(_) => "resumed",
                        TopicChange::Delta(_) => "delta",
                        TopicChange::Reset { .. } => "reset",
                    };
                    self.trace.note(kind, update.position.offset, &update.hash.0.to_le_bytes());
                }
                client.watch.one_tick(&client.manager, updates, &self.truths)
            }
            Event::Deliveries(deliveries) => {
                for each in deliveries {
                    self.trace.note("delivered", each.position.offset, &each.subscription.0.to_le_bytes());
                }
                client.watch.delivered(&client.manager, deliveries, &self.truths)
            }
            Event::Rows(update) => {
                self.trace.note("rows", update.position.offset, &update.rows.len().to_le_bytes());
                client.watch.rows(update, &self.truths)
            }
            Event::Resynchronised { topic, reason, missed } if topic.kind() == TopicKind::Table => {
                self.trace.note("rows restarted", missed.unwrap_or(0), reason.as_str().as_bytes());
                client.watch.rows_restarted(topic, *reason, *missed, &client.manager, &self.truths)
            }
            Event::Status(change) => {
                self.trace.note(change.to.as_str(), u64::from(change.attempt), &[]);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, n: usize, attempt: Attempt) -> Result<(), Broken> {
        let client = &mut self.clients[n];
        client.watch.tally.attempts += 1;
        client.watch.acted("connect")?;
        let id = self.connect(n);
        let client = &mut self.clients[n];
        client.conn = Some((id, attempt));
        client.bytes.clear();
        Ok(())
    }

    fn transmit(&mut self, n: usize, attempt: Attempt, text: &str) -> Result<(), Broken> {
        let client = &mut self.clients[n];
        client.watch.tally.frames_sent += 1;
        client.watch.tally.bytes_sent += text.len() as u64;
        client.watch.acted(text)?;
        let Some((id, _)) = client.conn.filter(|(_, held)| *held == attempt) else {
            return Err(client.watch.broken(Rule::Silence, format!("{text} on a socket that is gone")));
        };
        self.trace.note("sent", id, text.as_bytes());
        self.send(id, Way::ToServer, &frames::client_text(text));
        Ok(())
    }

    fn hang_up(&mut self, n: usize, attempt: Attempt) {
        let Some((id, _)) = self.clients[n].conn.take_if(|(_, held)| *held == attempt) else { return };
        self.trace.note("hung up", id, &[]);
        self.close_towards(id, Way::ToServer);
        // Some drivers tell the end of a socket that was given back; it must do nothing.
        if self.rng.bool() {
            self.clients[n].watch.tally.stale_inputs += 1;
            self.clients[n].input(self.now, Input::Closed(attempt, None, ""));
        }
    }

    /// One user presses something, now and then all of it.
    pub(super) fn user(&mut self, n: usize) -> Result<(), Broken> {
        if self.is_calm {
            return Ok(());
        }
        let is_hasty = self.rng.u8(..4) == 0;
        self.after_ms(if is_hasty { 0..30 } else { 100..6_000 }, What::User(n));
        if self.clients[n].is_frozen {
            return Ok(());
        }
        let choice = if self.clients[n].manager.status() == Status::Disconnected && self.rng.bool() {
            0
        } else {
            self.rng.u8(..24)
        };
        self.trace.note("user", n as u64, &[choice]);
        match choice {
            0..=2 => self.press_connect(n, choice == 2),
            3 => self.press_disconnect(n),
            4..=9 => self.press_subscribe(n),
            10..=14 => self.press_unsubscribe(n),
            15..=17 => self.show(n, !self.clients[n].is_hidden),
            20 | 21 => self.press_options(n),
            22 | 23 => self.press_pause(n, choice == 22),
            _ => {
                self.clients[n].input(self.now, Input::Network { online: choice == 18 });
                self.drain(n)
            }
        }
    }

    pub(super) fn press_connect(&mut self, n: usize, is_retry: bool) -> Result<(), Broken> {
        let (now, client) = (self.now, &mut self.clients[n]);
        client.watch.at(now);
        client.watch.wish = Wish::Asking;
        if is_retry {
            client.manager.retry(Instant(now))
        } else {
            client.manager.connect(Instant(now))
        }
        self.drain(n)
    }

    pub(super) fn press_disconnect(&mut self, n: usize) -> Result<(), Broken> {
        let (now, client) = (self.now, &mut self.clients[n]);
        client.watch.at(now);
        client.watch.wish = Wish::Gone;
        client.manager.disconnect(Instant(now));
        self.drain(n)
    }

    pub(super) fn press_subscribe(&mut self, n: usize) -> Result<(), Broken> {
        let name = if self.rng.u8(..12) == 0 {
            UNKNOWN.to_owned()
        } else {
            let is_slow = self.clients[n].reader.is_slow;
            let tables = rows::TOPICS.iter().filter(|topic| !is_slow || **topic != rows::IMPORTS);
            let all: Vec<&str> = boards::TOPICS.iter().chain(tables).chain([&SYSTEM]).copied().collect();
            all.get(self.rng.usize(..all.len())).copied().unwrap_or(UNKNOWN).to_owned()
        };
        let throttle = Duration::from_millis(INTERVALS_MS[self.rng.usize(..INTERVALS_MS.len())]);
        let (now, client) = (self.now, &mut self.clients[n]);
        client.watch.at(now);
        let topic = Topic::parse(&name).map_err(|error| client.watch.broken(Rule::Refusal, error))?;
        if self.rng.bool() {
            client.subscriptions.push(client.manager.subscribe(Instant(now), topic, throttle));
        } else {
            let options = Options { throttle, ..options(&mut self.rng) };
            let id = client.manager.subscribe_at(Instant(now), topic, options);
            client.watch.paces.chose(id, options);
            client.subscriptions.push(id);
            client.paced.push(id);
        }
        self.drain(n)
    }

    fn press_options(&mut self, n: usize) -> Result<(), Broken> {
        let (now, client) = (self.now, &mut self.clients[n]);
        if client.paced.is_empty() {
            return Ok(());
        }
        let id = client.paced[self.rng.usize(..client.paced.len())];
        let options = options(&mut self.rng);
        client.watch.at(now);
        client.watch.paces.chose(id, options);
        client.manager.set_options(Instant(now), id, options);
        self.drain(n)
    }

    /// Pauses one subscriber, or resumes all: in the end nobody may be left out.
    pub(super) fn press_pause(&mut self, n: usize, is_pause: bool) -> Result<(), Broken> {
        let (now, client) = (self.now, &mut self.clients[n]);
        client.watch.at(now);
        if is_pause && !client.subscriptions.is_empty() {
            let id = client.subscriptions[self.rng.usize(..client.subscriptions.len())];
            client.manager.pause(Instant(now), id);
        } else {
            for id in &client.subscriptions {
                client.manager.resume(Instant(now), *id);
            }
        }
        self.drain(n)
    }

    fn press_unsubscribe(&mut self, n: usize) -> Result<(), Broken> {
        let (now, client) = (self.now, &mut self.clients[n]);
        if client.subscriptions.is_empty() {
            return Ok(());
        }
        client.watch.at(now);
        let id = client.subscriptions.swap_remove(self.rng.usize(..client.subscriptions.len()));
        client.paced.retain(|paced| *paced != id);
        client.watch.paces.went(id);
        client.manager.unsubscribe(Instant(now), id);
        self.drain(n)
    }

    pub(super) fn show(&mut self, n: usize, hidden: bool) -> Result<(), Broken> {
        self.clients[n].is_hidden = hidden;
        self.clients[n].input(self.now, Input::Visibility { hidden });
        self.drain(n)
    }
}

/// A pace as somebody may choose it.
fn options(rng: &mut fastrand::Rng) -> Options {
    Options {
        throttle: Duration::from_millis(INTERVALS_MS[rng.usize(..INTERVALS_MS.len())]),
        batch_window: Duration::from_millis([0, 0, 50, 700][rng.usize(..4)]),
        batch_size: [u32::MAX, 1, 3][rng.usize(..3)],
        priority: rng.u8(..3),
    }
}
