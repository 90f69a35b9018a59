//! A view that changes without commits, in virtual time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod common;
#[path = "common/drive.rs"]
mod drive;

use std::time::Duration;

use common::{Counters, add, commit};
use realtime_protocol::{Delta, Epoch, Position, State, Topic};
use realtime_server::hub::Hub;
use realtime_server::session::{Now, Session};
use serde_json::{Value, json};

/// A viewer of the observed view, each second told at most once.
struct Viewer {
    session: Session,
    state: State,
    events: Vec<String>,
}

struct Room {
    hub: Hub,
    now: Now,
}

impl Room {
    fn new() -> Self {
        let position = Position { epoch: Epoch::new("e"), offset: 0 };
        let mut room = Self {
            hub: Hub::new(position, Box::new(Counters::default())),
            now: Now { instant: Duration::ZERO, wall_ms: 0 },
        };
        room.observe(0);
        room
    }

    fn observe(&mut self, number: u64) {
        let entries = [("n".to_owned(), number.into()), ("same".to_owned(), 1.into())];
        self.hub.observe(&Topic::system(), State::from_entries(entries.into()).unwrap());
    }

    fn join(&mut self, position: Option<u64>) -> (Viewer, Value) {
        let session = Session::new(Epoch::new("e"), 0, "1", self.now);
        let mut viewer = Viewer { session, state: State::default(), events: Vec::new() };
        let position = position.map(|offset| json!({"epoch": "e", "offset": offset}));
        let join = json!(["1", "1", "view:system", "phx_join", {"throttle_ms": 1000, "position": position}]);
        viewer.session.handle_text(self.now, &join.to_string());
        let answer = self.take(&mut viewer).remove(0);
        (viewer, answer)
    }

    /// Takes what was sent to a viewer, and keeps its state by it.
    fn take(&mut self, viewer: &mut Viewer) -> Vec<Value> {
        let sent =
            drive::drain(&mut viewer.session, &mut self.hub, self.now, |_, _| panic!("rows of a view"));
        self.apply(viewer, &sent);
        sent
    }

    fn apply(&self, viewer: &mut Viewer, sent: &[Value]) {
        for frame in sent {
            let payload = if frame[3] == "phx_reply" { &frame[4]["response"] } else { &frame[4] };
            match payload.get("state") {
                Some(state) => {
                    viewer.state =
                        State::from_entries(serde_json::from_value(state.clone()).unwrap()).unwrap();
                }
                None => {
                    let delta: Delta = serde_json::from_value(payload.clone()).unwrap();
                    viewer.state.apply(&delta).unwrap();
                }
            }
            assert_eq!(payload["hash"], viewer.state.hash().to_string(), "{frame}");
            viewer.events.push(frame[3].as_str().unwrap().to_owned());
        }
    }

    /// Lets a second pass and tells those who can be written to.
    fn tell(&mut self, viewers: &mut [&mut Viewer]) {
        self.now.instant += Duration::from_secs(1);
        for (class, tick) in self.hub.flush(self.now.instant).unwrap() {
            for viewer in &mut *viewers {
                let ready = drive::tick(&mut viewer.session, self.now, class, &tick);
                self.apply(viewer, &ready);
                self.take(viewer);
            }
        }
    }
}

#[test]
fn a_change_without_a_commit_reaches_viewers_at_their_pace_in_one_frame() {
    let mut room = Room::new();
    let (mut one, _) = room.join(None);
    let (mut other, _) = room.join(None);
    room.tell(&mut [&mut one, &mut other]);
    assert_eq!(room.hub.due_at(), None, "nothing changed, nobody wakes");
    room.observe(0);
    assert_eq!(room.hub.due_at(), None, "the same again is no change");
    for number in 1..=3 {
        room.observe(number);
        room.observe(10 * number);
        room.tell(&mut [&mut one, &mut other]);
        for viewer in [&one, &other] {
            assert_eq!(viewer.state.get("n"), Some(&(10 * number).into()));
        }
    }
    assert_eq!(one.events, ["phx_reply", "delta", "delta", "delta"]);
    assert_eq!(room.hub.stats().frames_encoded, 3);
}

