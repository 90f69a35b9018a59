//! Any bytes from the network: no panic, every text counted once, the hash always that of the state,
//! and a server that speaks properly again is understood at once.
//!
//! Lines are frames. In a line `$1` stands for the reference of the last heartbeat, `$2` and `$4` for those
//! of the last joins of the view and of the table, `$3` for the hash that the state has, `$5` for the offset
//! of the table; so a mutation gets past the first check of a frame.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use realtime_manager::{
    Attempt, Circuit, Config, Event, Input, Instant, Manager, Output, Recovery, RowsUpdate, Status,
};
use realtime_protocol::message::{Entries, Reply, event};
use realtime_protocol::{Frame, Position, State, Topic};
use serde_json::{Value, json};

const TABLE: &str = "table:games";

fn table() -> Topic {
    Topic::parse(TABLE).expect("a topic")
}

struct Viewer {
    manager: Manager,
    now: Instant,
    attempt: Option<Attempt>,
    is_open: bool,
    heartbeat: String,
    join: String,
    table_join: String,
    /// The offset of the last row that was told, in the epoch of then.
    told: Option<Position>,
    wait: Option<Instant>,
}

impl Viewer {
    fn new(topic: &Topic) -> Self {
        let recovery = Recovery { max_retries: None, jitter: false, ..Recovery::default() };
        let config = Config { recovery, ..Config::default() };
        let now = Instant::default();
        let mut manager = Manager::new(config, now, 1);
        manager.subscribe(now, topic.clone(), Duration::ZERO);
        manager.subscribe(now, table(), Duration::ZERO);
        manager.connect(now);
        let mut viewer = Self {
            manager,
            now,
            attempt: None,
            is_open: false,
            heartbeat: String::new(),
            join: String::new(),
            table_join: String::new(),
            told: None,
            wait: None,
        };
        viewer.drain();
        viewer
    }

    fn drain(&mut self) {
        loop {
            match self.manager.poll_output() {
                Output::Connect(attempt) => (self.attempt, self.is_open) = (Some(attempt), false),
                Output::Disconnect(..) => self.attempt = None,
                Output::Transmit(_, text) => self.sent(&text),
                Output::Event(Event::Status(change)) => {
                    assert_ne!(change.to, Status::Error, "nothing is final here")
                }
                Output::Event(Event::Rows(update)) => self.rows(&update),
                Output::Event(Event::Resynchronised { topic, .. }) if topic == table() => self.told = None,
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
                _ => {}
            }
        }
    }

    fn sent(&mut self, text: &str) {
        let frame = Frame::decode(text).expect("what is sent can be read");
        let reference = frame.reference.clone().unwrap_or_default().into_owned();
        match &*frame.event {
            event::HEARTBEAT => self.heartbeat = reference,
            event::JOIN if frame.topic == TABLE => self.table_join = reference,
            event::JOIN => self.join = reference,
            _ => {}
        }
    }

    /// Rows of one epoch go forward and none comes twice.
    fn rows(&mut self, update: &RowsUpdate) {
        let mut newest =
            self.told.as_ref().filter(|told| told.epoch == update.position.epoch).map(|told| told.offset);
        for row in &update.rows {
            assert!(newest.is_none_or(|newest| newest <= row.offset) && row.offset <= update.position.offset);
            newest = Some(row.offset);
        }
        let before = self.told.replace(update.position.clone());
        let first = update.rows.first().map(|row| row.offset);
        let is_new = before.filter(|before| before.epoch == update.position.epoch);
        assert!(is_new.is_none_or(|before| first.is_none_or(|first| first > before.offset)));
    }

    fn receive(&mut self, text: &str) {
        let Some(attempt) = self.attempt.filter(|_| self.is_open) else { return };
        let before = self.manager.stats();
        self.manager.handle_input(self.now, Input::Received(attempt, text));
        self.drain();
        let after = self.manager.stats();
        assert_eq!(after.frames, before.frames + 1);
        assert!(
            after.malformed <= after.frames
                && after.updates + after.rows_duplicate <= before.updates + 100_000
        );
    }

    /// Lets time pass until there is an open connection.
    fn open(&mut self) {
        for _ in 0..1000 {
            if let Some(attempt) = self.attempt {
                if !self.is_open {
                    self.is_open = true;
                    self.manager.handle_input(self.now, Input::Opened(attempt));
                    self.drain();
                }
                return;
            }
            self.now = self.wait.unwrap_or(self.now).max(self.now);
            self.manager.handle_input(self.now, Input::Timeout);
            self.drain();
        }
        panic!("no attempt follows");
    }

    fn hash(&self, topic: &Topic) -> Option<String> {
        let state = self.manager.state(topic)?;
        let counted =
            State::from_entries(state.entries().clone()).expect("a state that is held can be hashed");
        assert_eq!(counted.hash(), state.hash());
        Some(state.hash().to_string())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let topic = Topic::view("metrics").expect("a topic");
    let mut viewer = Viewer::new(&topic);
    viewer.open();
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let hash = viewer.hash(&topic).unwrap_or_default();
        let text = String::from_utf8_lossy(line)
            .replace("$1", &viewer.heartbeat)
            .replace("$2", &viewer.join)
            .replace("$3", &hash)
            .replace("$4", &viewer.table_join)
            .replace(
                "$5",
                &viewer.manager.position(&table()).map_or(0, |position| position.offset).to_string(),
            );
        viewer.receive(&text);
        viewer.open();
    }
    speaks_properly_again(&mut viewer, &topic);
});

fn of_view(viewer: &Viewer, topic: &Topic) -> Circuit {
    let infos = viewer.manager.subscriptions();
    infos.into_iter().find(|info| info.topic == *topic).map(|info| info.circuit).unwrap_or_default()
}

fn speaks_properly_again(viewer: &mut Viewer, topic: &Topic) {
    // A topic that failed too often is left alone for its time first.
    if let Circuit::Open { until } = of_view(viewer, topic) {
        viewer.now = viewer.now.max(until);
    }
    if let Some(attempt) = viewer.attempt.take() {
        viewer.manager.handle_input(viewer.now, Input::Closed(attempt, None, ""));
        viewer.drain();
    }
    viewer.open();
    let entries: Entries = [("games".to_owned(), Value::from(7))].into();
    let state = State::from_entries(entries.clone()).expect("a state");
    let beat = json!([null, viewer.heartbeat, "phoenix", "phx_reply",
        {"status": "ok", "response": {"time_ms": 1, "version": "1"}}]);
    viewer.receive(&beat.to_string());
    assert_eq!(viewer.manager.status(), Status::Connected);
    let joined = Reply::Ok(json!({"topic": topic.as_str(), "throttle_ms": 0, "hash": state.hash(),
        "position": {"epoch": "e", "offset": 9}, "mode": "snapshot", "state": entries}));
    let join = viewer.join.clone();
    let answer =
        Frame::encode(Some(&join), Some(&join), topic.as_str(), event::REPLY, &joined).expect("a frame");
    viewer.receive(&answer);
    assert_eq!(viewer.manager.state(topic).map(State::entries), Some(state.entries()));
}
