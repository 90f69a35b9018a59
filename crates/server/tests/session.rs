//! A session in virtual time, with the frames that a client would send.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod common;
#[path = "common/drive.rs"]
mod drive;

use std::time::Duration;

use common::{Counters, add, commit};
use realtime_protocol::close::CloseCode;
use realtime_protocol::{Epoch, Position, ThrottleClass, Topic};
use realtime_server::hub::Hub;
use realtime_server::session::{Now, Output, Session};
use serde_json::{Value, json};

struct Table {
    hub: Hub,
    session: Session,
    now: Now,
    offset: u64,
    /// Whether frames that are ready are taken past the queue, as the driver does.
    is_direct: bool,
}

impl Table {
    fn new() -> Self {
        let now = Now { instant: Duration::ZERO, wall_ms: 1_000 };
        let epoch = Epoch::new("e");
        let hub = Hub::new(Position { epoch: epoch.clone(), offset: 0 }, Box::new(Counters::default()));
        Self { hub, session: Session::new(epoch, 0, "1.2.3", now), now, offset: 0, is_direct: true }
    }

    fn client(&mut self, frame: &Value) -> Vec<Value> {
        self.session.handle_text(self.now, &frame.to_string());
        self.drain()
    }

    fn commit(&mut self, key: &str) {
        self.offset += 1;
        self.hub.commit(&[commit(self.offset, vec![add(key, 1)])]).unwrap();
    }

    /// Flushes the hub; the session hears of it unless it is stuck.
    fn flush(&mut self, stuck: bool) -> Vec<Value> {
        let mut sent = Vec::new();
        for (class, tick) in self.hub.flush(self.now.instant).unwrap() {
            if stuck {
                continue;
            }
            if self.is_direct {
                sent.extend(drive::tick(&mut self.session, self.now, class, &tick));
            } else {
                self.session.handle_tick(self.now, class, &tick);
            }
            sent.extend(self.drain());
        }
        sent
    }

    fn later(&mut self, ms: u64) -> Vec<Value> {
        self.now.instant += Duration::from_millis(ms);
        self.now.wall_ms += ms;
        self.session.handle_timeout(self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Value> {
        drive::drain(&mut self.session, &mut self.hub, self.now, |_, read| {
            panic!("no table is joined: {read:?}")
        })
    }
}

fn join(throttle_ms: u64) -> Value {
    json!(["1", "1", "view:sums", "phx_join", {"throttle_ms": throttle_ms}])
}

#[test]
fn a_join_is_answered_with_the_state_and_the_next_delta_fits_it() {
    let mut table = Table::new();
    table.commit("a");
    let reply = table.client(&join(1500));
    assert_eq!(
        reply,
        [json!(["1", "1", "view:sums", "phx_reply", {"status": "ok", "response": {
            "topic": "view:sums", "throttle_ms": 1000, "position": {"epoch": "e", "offset": 1},
            "hash": reply[0][4]["response"]["hash"], "mode": "snapshot", "state": {"a": 1}}}])]
    );
    table.commit("b");
    let delta = &table.flush(false)[0];
    assert_eq!(delta[3], "delta");
    assert_eq!(delta[4]["from"], 1);
    assert_eq!(delta[4]["to"], 2);
    assert_eq!(delta[4]["put"], json!({"b": 1}));
    assert_eq!(delta[4]["last"], true);
    assert_eq!(delta[4]["at_ms"], 2_000, "when the commit was written");
}

#[test]
fn a_viewer_that_was_stuck_gets_one_merged_delta_and_then_the_state() {
    let mut table = Table::new();
    table.client(&join(0));
    for key in ["a", "b", "c"] {
        table.commit(key);
        table.flush(true);
    }
    table.commit("d");
    let frames = table.flush(false);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0][4]["from"], 0);
    assert_eq!(frames[0][4]["commits"], 4);
    assert_eq!(frames[0][4]["put"], json!({"a": 1, "b": 1, "c": 1, "d": 1}));
    assert_eq!(frames[0][4]["at_ms"], 1_000, "the oldest of them has waited longest");
    for n in 0..70 {
        table.commit(&n.to_string());
        table.flush(true);
    }
    table.commit("z");
    let frames = table.flush(false);
    assert_eq!(
        (&frames[0][3], &frames[0][4]["reason"], &frames[0][4]["missed"]),
        (&json!("reset"), &json!("lag"), &json!(71))
    );
    assert_eq!(frames[0][4]["state"].as_object().unwrap().len(), 75);
    assert_eq!(table.session.stats().resets["lag"], 1);
}

