//! Topics of tables in virtual time: a hub, one session and a log with retention.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;
#[path = "common/drive.rs"]
mod drive;

use std::sync::Arc;
use std::time::Duration;

use changelog::{Change, Changelog, Commit, Head, LogError, Op, Read};
use common::{Counters, add, commit};
use realtime_protocol::{Epoch, Position};
use realtime_server::hub::Hub;
use realtime_server::limits::{RECENT_ROWS_MAX, ROWS_PUSH_MAX, TABLE_QUIET_COMMITS_MAX};
use realtime_server::rows::{Rows, frames};
use realtime_server::session::{Now, Output, Session};
use realtime_server::{RowError, Tables, read_rows};
use serde_json::{Value, json};

/// Shows amounts as they are, so that rows are numbers.
struct Amounts;

impl Tables for Amounts {
    fn names(&self) -> &'static [&'static str] {
        &["amounts", "names"]
    }

    fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
        let table = table.to_owned();
        serde_json::from_str(text).map_err(|error| RowError { table, source: Box::new(error) })
    }
}

/// The commits of a log of which the oldest may be gone.
#[derive(Default, Clone)]
struct Log {
    commits: Vec<Commit>,
    trimmed: usize,
}

impl Changelog for Log {
    fn head(&mut self) -> Result<Head, LogError> {
        let (offset, oldest) = (self.commits.len() as u64, self.trimmed as u64 + 1);
        Ok(Head { epoch: "e".into(), offset, oldest })
    }

    fn read_after(&mut self, offset: u64, limit: usize) -> Result<Read, LogError> {
        let oldest = self.trimmed as u64 + 1;
        if offset + 1 < oldest {
            return Ok(Read::Expired { oldest });
        }
        let commits = self.commits.iter().skip(usize::try_from(offset).unwrap()).take(limit);
        Ok(Read::Commits(commits.cloned().collect()))
    }

    fn wait(&mut self, _: u64, _: Duration) -> Result<(), LogError> {
        Ok(())
    }
}

struct Line {
    hub: Hub,
    session: Session,
    now: Now,
    source: Source,
}

/// Where rows are read.
struct Source {
    log: Log,
    /// Whether the log can be read.
    is_broken: bool,
    /// Reads answered by the log, not by the hub.
    log_reads: usize,
}

impl Source {
    fn read(&mut self, hub: &Hub, read: &realtime_server::session::Read) -> Rows {
        if let Some(commits) = hub.recent(read.topic.name(), read.from, read.to) {
            let to = commits.last().map_or(read.to, |commit| commit.offset);
            let commits = commits.iter().map(|commit| &**commit);
            let frames = frames(&Amounts, &read.topic, read.from, commits, to).unwrap();
            return Rows::Frames { to, frames };
        }
        self.log_reads += 1;
        if self.is_broken {
            return Rows::Failed;
        }
        read_rows(&mut self.log, &Amounts, &read.topic, read.from, read.to).unwrap()
    }
}

impl Line {
    fn new() -> Self {
        let now = Now { instant: Duration::ZERO, wall_ms: 0 };
        let hub = hub_at(0);
        let session = Session::new(Epoch::new("e"), 0, "1.2.3", now);
        Self { hub, session, now, source: Source { log: Log::default(), is_broken: false, log_reads: 0 } }
    }

    /// Another server on the same log, and another connection.
    fn restart(&mut self) {
        self.hub = hub_at(self.source.log.commits.len() as u64);
        self.session = Session::new(Epoch::new("e"), 0, "1.2.3", self.now);
    }

    fn client(&mut self, frame: &Value) -> Vec<Value> {
        self.session.handle_text(self.now, &frame.to_string());
        self.drain()
    }

    fn join(&mut self, position: Option<(&str, u64)>) -> Vec<Value> {
        let position = position.map(|(epoch, offset)| json!({"epoch": epoch, "offset": offset}));
        let payload = json!({"throttle_ms": 0, "position": position, "token": "any"});
        self.client(&json!(["1", "1", "table:amounts", "phx_join", payload]))
    }

    /// One commit of that many rows.
    fn commit(&mut self, rows: usize) {
        // Few keys: the views of these tests are slow.
        let changes = (0..rows).map(|row| Change { key: (row % 50).to_string(), ..add("", 1) });
        self.append(changes.collect());
    }

    fn append(&mut self, changes: Vec<Change>) {
        let offset = self.source.log.commits.len() as u64 + 1;
        let commit = Commit { committed_at_ms: 1_000 * offset, ..commit(offset, changes) };
        self.hub.commit(std::slice::from_ref(&commit)).unwrap();
        self.source.log.commits.push(commit);
    }

