//! The server of a played world: it answers as one would, and says what it is told to say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use realtime_manager::Input;
use realtime_protocol::message::{
    Beat, DeltaPush, Entries, HeartbeatReply, Join, JoinMode, Joined, PHOENIX, Refusal, Reply, ResetPush,
    ResetReason, Row, RowsPush, TableJoined, TableMode, event,
};
use realtime_protocol::{Delta, Epoch, Frame, Position, State, Topic, TopicKind};
use serde::Serialize;
use serde_json::{Value, json};

use crate::script::Script;

/// How often a silent server beats.
const BEAT: Duration = Duration::from_secs(2);
/// Its wall clock at the moment 0: the first of January 2026.
const WALL_MS: u64 = 1_767_225_600_000;

/// One topic as the server has it.
#[derive(Debug, Default)]
struct Topical {
    state: State,
    /// Where the last frame of the topic stood.
    told: u64,
    /// The join of the client, while there is one.
    join: Option<String>,
    refusal: Option<String>,
}

/// A server for one client in a played world.
#[derive(Debug)]
pub struct PlayedServer {
    script: Rc<Script>,
    topics: RefCell<BTreeMap<Topic, Topical>>,
    head: RefCell<u64>,
}

impl PlayedServer {
    /// A server without any topic's state, at offset 1.
    #[must_use]
    pub fn new(script: Rc<Script>) -> Self {
        Self { script, topics: RefCell::default(), head: RefCell::new(1) }
    }

    /// What a topic's state is, for whoever joins it from now on.
    pub fn set(&self, topic: &Topic, entries: &[(&str, Value)]) {
        let entries: Entries =
            entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        // A value without a canonical text is a mistake in the script, and shows as a state without it.
        let state = State::from_entries(entries).unwrap_or_default();
        self.topics.borrow_mut().entry(topic.clone()).or_default().state = state;
    }

    /// Refuses the joins of a topic from now on, with `code: text`.
    pub fn refuse(&self, topic: &Topic, reason: &str) {
        self.topics.borrow_mut().entry(topic.clone()).or_default().refusal = Some(reason.to_owned());
    }

    /// Takes the socket that the client wants, and answers what it asks.
    pub fn accept(&self) {
        if let Some(attempt) = self.script.attempt() {
            self.script.input(Input::Opened(attempt));
            self.answer();
        }
    }

    /// Answers everything that was asked since the last time.
    pub fn answer(&self) {
        loop {
            let sent = self.script.take_sent();
            if sent.is_empty() {
                return;
            }
            for text in sent {
                self.answer_to(&text);
            }
        }
    }

    /// Closes the socket without a word.
    pub fn lose(&self) {
        for topical in self.topics.borrow_mut().values_mut() {
            topical.join = None;
        }
        if let Some(attempt) = self.script.attempt() {
            self.script.input(Input::Closed(attempt, None, ""));
        }
    }

    /// One commit that gives some keys of a view new values.
    pub fn put(&self, topic: &Topic, entries: &[(&str, Value)]) {
        let mut delta = Delta::default();
        for (key, value) in entries {
            delta.put(*key, value.clone());
        }
        let to = self.commit();
        let push = {
            let mut topics = self.topics.borrow_mut();
            let topical = topics.entry(topic.clone()).or_default();
            if topical.state.apply(&delta).is_err() || topical.join.is_none() {
                return;
            }
            let from = std::mem::replace(&mut topical.told, to);
            let at_ms = Some(self.wall_ms());
            DeltaPush { from, to, commits: to - from, hash: topical.state.hash(), delta, at_ms, last: true }
        };
        self.push(topic, event::DELTA, &push);
    }

    /// One commit of a table, with a row for each key.
    pub fn insert(&self, topic: &Topic, rows: &[(&str, Value)]) {
        let to = self.commit();
        let row = |(key, new): &(&str, Value)| Row {
            offset: to,
            op: realtime_protocol::message::RowOp::Insert,
            key: (*key).to_owned(),
            new: Some(new.clone()),
            old: None,
            at: "2026-01-01T00:00:00Z".to_owned(),
        };
        let rows = rows.iter().map(row).collect();
        let from = {
            let mut topics = self.topics.borrow_mut();
            std::mem::replace(&mut topics.entry(topic.clone()).or_default().told, to)
        };
        self.push(topic, event::ROWS, &RowsPush { from, to, rows, last: true });
    }