#[test]
fn a_client_comes_back_by_its_position_and_another_epoch_gets_the_state() {
    let mut table = Table::new();
    table.commit("a");
    table.commit("b");
    let frame = |epoch: &str, offset: u64| json!(["7", "7", "view:sums", "phx_join", {"throttle_ms": 0, "position": {"epoch": epoch, "offset": offset}}]);
    let resumed = table.client(&frame("e", 1));
    assert_eq!(resumed[0][4]["response"]["mode"], "resumed");
    assert_eq!(resumed[0][4]["response"]["delta"], json!({"put": {"b": 1}, "drop": []}));
    for (epoch, offset) in [("other", 1), ("e", 9)] {
        let frames = table.client(&frame(epoch, offset));
        let reply = frames.iter().find(|frame| frame[3] == "phx_reply").unwrap();
        assert_eq!(reply[4]["response"]["mode"], "snapshot", "{epoch} {offset}");
    }
}

#[test]
fn a_wrong_hash_is_healed_by_the_state_of_that_topic() {
    let mut table = Table::new();
    table.client(&join(0));
    table.commit("a");
    table.flush(false);
    let healed = table.client(&json!(["1", "9", "view:sums", "reset", {"reason": "hash"}]));
    assert_eq!(healed[0][4]["reason"], "hash");
    assert_eq!(healed[0][4]["state"], json!({"a": 1}));
    assert_eq!(healed[0][4]["position"], json!({"epoch": "e", "offset": 1}));
}

#[test]
fn a_beat_goes_into_two_seconds_of_silence_and_sixty_for_a_hidden_client() {
    let mut table = Table::new();
    assert!(table.later(1_999).is_empty());
    table.session.handle_head(5);
    assert_eq!(table.later(1), [json!([null, null, "phoenix", "beat", {"offset": 5, "time_ms": 3_000}])]);
    table.client(&json!([null, "3", "phoenix", "visibility", {"hidden": true}]));
    assert!(table.later(59_000).is_empty());
    assert_eq!(table.later(1_000)[0][3], "beat");
}

#[test]
fn a_heartbeat_is_answered_with_time_and_version() {
    let mut table = Table::new();
    let reply = table.client(&json!([null, "4", "phoenix", "heartbeat", {}]));
    let response = json!({"status": "ok", "response": {"time_ms": 1_000, "version": "1.2.3"}});
    assert_eq!(reply, [json!([null, "4", "phoenix", "phx_reply", response])]);
}

#[test]
fn a_client_that_says_nothing_is_let_go_with_a_code_that_means_retry() {
    let mut table = Table::new();
    let closed: Vec<_> =
        (0..80).flat_map(|_| table.later(2_000)).filter(|frame| frame.get("close").is_some()).collect();
    assert_eq!(closed, [json!({"close": CloseCode::OVERLOAD.0})]);
    assert!(!CloseCode::OVERLOAD.is_final());
}

#[test]
fn what_cannot_be_joined_is_refused_with_a_code_and_a_sentence() {
    let mut table = Table::new();
    let cases = [
        ("view:nothing", json!({}), "unknown_topic"),
        ("view:sums?x=1", json!({}), "unknown_parameter"),
        ("table:nothing", json!({}), "unknown_table"),
        ("nonsense", json!({}), "bad_topic"),
        ("view:sums", json!({"throttle_ms": "often"}), "bad_payload"),
    ];
    for (topic, payload, code) in cases {
        let reply = table.client(&json!(["1", "1", topic, "phx_join", payload]));
        assert_eq!(reply[0][4]["status"], "error", "{topic}");
        let reason = reply[0][4]["response"]["reason"].as_str().unwrap().to_owned();
        assert!(reason.starts_with(&format!("{code}: ")), "{topic}: {reason}");
    }
    assert_eq!(
        table.client(&json!([null, "2", "view:sums", "shout", {}]))[0][4]["response"]["reason"],
        "unmatched topic"
    );
}