#[test]
fn a_viewer_that_missed_a_change_is_given_the_state_and_the_next_delta_fits_again() {
    let mut room = Room::new();
    let (mut slow, _) = room.join(None);
    room.observe(1);
    room.tell(&mut []);
    room.observe(2);
    room.tell(&mut [&mut slow]);
    assert_eq!(slow.state.get("n"), Some(&2.into()));
    room.observe(3);
    room.tell(&mut [&mut slow]);
    assert_eq!(
        (slow.state.get("n"), slow.events),
        (Some(&3.into()), ["phx_reply", "reset", "delta"].map(str::to_owned).into())
    );
}

#[test]
fn an_older_tick_at_the_same_offset_leads_nobody_back() {
    let mut room = Room::new();
    let (_first, _) = room.join(None);
    room.observe(1);
    let old = room.hub.flush(Duration::from_secs(1)).unwrap().remove(0);
    room.observe(2);
    room.hub.flush(Duration::from_secs(2)).unwrap();
    let (mut late, _) = room.join(None);
    late.session.handle_tick(room.now, old.0, &old.1);
    assert_eq!((room.take(&mut late), late.state.get("n")), (vec![], Some(&2.into())));
}

#[test]
fn commits_between_the_changes_move_the_position_and_a_join_is_never_continued() {
    let mut room = Room::new();
    let (mut viewer, _) = room.join(None);
    room.hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    assert_eq!(room.hub.due_at(), None, "a commit alone is no change of it");
    room.observe(1);
    room.tell(&mut [&mut viewer]);
    room.hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    room.observe(2);
    let (mut ahead, answer) = room.join(Some(2));
    let response = &answer[4]["response"];
    assert_eq!((&response["mode"], &response["position"]["offset"]), (&json!("snapshot"), &json!(2)));
    room.tell(&mut [&mut viewer, &mut ahead]);
    assert_eq!(ahead.state.get("n"), Some(&2.into()));
    assert_eq!(viewer.state.get("n"), Some(&2.into()));
    assert_eq!(viewer.events, ["phx_reply", "delta", "delta"]);
}

#[test]
fn a_hidden_viewer_is_given_the_newest_state_once_a_minute() {
    let mut room = Room::new();
    let (mut viewer, _) = room.join(None);
    let hide = json!([null, null, "phoenix", "visibility", {"hidden": true}]);
    viewer.session.handle_text(room.now, &hide.to_string());
    for number in 1..=59 {
        room.observe(number);
        room.tell(&mut [&mut viewer]);
    }
    assert_eq!(viewer.events, ["phx_reply"]);
    room.observe(60);
    room.tell(&mut [&mut viewer]);
    assert_eq!((viewer.events.len(), viewer.state.get("n")), (2, Some(&60.into())));
}

#[test]
fn topics_are_told_with_their_viewers_of_all_paces() {
    let mut room = Room::new();
    assert!(!room.hub.is_followed(&Topic::system()));
    let (mut viewer, _) = room.join(None);
    let (_other, _) = room.join(None);
    let join = json!(["2", "2", "view:sums", "phx_join", {"throttle_ms": 0}]);
    viewer.session.handle_text(room.now, &join.to_string());
    room.take(&mut viewer);
    let sums = Topic::view("sums").unwrap();
    assert_eq!(room.hub.followed(), [(sums.clone(), 1), (Topic::system(), 2)]);
    let leave = json!(["2", "3", "view:sums", "phx_leave", {}]);
    viewer.session.handle_text(room.now, &leave.to_string());
    drive::drain(&mut viewer.session, &mut room.hub, room.now, |_, _| panic!("rows of a view"));
    assert!(room.hub.is_followed(&Topic::system()) && !room.hub.is_followed(&sums));
}
