//! Rows of tables with a filter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use changelog::{Change, Commit, Op};
use realtime_protocol::filter::Column;
use realtime_protocol::{Epoch, Position, ThrottleClass, Topic};
use realtime_server::hub::{Hub, JoinError};
use realtime_server::limits::{FILTERS_MAX, READ_COMMITS_MAX, READ_ROWS_MAX, TABLE_QUIET_COMMITS_MAX};
use realtime_server::{RowError, Tables};
use serde_json::{Value, json};

use crate::common::{Counters, add, commit};
use crate::line::{Amounts, Line, follow, response};

const TOWN: &str = "table:names?side=eq.town";

/// A row of `names` as it is shown: its side.
fn row(side: Option<&str>) -> Option<String> {
    side.map(|side| json!({"name": "«Ян» 🎭", "side": side}).to_string())
}

fn change(key: &str, old: Option<&str>, new: Option<&str>) -> Change {
    let op = match (old, new) {
        (None, _) => Op::Insert,
        (_, None) => Op::Delete,
        (Some(_), Some(_)) => Op::Update,
    };
    Change { table: "names".to_owned(), op, key: key.to_owned(), new: row(new), old: row(old) }
}

/// Commit, op and key of each row that was told.
fn told(frames: &[Value]) -> Vec<(u64, String, String)> {
    let rows = frames.iter().filter(|frame| frame[3] == "rows").flat_map(|frame| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let row = move |row: &Value| (row["offset"].as_u64().unwrap(), text(&row["op"]), text(&row["key"]));
        frame[4]["rows"].as_array().unwrap().iter().map(row)
    });
    rows.collect()
}

/// What a viewer of those of the town must be told after `from`, from the log alone.
fn of_town(commits: &[Commit], from: u64) -> Vec<(u64, String, String)> {
    let is_town = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains("\"town\""));
    let mut all = Vec::new();
    for commit in commits.iter().filter(|commit| commit.offset > from) {
        for change in commit.changes.iter().filter(|change| change.table == "names") {
            let op = match (change.op, is_town(&change.old), is_town(&change.new)) {
                (Op::Insert, _, true) => "insert",
                (Op::Update, _, true) => "update",
                (Op::Update, true, false) => "leave",
                (Op::Delete, true, _) => "delete",
                _ => continue,
            };
            all.push((commit.offset, op.to_owned(), change.key.clone()));
        }
    }
    all
}

/// The `n`th commit of a story in which rows come, change sides and go.
fn story(n: usize) -> Vec<Change> {
    let sides = [Some("town"), Some("mafia"), None];
    let now = |key: usize, at: usize| sides[(at / (key + 1) + key) % 3];
    let one = |key: usize| {
        let (old, new) = (if n == 0 { None } else { now(key, n - 1) }, now(key, n));
        let name = key.to_string();
        (old.is_some() || new.is_some()).then(|| change(&name, old, new))
    };
    let changes = (0..4_usize).filter(|key| n.is_multiple_of(2) || key.is_multiple_of(2)).filter_map(one);
    changes.chain([add("1", 1)]).collect()
}

/// Behaviour: B35 — broken by: an update is judged by its new row alone, so that nothing leaves the filter
#[test]
fn a_viewer_with_a_filter_is_told_the_rows_that_meet_it_and_those_that_leave_it() {
    let mut line = Line::new();
    line.join_topic(TOWN, None);
    let (town, mafia) = (Some("town"), Some("mafia"));
    let changes = vec![
        change("1", None, town),
        change("2", None, mafia),
        change("3", town, mafia),
        change("4", mafia, town),
        change("5", mafia, mafia),
        change("6", town, None),
        change("7", mafia, None),
    ];
    line.append(changes);
    let frames = line.flush(false);
    let rows = ["insert 1", "leave 3", "update 4", "delete 6"];
    let told: Vec<_> = told(&frames).iter().map(|(_, op, key)| format!("{op} {key}")).collect();
    assert_eq!(told, rows);
    let shown = |side: &str| json!({"name": "«Ян» 🎭", "side": side});
    let at = "1970-01-01T00:00:01.000Z";
    assert_eq!(
        frames[0][4]["rows"][1],
        json!({"offset": 1, "op": "leave", "key": "3", "old": shown("town"), "at": at})
    );
    assert_eq!(
        frames[0][4]["rows"][2],
        json!({"offset": 1, "op": "update", "key": "4", "new": shown("town"), "old": shown("mafia"), "at": at})
    );
}

