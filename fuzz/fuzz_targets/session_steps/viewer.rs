//! What a viewer is told, held against what is true.

use std::collections::BTreeMap;
use std::time::Duration;

use realtime_protocol::message::{
    Beat, DeltaPush, JoinMode, Joined, Reply, ResetPush, ResetReason, Row, RowsPush, TableJoined, TableMode,
    event,
};
use realtime_protocol::{Frame, Position, State, StateHash, Topic, TopicKind};
use realtime_server::limits::BEAT_AFTER;
use serde_json::Value;

use crate::server::{EPOCH, Server};
use crate::truth::Truth;

enum Seen {
    View { class_ms: u32, at: u64, state: State },
    Table { at: u64, pieces: Vec<Row> },
}

#[derive(Default)]
pub struct Viewer {
    seen: BTreeMap<Topic, Seen>,
    /// With what position each topic was joined last.
    pub asked: BTreeMap<Topic, Option<Position>>,
    /// Of each delta since [`Viewer::end`]: its class, and whether it says that it is the last; a state says nothing.
    tick: Vec<(u32, Option<bool>)>,
    told_at: Duration,
}

impl Viewer {
    /// One message.
    pub fn take(&mut self, server: &Server, text: &str) {
        let frame = Frame::decode(text).expect("it can be read");
        let truth = &server.truth;
        let now = server.now.instant;
        let told_at = std::mem::replace(&mut self.told_at, now);
        if &*frame.event == event::BEAT {
            let beat: Beat = frame.payload().expect("a beat");
            assert_eq!((beat.offset, beat.time_ms), (truth.head(), server.now.wall_ms));
            assert!(now >= told_at + BEAT_AFTER, "only into silence");
        }
        // A refused join can have any topic.
        let Ok(topic) = Topic::parse(&frame.topic) else { return };
        match &*frame.event {
            event::REPLY => self.replied(truth, topic, frame.payload().expect("a reply")),
            event::CLOSE | event::ERROR => {
                self.seen.remove(&topic);
            }
            event::DELTA => self.delta(truth, &topic, frame.payload().expect("a delta")),
            event::RESET => self.reset(truth, &topic, frame.payload().expect("a reset")),
            event::ROWS => self.rows(truth, &topic, frame.payload().expect("rows")),
            other => panic!("{other} of {topic:?}"),
        }
    }

    /// A frame that says nothing but that somebody is there.
    pub fn take_pong(&mut self, server: &Server) {
        self.told_at = server.now.instant;
    }

    /// The answer to one input has ended: of each class the last delta says so and no other.
    pub fn end(&mut self) {
        let mut later = Vec::new();
        for (class_ms, last) in self.tick.drain(..).rev() {
            assert!(last.is_none_or(|last| last != later.contains(&class_ms)), "the last says so");
            later.push(class_ms);
        }
    }

    /// Nothing is missing, now that everything was told.
    pub fn check(&self, truth: &Truth) {
        for (topic, seen) in &self.seen {
            match seen {
                Seen::View { state, .. } => {
                    assert!(truth.is_newest(topic, state.entries()), "{topic:?} {state:?}")
                }
                Seen::Table { at, pieces } => {
                    assert!(pieces.is_empty());
                    assert!(
                        truth.rows(topic, *at, truth.head()).is_none_or(|rows| rows.is_empty()),
                        "{topic:?}"
                    );
                }
            }
        }
    }

    pub fn topics(&self) -> usize {
        self.seen.len()
    }

    fn replied(&mut self, truth: &Truth, topic: Topic, reply: Reply<Value>) {
        // Only joins are answered with a position.
        let Reply::Ok(response) = reply else { return };
        if response.get("position").is_none() {
            return;
        }
        let asked = self.asked.remove(&topic).expect("it was asked for");
        let seen = match topic.kind() {
            TopicKind::View => view(truth, &topic, asked, serde_json::from_value(response).expect("a join")),
            TopicKind::Table => {
                table(truth, &topic, asked, serde_json::from_value(response).expect("a join"))
            }
        };
        assert!(self.seen.insert(topic, seen).is_none(), "the join before has ended");
    }