#[test]
fn joining_again_ends_the_earlier_join_and_leaving_ends_it_all() {
    let mut table = Table::new();
    table.client(&join(0));
    let again = table.client(&json!(["2", "2", "view:sums", "phx_join", {"throttle_ms": 1000}]));
    assert!(again.contains(&json!(["1", "1", "view:sums", "phx_close", {}])), "{again:?}");
    assert_eq!(
        table.session.subscriptions(),
        [(Topic::parse("view:sums").unwrap(), ThrottleClass::of_ms(1000))]
    );
    let left = table.client(&json!(["2", "3", "view:sums", "phx_leave", {}]));
    assert_eq!(
        left,
        [
            json!(["2", "3", "view:sums", "phx_reply", {"status": "ok", "response": {}}]),
            json!(["2", "2", "view:sums", "phx_close", {}]),
        ]
    );
    table.commit("a");
    assert!(table.flush(false).is_empty());
    assert_eq!(table.hub.groups(), 0);
}

#[test]
fn an_answer_to_a_join_that_was_left_meanwhile_is_not_wanted() {
    let mut table = Table::new();
    table.session.handle_text(table.now, &join(0).to_string());
    let Output::Subscribe { join: id, topic, class, .. } = table.session.poll_output() else {
        panic!("a subscribe")
    };
    table.session.handle_text(table.now, &json!(["1", "2", "view:sums", "phx_leave", {}]).to_string());
    // Another viewer of the same group must not be counted out.
    table.hub.join(&topic, class, None).unwrap();
    let answer = table.hub.subscribe(&topic, class, None);
    assert!(!table.session.handle_joined(table.now, id, &topic, answer));
    table.hub.leave(&topic, class);
    table.drain();
    assert_eq!(table.hub.groups(), 1);
}

#[test]
fn an_answer_to_a_join_that_comes_after_the_end_is_told_to_nobody() {
    let mut table = Table::new();
    table.session.handle_text(table.now, &join(0).to_string());
    let Output::Subscribe { join: id, topic, class, .. } = table.session.poll_output() else {
        panic!("a subscribe")
    };
    table.session.close(CloseCode::BAD_CLIENT, "the end");
    let answer = table.hub.subscribe(&topic, class, None);
    assert!(table.session.handle_joined(table.now, id, &topic, answer));
    assert!(matches!(table.session.poll_output(), Output::Close(..)));
    assert!(matches!(table.session.poll_output(), Output::Wait(_)), "nothing follows a close frame");
    // It is in the group until its driver takes it out.
    assert_eq!(table.session.subscriptions(), [(topic, class)]);
}

#[test]
fn frames_that_are_none_are_counted_and_never_end_the_session() {
    let mut table = Table::new();
    for text in ["", "{}", "[]", "[null,null,\"phoenix\",\"visibility\",{\"hidden\":1}]", "\u{0}"] {
        table.session.handle_text(table.now, text);
        assert!(table.drain().is_empty(), "{text}");
    }
    assert_eq!(table.session.stats().malformed, 5);
}

#[test]
fn another_mark_of_the_data_is_told_at_once_and_only_once() {
    let mut table = Table::new();
    table.session = Session::new(Epoch::new("e"), 0, "1.2.3", table.now).with_mode("live");
    let heartbeat = json!([null, "1", "phoenix", "heartbeat", {}]);
    assert_eq!(table.client(&heartbeat)[0][4]["response"]["mode"], json!("live"));
    table.session.handle_mode(table.now, "live");
    assert_eq!(table.drain(), Vec::<Value>::new());
    table.session.handle_mode(table.now, "demo");
    assert_eq!(table.drain(), [json!([null, null, "phoenix", "mode", {"mode": "demo"}])]);
    assert_eq!(table.client(&heartbeat)[0][4]["response"]["mode"], json!("demo"));
}

fn hidden(is_hidden: bool) -> Value {
    json!([null, "3", "phoenix", "visibility", {"hidden": is_hidden}])
}