    /// Starts a view anew from its state, because `missed` commits are no longer there.
    pub fn reset(&self, topic: &Topic, missed: u64) {
        let push = {
            let mut topics = self.topics.borrow_mut();
            let topical = topics.entry(topic.clone()).or_default();
            topical.told = *self.head.borrow();
            ResetPush {
                reason: ResetReason::Expired,
                position: self.position(topical.told),
                hash: topical.state.hash(),
                state: topical.state.entries().clone(),
                missed: Some(missed),
            }
        };
        self.push(topic, event::RESET, &push);
    }

    /// Lets time pass on a living link: it beats, and answers what it is asked.
    pub fn pass(&self, time: Duration) {
        let end = self.script.now() + time;
        while self.script.now() < end {
            let step = end.saturating_since(self.script.now()).min(BEAT);
            self.script.advance(step);
            self.answer();
            let beat = Beat { offset: *self.head.borrow(), time_ms: self.wall_ms() };
            self.receive(&Frame::encode(None, None, PHOENIX, event::BEAT, &beat).unwrap_or_default());
        }
    }

    /// A message as it stands, whatever it is.
    pub fn receive(&self, text: &str) {
        if let Some(attempt) = self.script.attempt() {
            self.script.input(Input::Received(attempt, text));
        }
    }

    fn commit(&self) -> u64 {
        let mut head = self.head.borrow_mut();
        *head += 1;
        *head
    }

    fn wall_ms(&self) -> u64 {
        WALL_MS + self.script.now().as_millis()
    }

    fn position(&self, offset: u64) -> Position {
        Position { epoch: Epoch::new("played"), offset }
    }

    fn push(&self, topic: &Topic, event: &str, payload: &impl Serialize) {
        let join = self.topics.borrow().get(topic).and_then(|topical| topical.join.clone());
        if let Some(join) = join {
            let frame = Frame::encode(Some(&join), None, topic.as_str(), event, payload);
            self.receive(&frame.unwrap_or_default());
        }
    }

    fn answer_to(&self, text: &str) {
        let Ok(frame) = Frame::decode(text) else { return };
        let (event, reference) = (frame.event.as_ref(), frame.reference.as_deref());
        let answer = match event {
            event::HEARTBEAT => {
                let reply =
                    HeartbeatReply { time_ms: self.wall_ms(), version: "played".to_owned(), mode: None };
                json!(Reply::Ok(reply))
            }
            event::JOIN => self.joined(&frame),
            event::LEAVE => {
                if let Ok(topic) = Topic::parse(&frame.topic)
                    && let Some(topical) = self.topics.borrow_mut().get_mut(&topic)
                {
                    topical.join = None;
                }
                json!(Reply::Ok(json!({})))
            }
            _ => return,
        };
        let join = frame.join_ref.as_deref();
        let text = Frame::encode(join, reference, &frame.topic, event::REPLY, &answer);
        self.receive(&text.unwrap_or_default());
    }

    fn joined(&self, frame: &Frame<'_>) -> Value {
        let (Ok(topic), Ok(join)) = (Topic::parse(&frame.topic), frame.payload::<Join>()) else {
            return json!(Reply::<Value>::Error(Refusal { reason: "topic: not known".to_owned() }));
        };
        let mut topics = self.topics.borrow_mut();
        let topical = topics.entry(topic.clone()).or_default();
        if let Some(reason) = topical.refusal.clone() {
            return json!(Reply::<Value>::Error(Refusal { reason }));
        }
        topical.join = frame.join_ref.as_deref().map(str::to_owned);
        let before = std::mem::replace(&mut topical.told, *self.head.borrow());
        let throttle_ms = join.throttle_ms.and_then(|ms| u32::try_from(ms).ok()).unwrap_or_default();
        let position = self.position(topical.told);
        let topic_name = topic.as_str().to_owned();
        match topic.kind() {
            TopicKind::Table => {
                let mode = if join.position.is_some() { TableMode::Resumed } else { TableMode::Live };
                json!(Reply::Ok(TableJoined {
                    topic: topic_name,
                    throttle_ms,
                    position,
                    mode,
                    missed: None,
                    reason: None
                }))
            }
            TopicKind::View => {
                // Nothing was committed meanwhile that is not in the state: an empty change resumes it.
                let is_resumed = join.position.is_some_and(|held| held.offset == before && held.offset > 0)
                    && before == topical.told;
                let hash = topical.state.hash();
                let mode = if is_resumed { JoinMode::Resumed } else { JoinMode::Snapshot };
                let state = (!is_resumed).then(|| topical.state.entries().clone());
                let delta = is_resumed.then(Delta::default);
                json!(Reply::Ok(Joined {
                    topic: topic_name,
                    throttle_ms,
                    position,
                    hash,
                    mode,
                    state,
                    delta
                }))
            }
        }
    }
}