    /// Flushes the hub; the session hears of it unless it is stuck.
    fn flush(&mut self, is_stuck: bool) -> Vec<Value> {
        for (class, tick) in self.hub.flush(self.now.instant).unwrap() {
            if !is_stuck {
                self.session.handle_tick(self.now, class, &tick);
            }
        }
        self.drain()
    }

    fn drain(&mut self) -> Vec<Value> {
        let Self { hub, session, now, source } = self;
        drive::drain(session, hub, *now, |hub, read| source.read(hub, read))
    }

    fn read(&mut self, read: &realtime_server::session::Read) -> Rows {
        self.source.read(&self.hub, read)
    }
}

fn hub_at(offset: u64) -> Hub {
    Hub::new(Position { epoch: Epoch::new("e"), offset }, Box::new(Counters::default()))
        .with_tables(Arc::new(Amounts))
}

/// Follows pushes from `at` as a client does; answers where it stands then, and each row's commit and key.
fn follow(frames: &[Value], mut at: u64) -> (u64, Vec<(u64, String)>) {
    let (mut rows, mut pieces) = (Vec::new(), Vec::new());
    for frame in frames.iter().filter(|frame| frame[3] == "rows") {
        assert_eq!(frame[4]["from"], at, "{frame}");
        for row in frame[4]["rows"].as_array().unwrap() {
            pieces.push((row["offset"].as_u64().unwrap(), row["key"].as_str().unwrap().to_owned()));
        }
        if frame[4]["last"] == true {
            at = frame[4]["to"].as_u64().unwrap();
            rows.append(&mut pieces);
        }
    }
    assert!(pieces.is_empty(), "the last piece of a push says so");
    (at, rows)
}

/// Every row of the log after `from`.
fn expected(log: &Log, from: u64) -> Vec<(u64, String)> {
    let commits = log.commits.iter().filter(|commit| commit.offset > from);
    commits
        .flat_map(|commit| commit.changes.iter().map(|change| (commit.offset, change.key.clone())))
        .collect()
}

fn response(frames: &[Value]) -> &Value {
    &frames.iter().find(|frame| frame[3] == "phx_reply").unwrap()[4]["response"]
}

#[test]
fn a_join_without_a_position_is_live_and_rows_follow_with_their_commit() {
    let mut line = Line::new();
    line.commit(1);
    assert_eq!(
        line.join(None),
        [json!(["1", "1", "table:amounts", "phx_reply", {"status": "ok", "response": {
            "topic": "table:amounts", "throttle_ms": 0, "position": {"epoch": "e", "offset": 1},
            "mode": "live", "missed": null}}])]
    );
    let old = Some("1".to_owned());
    let (update, delete) = (Change { op: Op::Update, old: old.clone(), ..add("a", 3) }, add("b", 0));
    line.append(vec![update, Change { op: Op::Delete, new: None, old, ..delete }]);
    assert_eq!(
        line.flush(false),
        [json!([null, null, "table:amounts", "rows", {"from": 1, "to": 2, "last": true, "rows": [
            {"offset": 2, "op": "update", "key": "a", "new": 3, "old": 1, "at": "1970-01-01T00:00:02.000Z"},
            {"offset": 2, "op": "delete", "key": "b", "old": 1, "at": "1970-01-01T00:00:02.000Z"},
        ]}])]
    );
}

#[test]
fn rows_of_a_tick_come_before_its_deltas_so_that_the_last_delta_ends_it() {
    let mut line = Line::new();
    line.join(None);
    line.client(&json!(["2", "2", "view:sums", "phx_join", {"throttle_ms": 0}]));
    line.commit(2);
    let kinds: Vec<_> =
        line.flush(false).iter().map(|frame| (frame[3].clone(), frame[4]["last"].clone())).collect();
    assert_eq!(kinds, [(json!("rows"), json!(true)), (json!("delta"), json!(true))]);
}

#[test]
fn a_commit_of_another_table_sends_nothing_until_the_position_would_grow_old() {
    let mut line = Line::new();
    line.join(None);
    for _ in 0..TABLE_QUIET_COMMITS_MAX {
        line.append(vec![Change { table: "names".to_owned(), ..add("a", 1) }]);
        assert!(line.flush(false).is_empty());
    }
    line.append(vec![]);
    assert_eq!(
        line.flush(false),
        [json!([null, null, "table:amounts", "rows",
            {"from": 0, "to": TABLE_QUIET_COMMITS_MAX + 1, "rows": [], "last": true}])]
    );
}