/// The events, and for a delta or reset also its topic, where it leads and whether it ends the tick.
fn told(frames: &[Value]) -> Vec<(&str, &str, u64, bool)> {
    let told = frames.iter().filter(|frame| frame[3] == "delta" || frame[3] == "reset");
    told.map(|frame| {
        let to = frame[4]["to"].as_u64().or_else(|| frame[4]["position"]["offset"].as_u64()).unwrap();
        (frame[3].as_str().unwrap(), frame[2].as_str().unwrap(), to, frame[4]["last"] == true)
    })
    .collect()
}

/// Behaviour: B25 — broken by: nothing is taken when the client shows itself
#[test]
fn a_hidden_viewer_is_told_nothing_until_it_shows_itself_and_then_all_topics_at_once() {
    let mut table = Table::new();
    table.client(&join(0));
    table.client(&json!(["2", "2", "view:last", "phx_join", {"throttle_ms": 0}]));
    assert!(table.client(&hidden(true)).is_empty());
    for key in ["a", "b", "c"] {
        table.commit(key);
        assert_eq!(table.flush(false), Vec::<Value>::new());
        assert!(table.later(5_000).is_empty());
    }
    let frames = table.client(&hidden(false));
    assert_eq!(told(&frames), [("delta", "view:last", 3, false), ("delta", "view:sums", 3, true)]);
    assert_eq!((&frames[1][4]["from"], &frames[1][4]["commits"]), (&json!(0), &json!(3)));
    assert_eq!(frames[1][4]["put"], json!({"a": 1, "b": 1, "c": 1}));
    assert!(table.client(&hidden(false)).is_empty());
    table.commit("d");
    let frames = table.flush(false);
    assert_eq!(told(&frames), [("delta", "view:last", 4, false), ("delta", "view:sums", 4, true)]);
    assert_eq!(frames[1][4]["from"], 3, "the next delta is that of the group again");
    assert_eq!(table.session.stats().resets.len(), 0);
}

/// Behaviour: B25 — broken by: the minute begins anew each time the client says that it is hidden
#[test]
fn a_hidden_viewer_is_told_once_a_minute_what_has_changed() {
    let mut table = Table::new();
    table.client(&join(1_000));
    table.client(&hidden(true));
    let mut heard = Vec::new();
    for second in 1..=150 {
        table.commit("a");
        for frame in [table.flush(false), table.later(1_000), table.client(&hidden(true))].concat() {
            heard.push((second, frame[3].clone(), frame[4]["commits"].clone()));
        }
    }
    assert_eq!(heard, [(60, json!("delta"), json!(60)), (120, json!("delta"), json!(60))]);
    assert_eq!(told(&table.later(60_000)), [("delta", "view:sums", 150, true)]);
    table.later(60_000);
    table.commit("b");
    assert_eq!(told(&table.flush(false)), [("delta", "view:sums", 151, true)], "it has waited long enough");
}

#[test]
fn a_viewer_that_was_hidden_for_longer_than_deltas_are_kept_gets_the_state_and_is_not_called_slow() {
    let mut table = Table::new();
    table.client(&join(0));
    table.client(&hidden(true));
    for n in 0..70 {
        table.commit(&n.to_string());
        assert!(table.flush(false).is_empty());
    }
    let frames = table.client(&hidden(false));
    assert_eq!(told(&frames), [("reset", "view:sums", 70, false)]);
    assert_eq!(frames[0][4]["state"].as_object().unwrap().len(), 70);
    assert_eq!(table.session.stats().resets, [("hidden", 1)].into());
}

#[test]
fn what_a_hidden_viewer_asks_for_it_gets_at_once_and_nothing_twice() {
    let mut table = Table::new();
    table.client(&join(0));
    table.client(&hidden(true));
    table.commit("a");
    assert!(table.flush(false).is_empty());
    let healed = table.client(&json!(["1", "9", "view:sums", "reset", {"reason": "hash"}]));
    assert_eq!(told(&healed), [("reset", "view:sums", 1, false)]);
    let joined = table.client(&json!(["2", "2", "view:last", "phx_join", {"throttle_ms": 0}]));
    assert_eq!(joined[0][4]["response"]["position"]["offset"], 1);
    assert_eq!(told(&table.client(&hidden(false))), []);
}

