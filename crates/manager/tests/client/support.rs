//! A manager in virtual time with a server played by the test.

#![expect(clippy::unwrap_used, reason = "a script that does not hold together is a failed test")]

use std::collections::BTreeMap;
use std::time::Duration;

use realtime_manager::{
    Attempt, CaughtUp, Config, Event, Fetch, Input, Instant, Manager, Output, Recovery, Status, StatusChange,
    TopicUpdate,
};
use realtime_protocol::close::CloseCode;
use realtime_protocol::message::Entries;
use realtime_protocol::{Epoch, Position, State, Topic};
use serde_json::{Value, json};

pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn topic(name: &str) -> Topic {
    Topic::view(name).unwrap()
}

pub(crate) fn entries(pairs: &[(&str, i64)]) -> Entries {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect()
}

pub(crate) fn without_jitter() -> Config {
    Config { recovery: Recovery { jitter: false, ..Recovery::default() }, ..Config::default() }
}

pub(crate) fn at(epoch: &str, offset: u64) -> Position {
    Position { epoch: Epoch::new(epoch), offset }
}

/// The manager, what it did, and the state that the server believes it has.
pub(crate) struct World {
    pub(crate) manager: Manager,
    pub(crate) now: Instant,
    pub(crate) live: Vec<Attempt>,
    pub(crate) most_live: usize,
    pub(crate) connects: Vec<(Duration, Attempt)>,
    pub(crate) disconnects: Vec<(Attempt, CloseCode)>,
    pub(crate) sent: Vec<(Attempt, Value)>,
    pub(crate) events: Vec<(Duration, Event)>,
    pub(crate) persisted: Vec<String>,
    pub(crate) wait: Option<Instant>,
    /// Timeouts that came when they were due.
    pub(crate) wakes: u64,
    pub(crate) recovery: Recovery,
    /// Requests over HTTP that were not answered yet.
    pub(crate) fetches: Vec<(Duration, Fetch, String, Option<String>)>,
    server: BTreeMap<Topic, State>,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        let now = Instant::default();
        let recovery = config.recovery.clone();
        Self {
            manager: Manager::new(config, now, 1),
            now,
            live: Vec::new(),
            most_live: 0,
            connects: Vec::new(),
            disconnects: Vec::new(),
            sent: Vec::new(),
            events: Vec::new(),
            persisted: Vec::new(),
            wait: None,
            wakes: 0,
            recovery,
            fetches: Vec::new(),
            server: BTreeMap::new(),
        }
    }

    /// A world that is connected, with these topics joined at offset 1 of epoch `e`.
    pub(crate) fn connected(config: Config, names: &[&str]) -> Self {
        let mut world = Self::new(config);
        for name in names {
            world.manager.subscribe(world.now, topic(name), secs(1));
        }
        world.act(Manager::connect);
        world.bring_up();
        for name in names {
            world.snapshot(name, "e", 1, &[("a", 1)]);
        }
        world.events.clear();
        world
    }

    pub(crate) fn act(&mut self, command: impl FnOnce(&mut Manager, Instant)) {
        command(&mut self.manager, self.now);
        self.drain();
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.manager.handle_input(self.now, input);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        loop {
            match self.manager.poll_output() {
                Output::Connect(attempt) => {
                    self.live.push(attempt);
                    self.most_live = self.most_live.max(self.live.len());
                    self.connects.push((self.now.0, attempt));
                }
                Output::Transmit(attempt, text) => {
                    assert_eq!(self.live.last(), Some(&attempt), "sent on a dead attempt");
                    self.sent.push((attempt, serde_json::from_str(&text).unwrap()));
                }
                Output::Disconnect(attempt, code) => {
                    assert!(self.live.contains(&attempt), "disconnected twice");
                    self.live.retain(|live| *live != attempt);
                    self.disconnects.push((attempt, code));
                }
                Output::Fetch { fetch, path, etag } => self.fetches.push((self.now.0, fetch, path, etag)),
                Output::Persist(text) => self.persisted.push(text),
                Output::Event(event) => self.events.push((self.now.0, event)),
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
            }
        }
    }

    /// Lets time pass, with every timeout at its moment.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        let mut turns = 0;
        while let Some(until) = self.wait.filter(|until| *until <= end) {
            self.now = self.now.max(until);
            self.input(Input::Timeout);
            turns += 1;
            self.wakes += 1;
            assert!(turns < 100_000, "the manager never comes to rest");
        }
        self.now = end;
    }

    /// Lets time pass while the server beats every two seconds and answers heartbeats.
    pub(crate) fn pass_alive(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            let step = end.saturating_since(self.now).min(secs(2));
            self.pass(step);
            self.answer_heartbeats();
            self.beat();
        }
    }

    pub(crate) fn attempt(&self) -> Attempt {
        *self.live.last().unwrap()
    }

    pub(crate) fn open(&mut self) {
        self.input(Input::Opened(self.attempt()));
    }

    pub(crate) fn close(&mut self, code: Option<u16>) {
        let attempt = self.live.pop().unwrap();
        self.input(Input::Closed(attempt, code.map(CloseCode), ""));
    }

    pub(crate) fn receive(&mut self, frame: &Value) {
        let attempt = self.attempt();
        self.input(Input::Received(attempt, &frame.to_string()));
    }

    pub(crate) fn answer_heartbeats(&mut self) {
        let attempt = self.attempt();
        let pending: Vec<Value> = self
            .sent
            .iter()
            .filter(|(of, frame)| *of == attempt && frame[3] == "heartbeat")
            .map(|(_, frame)| frame[1].clone())
            .collect();
        if let Some(reference) = pending.last() {
            let response = json!({"status": "ok", "response": {"time_ms": 1_000_000, "version": "1"}});
            self.receive(&json!([null, reference, "phoenix", "phx_reply", response]));
        }
    }

    pub(crate) fn heartbeats(&self) -> usize {
        self.sent.iter().filter(|(_, frame)| frame[3] == "heartbeat").count()
    }

    pub(crate) fn bring_up(&mut self) {
        self.open();
        self.answer_heartbeats();
        assert_eq!(self.manager.status(), Status::Connected);
    }

    pub(crate) fn beat(&mut self) {
        self.receive(&json!([null, null, "phoenix", "beat", {"offset": 1, "time_ms": 5}]));
    }

    /// The last request of this event, of this topic, on the living attempt.
    pub(crate) fn request(&self, name: &str, event: &str) -> Option<Value> {
        let full = topic(name);
        let attempt = self.attempt();
        let of_topic = |frame: &&(Attempt, Value)| {
            frame.0 == attempt && frame.1[2] == full.as_str() && frame.1[3] == event
        };
        self.sent.iter().rev().find(of_topic).map(|(_, frame)| frame.clone())
    }

    pub(crate) fn requests(&self, name: &str, event: &str) -> usize {
        let full = topic(name);
        self.sent.iter().filter(|(_, frame)| frame[2] == full.as_str() && frame[3] == event).count()
    }

    pub(crate) fn join_ref(&self, name: &str) -> Value {
        self.request(name, "phx_join").unwrap()[1].clone()
    }

    fn asked_ms(&self, name: &str) -> Value {
        self.request(name, "phx_join").unwrap()[4]["throttle_ms"].clone()
    }

    pub(crate) fn reply(&mut self, name: &str, status: &str, response: &Value) {
        let join_ref = self.join_ref(name);
        self.receive(&json!([join_ref, join_ref, topic(name).as_str(), "phx_reply",
            {"status": status, "response": response}]));
    }

    pub(crate) fn refuse(&mut self, name: &str, reason: &str) {
        self.reply(name, "error", &json!({"reason": reason}));
    }

    pub(crate) fn snapshot(&mut self, name: &str, epoch: &str, offset: u64, pairs: &[(&str, i64)]) {
        let state = State::from_entries(entries(pairs)).unwrap();
        let response = json!({"topic": topic(name).as_str(), "throttle_ms": self.asked_ms(name), "position": at(epoch, offset),
            "hash": state.hash(), "mode": "snapshot", "state": state.entries()});
        self.server.insert(topic(name), state);
        self.reply(name, "ok", &response);
    }

    fn change(&mut self, name: &str, pairs: &[(&str, i64)]) -> (Value, Value) {
        let state = self.server.get_mut(&topic(name)).unwrap();
        let put = json!(entries(pairs));
        state.apply(&serde_json::from_value(json!({"put": put})).unwrap()).unwrap();
        (put, json!(state.hash()))
    }

    pub(crate) fn resumed(&mut self, name: &str, epoch: &str, offset: u64, pairs: &[(&str, i64)]) {
        let (put, hash) = self.change(name, pairs);
        let response = json!({"topic": topic(name).as_str(), "throttle_ms": self.asked_ms(name), "position": at(epoch, offset),
            "hash": hash, "mode": "resumed", "delta": {"put": put, "drop": []}});
        self.reply(name, "ok", &response);
    }

    pub(crate) fn delta(&mut self, name: &str, (from, to): (u64, u64), pairs: &[(&str, i64)], last: bool) {
        let (put, hash) = self.change(name, pairs);
        self.delta_with_hash(name, (from, to), &put, &hash, last);
    }

    /// A delta that ends its tick, whose oldest change was committed at `at_ms`.
    pub(crate) fn delta_of(
        &mut self,
        name: &str,
        (from, to): (u64, u64),
        pairs: &[(&str, i64)],
        at_ms: Option<u64>,
    ) {
        let (put, hash) = self.change(name, pairs);
        self.receive(&json!([null, null, topic(name).as_str(), "delta", {"from": from, "to": to,
            "commits": to - from, "hash": hash, "put": put, "drop": [], "at_ms": at_ms, "last": true}]));
    }

    pub(crate) fn delta_with_hash(
        &mut self,
        name: &str,
        (from, to): (u64, u64),
        put: &Value,
        hash: &Value,
        last: bool,
    ) {
        self.receive(&json!([null, null, topic(name).as_str(), "delta", {"from": from, "to": to,
            "commits": to - from, "hash": hash, "put": put, "drop": [], "last": last}]));
    }

    pub(crate) fn reset(
        &mut self,
        name: &str,
        reason: &str,
        position: &Position,
        pairs: &[(&str, i64)],
        missed: Option<u64>,
    ) {
        let state = State::from_entries(entries(pairs)).unwrap();
        let join_ref = self.join_ref(name);
        let frame = json!([join_ref, null, topic(name).as_str(), "reset", {"reason": reason, "position": position,
            "hash": state.hash(), "state": state.entries(), "missed": missed}]);
        self.server.insert(topic(name), state);
        self.receive(&frame);
    }

    pub(crate) fn value(&self, name: &str, key: &str) -> Option<i64> {
        self.manager.state(&topic(name))?.get(key)?.as_i64()
    }

    pub(crate) fn offset(&self, name: &str) -> Option<u64> {
        self.manager.position(&topic(name)).map(|position| position.offset)
    }

    pub(crate) fn statuses(&self) -> Vec<StatusChange> {
        self.events
            .iter()
            .filter_map(
                |(_, event)| if let Event::Status(change) = event { Some(change.clone()) } else { None },
            )
            .collect()
    }

    pub(crate) fn batches(&self) -> Vec<Vec<TopicUpdate>> {
        self.events
            .iter()
            .filter_map(|(_, event)| if let Event::Batch(batch) = event { Some(batch.clone()) } else { None })
            .collect()
    }

    pub(crate) fn caught_up(&self) -> Option<CaughtUp> {
        self.events.iter().rev().find_map(|(_, event)| {
            if let Event::CaughtUp(caught_up) = event { Some(*caught_up) } else { None }
        })
    }
}