#[test]
fn a_viewer_that_was_stuck_gets_each_row_once_whatever_the_hub_still_keeps() {
    let mut line = Line::new();
    line.join(None);
    for rows in [1, ROWS_PUSH_MAX, RECENT_ROWS_MAX, 3, ROWS_PUSH_MAX + 1] {
        line.commit(rows);
        line.flush(true);
    }
    line.commit(1);
    let frames = line.flush(false);
    assert_eq!(follow(&frames, 0), (6, expected(&line.source.log, 0)));
    assert!(line.source.log_reads > 0, "the hub had forgotten the first");
    line.commit(1);
    assert_eq!(follow(&line.flush(false), 6), (7, expected(&line.source.log, 6)));
}

/// Behaviour: B19 — broken by: a read moves the cursor to the end of the flush, however far it came
#[test]
fn ten_thousand_rows_in_a_burst_arrive_once_and_in_order() {
    let mut line = Line::new();
    line.join(None);
    let mut frames = Vec::new();
    for burst in 0..=100 {
        for _ in 0..100 {
            line.commit(1);
        }
        // Two of three flushes find the viewer stuck.
        frames.extend(line.flush(burst % 3 != 1));
    }
    assert_eq!(follow(&frames, 0), (10_100, expected(&line.source.log, 0)));
}

#[test]
fn a_client_comes_back_by_its_position_to_another_server_without_gap_or_double() {
    let mut line = Line::new();
    for _ in 0..10 {
        line.commit(2);
    }
    line.restart();
    let frames = line.join(Some(("e", 10)));
    assert_eq!(response(&frames)["mode"], "resumed", "nothing is missing");
    line.restart();
    line.client(&json!(["9", "9", "table:amounts", "phx_join", {"throttle_ms": 0}]));
    let frames = line.join(Some(("e", 4)));
    let reply = response(&frames);
    assert_eq!((&reply["mode"], &reply["position"]["offset"]), (&json!("resumed"), &json!(4)));
    line.commit(1);
    let all = [frames, line.flush(false)].concat();
    assert_eq!(follow(&all, 4), (11, expected(&line.source.log, 4)));
    let kinds: Vec<_> = all.iter().map(|frame| frame[3].as_str().unwrap()).collect();
    let reply = kinds.iter().position(|kind| *kind == "phx_reply");
    assert!(reply < kinds.iter().position(|kind| *kind == "rows"), "{kinds:?}");
}

#[test]
fn a_position_that_cannot_be_continued_is_told_with_the_reason_and_what_is_missing() {
    let mut line = Line::new();
    for _ in 0..10 {
        line.commit(1);
    }
    line.source.log.trimmed = 5;
    line.restart();
    let cases =
        [("other", 7, "epoch", Value::Null), ("e", 11, "ahead", Value::Null), ("e", 4, "expired", json!(6))];
    for (epoch, offset, reason, missed) in cases {
        let frames = line.join(Some((epoch, offset)));
        let reply = response(&frames);
        assert_eq!((&reply["mode"], &reply["reason"]), (&json!("reset"), &json!(reason)));
        assert_eq!((&reply["missed"], &reply["position"]["offset"]), (&missed, &json!(10)), "{reason}");
        assert_eq!(line.session.stats().resets[reason], 1);
        assert!(follow(&frames, 10).1.is_empty());
    }
    assert_eq!(response(&line.join(Some(("e", 5))))["mode"], "resumed", "the oldest commit is still there");
}

#[test]
fn when_retention_passes_a_slow_viewer_its_join_ends_and_the_next_one_tells_what_is_missing() {
    let mut line = Line::new();
    line.join(None);
    line.commit(1);
    line.flush(true);
    line.commit(RECENT_ROWS_MAX + 1);
    line.flush(true);
    line.source.log.trimmed = 2;
    line.commit(1);
    assert_eq!(line.flush(false), [json!(["1", null, "table:amounts", "phx_error", {}])]);
    assert_eq!((line.session.stats().limit_hits.get("log_retention"), line.hub.groups()), (Some(&1), 0));
    line.restart();
    let frames = line.join(Some(("e", 0)));
    assert_eq!((&response(&frames)["reason"], &response(&frames)["missed"]), (&json!("expired"), &json!(3)));
}

#[test]
fn a_log_that_cannot_be_read_ends_the_session_with_a_code_that_means_retry() {
    let mut line = Line::new();
    line.commit(1);
    line.restart();
    line.source.is_broken = true;
    assert_eq!(line.join(Some(("e", 0))), [json!({"close": 4503})]);
}