/// Bytes of the messages of a minute at one commit a second, with what comes when the viewer looks again.
fn minute(throttle_ms: u64, commits_a_second: u32, is_hidden: bool) -> usize {
    let mut table = Table::new();
    table.client(&join(throttle_ms));
    table.client(&json!(["2", "2", "view:last", "phx_join", {"throttle_ms": throttle_ms}]));
    let mut frames = table.client(&hidden(is_hidden));
    for n in 0..60 * commits_a_second {
        table.commit(&(n % 40).to_string());
        frames.extend(table.flush(false));
        frames.extend(table.later(1_000 / u64::from(commits_a_second)));
    }
    frames.extend(table.flush(false));
    frames.extend(table.client(&hidden(false)));
    assert_eq!(told(&frames).last().unwrap().2, table.offset);
    frames.iter().map(|frame| frame.to_string().len()).sum()
}

/// Behaviour: B25 — broken by: ticks are taken as ever while the client is hidden
#[test]
fn a_minute_of_a_hidden_viewer_is_a_small_part_of_what_a_visible_one_gets() {
    for (throttle_ms, commits_a_second) in [(1_000, 1), (0, 1), (0, 10)] {
        let visible = minute(throttle_ms, commits_a_second, false);
        let unseen = minute(throttle_ms, commits_a_second, true);
        assert!(unseen * 10 < visible, "{throttle_ms} ms: {unseen} bytes hidden, {visible} visible");
    }
}

/// Broken by: taking ready frames while hidden; a cursor that does not move with them; taking only the first of two.
#[test]
fn ready_frames_are_those_that_a_flush_of_its_own_would_give_whatever_came_before() {
    const STEPS: usize = 6;
    let step = |table: &mut Table, n: usize| match n {
        0 => table.flush(false),
        1 => table.flush(true),
        2 => {
            table.commit("a");
            table.later(300)
        }
        3 => table.client(&json!(["2", "2", "view:last", "phx_join", {"throttle_ms": 0}])),
        4 => table.client(&json!([null, "3", "phoenix", "visibility", {"hidden": true}])),
        _ => table.client(&json!(["1", "4", "view:sums", "phx_leave", {}])),
    };
    for sequence in 0..STEPS.pow(5) {
        let mut tables = [Table::new(), Table::new()];
        tables[1].is_direct = false;
        let mut sent = tables.each_mut().map(|table| table.client(&join(0)));
        for place in 0..5 {
            let n = sequence / STEPS.pow(place) % STEPS;
            for (table, sent) in tables.iter_mut().zip(&mut sent) {
                table.commit(&format!("b{place}"));
                sent.extend(step(table, n));
                sent.extend(table.flush(false));
            }
        }
        let [direct, queued] = sent;
        assert_eq!(direct, queued, "{sequence}");
        let [direct, queued] = tables.each_mut().map(|table| table.session.take_frames_sent());
        assert_eq!(direct, queued, "{sequence}");
    }
}

/// Broken by: giving it to hidden viewers as well; a beat that does not move the time of the next.
#[test]
fn a_beat_that_is_shared_comes_when_one_of_its_own_would() {
    for is_hidden in [false, true] {
        let mut tables = [Table::new(), Table::new()];
        let mut at = [vec![], vec![]];
        for table in &mut tables {
            table.client(&json!([null, "3", "phoenix", "visibility", {"hidden": is_hidden}]));
        }
        for _ in 0..700 {
            for table in &mut tables {
                table.now.instant += Duration::from_millis(100);
            }
            let now = tables[0].now;
            if tables[0].session.handle_shared_beat(now) || !tables[0].later(0).is_empty() {
                at[0].push(now.instant);
            }
            if !tables[1].later(0).is_empty() {
                at[1].push(tables[1].now.instant);
            }
        }
        assert_eq!(at[0], at[1]);
        assert_eq!(at[0].len(), if is_hidden { 1 } else { 35 });
    }
}