    fn delta(&mut self, truth: &Truth, topic: &Topic, push: DeltaPush) {
        let Some(Seen::View { class_ms, at, state }) = self.seen.get_mut(topic) else {
            panic!("{topic:?} is not joined")
        };
        let is_observed = *topic == Topic::system();
        assert!(push.from == *at && (push.to > push.from || is_observed && push.to == push.from), "{push:?}");
        assert_eq!(push.commits, push.to - push.from);
        // Commits come so many seconds after 1970.
        assert!(push.at_ms.is_none_or(|ms| (push.from + 1..=push.to).contains(&(ms / 1_000))), "{push:?}");
        state.apply(&push.delta).expect("it can be applied");
        *at = push.to;
        self.tick.push((*class_ms, Some(push.last)));
        holds(truth, topic, *at, state, push.hash);
    }

    fn reset(&mut self, truth: &Truth, topic: &Topic, push: ResetPush) {
        let Some(Seen::View { class_ms, at, state }) = self.seen.get_mut(topic) else {
            panic!("{topic:?} is not joined")
        };
        let to = position(&push.position);
        assert!(to >= *at, "nobody is led back");
        assert!(push.missed.is_none_or(|missed| missed == to - *at));
        (*at, *state) = (to, State::from_entries(push.state).expect("a state"));
        self.tick.push((*class_ms, None));
        holds(truth, topic, to, state, push.hash);
    }

    fn rows(&mut self, truth: &Truth, topic: &Topic, push: RowsPush) {
        let Some(Seen::Table { at, pieces }) = self.seen.get_mut(topic) else {
            panic!("{topic:?} is not joined")
        };
        assert!(push.from == *at && push.to > push.from && push.to <= truth.head(), "{push:?}");
        pieces.extend(push.rows);
        if push.last {
            let rows = std::mem::take(pieces);
            assert!(rows.is_sorted_by_key(|row| row.offset));
            assert!(rows.iter().all(|row| *at < row.offset && row.offset <= push.to));
            assert!(truth.rows(topic, *at, push.to).is_none_or(|expected| expected == rows), "{rows:?}");
            *at = push.to;
        }
    }
}

fn view(truth: &Truth, topic: &Topic, asked: Option<Position>, joined: Joined) -> Seen {
    let at = position(&joined.position);
    let state = match (joined.mode, joined.state, joined.delta) {
        (JoinMode::Snapshot, Some(entries), None) => State::from_entries(entries).expect("a state"),
        (JoinMode::Resumed, None, Some(delta)) => {
            let from = position(&asked.expect("a position was asked for"));
            assert!(from <= at, "nobody is led back");
            let mut state = State::from_entries(truth.view(topic, from)).expect("a state");
            state.apply(&delta).expect("it can be applied");
            state
        }
        other => panic!("{other:?}"),
    };
    holds(truth, topic, at, &state, joined.hash);
    Seen::View { class_ms: joined.throttle_ms, at, state }
}

fn table(truth: &Truth, topic: &Topic, asked: Option<Position>, joined: TableJoined) -> Seen {
    let at = position(&joined.position);
    assert!(at <= truth.head());
    let same = asked.as_ref().filter(|asked| asked.epoch.as_str() == EPOCH).map(|asked| asked.offset);
    match (joined.mode, joined.reason) {
        (TableMode::Live, None) => assert_eq!(asked, None),
        (TableMode::Resumed, None) => assert_eq!(same, Some(at)),
        (TableMode::Reset, Some(ResetReason::Epoch)) => assert!(asked.is_some() && same.is_none()),
        (TableMode::Reset, Some(ResetReason::Ahead)) => assert!(same > Some(at)),
        (TableMode::Reset, Some(ResetReason::Expired)) => {
            assert_eq!(same.map(|same| at - same), joined.missed, "{topic:?}");
        }
        other => panic!("{other:?}"),
    }
    Seen::Table { at, pieces: Vec::new() }
}

fn position(position: &Position) -> u64 {
    assert_eq!(position.epoch.as_str(), EPOCH);
    position.offset
}

fn holds(truth: &Truth, topic: &Topic, offset: u64, state: &State, hash: StateHash) {
    assert_eq!(state.hash(), hash, "{topic:?} at {offset}");
    assert!(truth.is_state(topic, offset, state.entries()), "{topic:?} at {offset}: {state:?}");
}