#[test]
fn a_slow_viewer_has_one_read_under_way_and_the_next_begins_after_its_answer() {
    let mut line = Line::new();
    for _ in 0..3 {
        line.commit(ROWS_PUSH_MAX);
    }
    line.restart();
    let payload = json!({"position": {"epoch": "e", "offset": 0}});
    for topic in ["table:amounts", "table:names"] {
        let frame = json!(["1", "1", topic, "phx_join", payload]);
        line.session.handle_text(line.now, &frame.to_string());
    }
    let mut reads = Vec::new();
    let mut drain = |line: &mut Line| loop {
        match line.session.poll_output() {
            Output::Subscribe { join, topic, class, position } => {
                let answer = line.hub.subscribe(&topic, class, position.as_ref());
                assert!(line.session.handle_joined(line.now, join, &topic, answer));
            }
            Output::Read(read) => reads.push(read),
            Output::Wait(_) => return std::mem::take(&mut reads),
            Output::Send(_) | Output::Unsubscribe { .. } | Output::Close(..) => {}
        }
    };
    let mut asked = drain(&mut line);
    let mut count = 0;
    while let [read] = asked.as_slice() {
        count += 1;
        let rows = line.read(read);
        line.session.handle_rows(line.now, read.join, rows);
        asked = drain(&mut line);
    }
    assert!(asked.is_empty(), "{asked:?}");
    assert_eq!(count, 4, "three of the full table, one of the other");
}

#[test]
fn leaving_during_a_read_ends_it_all() {
    let mut line = Line::new();
    line.commit(1);
    line.restart();
    // Someone else keeps the group.
    let frame = json!(["1", "1", "table:amounts", "phx_join", {"position": {"epoch": "e", "offset": 0}}]);
    line.session.handle_text(line.now, &frame.to_string());
    let Output::Subscribe { join, topic, class, .. } = line.session.poll_output() else { unreachable!() };
    let answer = line.hub.subscribe(&topic, class, None);
    assert!(line.session.handle_joined(line.now, join, &topic, answer));
    let Output::Read(read) = line.session.poll_output() else { unreachable!() };
    let left = line.client(&json!(["1", "2", "table:amounts", "phx_leave", {}]));
    assert_eq!(left.len(), 2, "{left:?}");
    let rows = line.read(&read);
    line.session.handle_rows(line.now, read.join, rows);
    assert!(line.drain().is_empty());
    assert_eq!((line.hub.groups(), line.session.subscriptions()), (0, vec![]));
}

#[test]
fn tables_that_there_are_not_and_filters_are_refused_and_a_token_is_taken_without_an_answer() {
    let mut line = Line::new();
    let refusals = [
        ("table:seats", "unknown_table: the tables are amounts, names"),
        (
            "table:amounts?a=eq.1",
            "unsupported_filter: the rows of a table cannot be filtered, join it without parameters",
        ),
    ];
    for (topic, reason) in refusals {
        let frames = line.client(&json!(["1", "1", topic, "phx_join", {}]));
        assert_eq!(frames[0][4], json!({"status": "error", "response": {"reason": reason}}));
    }
    line.join(None);
    assert_eq!(line.hub.groups(), 1);
    let token = json!(["1", "2", "table:amounts", "access_token", {"access_token": "t"}]);
    assert!(line.client(&token).is_empty());
    let gap = line.client(&json!(["1", "3", "table:amounts", "reset", {"reason": "gap"}]));
    assert_eq!(gap, [json!(["1", null, "table:amounts", "phx_error", {}])], "the client joins again");
}

/// Behaviour: B25 — broken by: rows of ticks that are kept are skipped instead of read when the viewer looks again
#[test]
fn a_hidden_viewer_of_a_table_gets_each_row_once_when_it_shows_itself_and_each_minute() {
    let hidden = |is_hidden: bool| json!([null, "3", "phoenix", "visibility", {"hidden": is_hidden}]);
    for (rows, is_kept) in [(1, true), (RECENT_ROWS_MAX, false)] {
        let mut line = Line::new();
        line.join(None);
        line.client(&hidden(true));
        let mut frames = Vec::new();
        for n in 0..4 {
            line.commit(rows);
            assert_eq!(line.flush(false), Vec::<Value>::new());
            line.now.instant += Duration::from_secs(25);
            line.session.handle_timeout(line.now);
            let heard = line.drain();
            assert_eq!(!heard.is_empty(), n == 2, "a minute has passed after the third commit");
            frames.extend(heard);
        }
        assert_eq!(follow(&frames, 0), (3, expected(&line.source.log, 0).drain(..3 * rows).collect()));
        frames.extend(line.client(&hidden(false)));
        line.commit(1);
        frames.extend(line.flush(false));
        assert_eq!(follow(&frames, 0), (5, expected(&line.source.log, 0)));
        assert_eq!(line.source.log_reads == 0, is_kept);
    }
}