/// Behaviour: B16 — broken by: a read leaves out the first commit after the viewer's position
#[test]
fn a_filtered_viewer_continues_from_any_position_by_the_hub_or_by_the_log() {
    let (mut line, mut restarted) = (Line::new(), Line::new());
    for n in 0..40 {
        line.append(story(n));
        restarted.append(story(n));
    }
    for from in 0..=40 {
        restarted.restart();
        for line in [&mut line, &mut restarted] {
            let frames = line.join_topic(TOWN, Some(("e", from)));
            assert_eq!(response(&frames)["mode"], "resumed");
            let expected = of_town(&line.source.log.commits, from);
            assert_eq!((follow(&frames, from).0, told(&frames)), (40, expected), "from {from}");
            line.client(&json!(["1", "2", TOWN, "phx_leave", {}]));
        }
    }
    assert_eq!((line.source.log_reads, restarted.source.log_reads), (0, 40), "by the hub, and by the log");
    line.join_topic(TOWN, None);
    line.append(story(40));
    assert_eq!(told(&line.flush(false)), of_town(&line.source.log.commits, 40), "and goes on");
}

#[test]
fn commits_without_a_row_that_meets_the_filter_send_nothing_and_move_the_position_now_and_then() {
    let mut line = Line::new();
    line.join_topic(TOWN, None);
    for _ in 0..TABLE_QUIET_COMMITS_MAX {
        line.append(vec![change("1", None, Some("mafia"))]);
        assert_eq!((line.flush(false), line.hub.due_at()), (vec![], None), "nothing is due either");
    }
    line.append(vec![change("1", None, Some("mafia"))]);
    let push = json!({"from": 0, "to": TABLE_QUIET_COMMITS_MAX + 1, "rows": [], "last": true});
    assert_eq!(line.flush(false), [json!([null, null, TOWN, "rows", push])]);
}

#[test]
fn a_read_that_finds_nothing_ends_all_the_same_and_moves_the_position() {
    let commits = READ_COMMITS_MAX as u64 + 10;
    for rows in [1, READ_ROWS_MAX / 4] {
        let mut line = Line::new();
        for _ in 0..commits / rows as u64 {
            line.append(vec![change("1", None, Some("mafia")); rows]);
        }
        line.append(vec![change("2", None, Some("town"))]);
        line.restart();
        let head = line.source.log.commits.len() as u64;
        let frames = line.join_topic(TOWN, Some(("e", 0)));
        assert_eq!(follow(&frames, 0), (head, vec![(head, "2".to_owned())]));
        assert_eq!(line.source.log_reads, 2, "no read passes more than its share");
    }
}

#[test]
fn viewers_of_one_filter_share_their_frames_and_each_class_has_its_own() {
    let mut hub = hub_of(Arc::new(Amounts));
    let topic = Topic::parse(TOWN).unwrap();
    let (fast, slow) = (ThrottleClass::of_ms(0), ThrottleClass::of_ms(1_000));
    for class in [fast, fast, fast, slow, slow] {
        hub.subscribe(&topic, class, None).unwrap();
    }
    hub.commit(&[commit(1, vec![change("1", None, Some("town"))])]).unwrap();
    assert_eq!(hub.flush(Duration::ZERO).unwrap().len(), 2);
    assert_eq!((hub.stats().frames_encoded, hub.groups()), (2, 2));
    for class in [fast, fast, fast, slow, slow] {
        hub.leave(&topic, class);
    }
    hub.commit(&[commit(2, vec![change("1", None, Some("town"))])]).unwrap();
    assert_eq!((hub.due_at(), hub.groups()), (None, 0));
}

