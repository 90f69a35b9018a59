//! Rows of tables without a filter.

use std::time::Duration;

use changelog::{Change, Op};
use realtime_server::limits::{RECENT_ROWS_MAX, ROWS_PUSH_MAX, TABLE_QUIET_COMMITS_MAX};
use realtime_server::session::Output;
use serde_json::{Value, json};

use crate::common::add;
use crate::line::{Line, expected, follow, response};

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

/// Broken by: a memory that begins at the head after a restart; one that says it holds a commit more than it does
#[test]
fn after_a_restart_viewers_of_a_table_come_back_without_a_read_of_the_log() {
    let mut line = Line::new();
    for _ in 0..10 {
        line.commit(2);
    }
    line.restart_with(6);
    let frames = line.join(Some(("e", 4)));
    assert_eq!(response(&frames)["mode"], "resumed");
    assert_eq!((follow(&frames, 4), line.source.log_reads), ((10, expected(&line.source.log, 4)), 0));
    line.join(Some(("e", 3)));
    assert_eq!(line.source.log_reads, 1, "what lies before is the log's");
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
fn a_table_that_there_is_not_is_refused_and_a_token_is_taken_without_an_answer() {
    let mut line = Line::new();
    let frames = line.client(&json!(["1", "1", "table:seats", "phx_join", {}]));
    let reason = "unknown_table: the tables are amounts, names";
    assert_eq!(frames[0][4], json!({"status": "error", "response": {"reason": reason}}));
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