/// Counts how often a row is shown.
struct Counted(Arc<AtomicUsize>);

impl Tables for Counted {
    fn names(&self) -> &'static [&'static str] {
        Amounts.names()
    }

    fn columns(&self, table: &str) -> &'static [Column] {
        Amounts.columns(table)
    }

    fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Amounts.row(table, text)
    }
}

#[test]
fn a_row_is_read_once_for_all_filters_and_classes_and_not_at_all_for_nobody() {
    let shown = Arc::new(AtomicUsize::new(0));
    let mut hub = hub_of(Arc::new(Counted(Arc::clone(&shown))));
    for ms in [0, 100, 1_000] {
        for topic in [TOWN, "table:names", "table:names?name=ilike.%25ян%25", "table:names?side=neq.town"] {
            hub.subscribe(&Topic::parse(topic).unwrap(), ThrottleClass::of_ms(ms), None).unwrap();
        }
    }
    hub.commit(&[commit(1, vec![change("1", Some("town"), Some("mafia")), add("1", 1)])]).unwrap();
    hub.flush(Duration::ZERO).unwrap();
    assert_eq!((hub.stats().frames_encoded, shown.load(Ordering::Relaxed)), (12, 2), "before and after");
}

#[test]
fn more_filters_than_there_may_be_are_refused_until_one_ends() {
    let mut hub = hub_of(Arc::new(Amounts));
    let topic = |n: usize| Topic::parse(&format!("table:names?name=eq.{n}")).unwrap();
    let (fast, slow) = (ThrottleClass::of_ms(0), ThrottleClass::of_ms(1_000));
    for n in 0..FILTERS_MAX {
        hub.subscribe(&topic(n), fast, None).unwrap();
    }
    assert_eq!(hub.subscribe(&topic(FILTERS_MAX), fast, None).unwrap_err(), JoinError::Filters);
    assert_eq!(hub.stats().filters_refused, 1);
    hub.subscribe(&topic(0), slow, None).unwrap();
    hub.subscribe(&Topic::parse("table:names").unwrap(), fast, None).unwrap();
    hub.leave(&topic(0), fast);
    hub.leave(&topic(0), slow);
    hub.subscribe(&topic(FILTERS_MAX), fast, None).unwrap();
    assert_eq!(hub.groups(), FILTERS_MAX + 1);
}

/// Behaviour: B35 — broken by: a word that the column never holds is compared like any other
#[test]
fn what_a_filter_cannot_ask_is_refused_with_what_it_can() {
    let mut line = Line::new();
    for (topic, reason) in [
        (
            "table:names?colour=eq.1",
            "unknown_column: there is no column \"colour\" to filter by; there are name, side",
        ),
        ("table:names?side=eq.twn", "bad_value: side: one of town, mafia is expected, not \"twn\""),
        (
            "table:names?side=like.t%25",
            "unfit_operator: side: like takes a column of text, and this one holds one of town, mafia",
        ),
        (
            "table:names?name=match.(",
            "bad_value: name: a regular expression that takes at most 131072 bytes is expected, not \"(\"",
        ),
        ("table:amounts?a=eq.1", "unknown_column: there is no column \"a\" to filter by; there are "),
    ] {
        let frames = line.client(&json!(["1", "1", topic, "phx_join", {}]));
        assert_eq!(frames[0][4], json!({"status": "error", "response": {"reason": reason}}));
    }
    let frames = line.client(&json!(["1", "1", "table:names?side=town", "phx_join", {}]));
    let reason = frames[0][4]["response"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("unknown_operator: side=town: a condition is column=op.value"), "{reason}");
    assert_eq!((line.hub.groups(), line.session.subscriptions()), (0, vec![]));
}

fn hub_of(tables: Arc<dyn Tables>) -> Hub {
    let start = Position { epoch: Epoch::new("e"), offset: 0 };
    Hub::new(start, Box::new(Counters::default())).with_tables(tables)
}
