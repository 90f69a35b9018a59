//! What the screen shows, line by line.

use realtime_manager::Latency;
use realtime_protocol::message::ResetReason;
use realtime_protocol::{Delta, Position, State, Topic};
use serde_json::json;

use super::*;

fn screen() -> Screen {
    Screen::new(Lines { json: false, left: u64::MAX })
}

fn entries(value: &Value) -> Entries {
    value.as_object().unwrap().clone().into_iter().collect()
}

fn update(topic: &str, change: TopicChange) -> Event {
    let hash = State::from_entries(BTreeMap::new()).unwrap().hash();
    let position = Position { epoch: Epoch::new("e"), offset: 9 };
    Event::Batch(vec![TopicUpdate { topic: Topic::parse(topic).unwrap(), position, hash, change }])
}

fn snapshot(topic: &str, state: &Value) -> Event {
    update(topic, TopicChange::Snapshot(entries(state)))
}

fn delta(topic: &str, put: &Value, drop: &[&str]) -> Event {
    let drop = drop.iter().map(|key| (*key).to_owned()).collect();
    update(topic, TopicChange::Delta(Delta { put: entries(put), drop }))
}

fn game(offset: u64, title: &str) -> Value {
    json!({"kind": "game", "id": title, "offset": offset, "at": "2026-11-24", "title": title,
        "winner": "town", "status": "finished", "players": 10, "corrected": false})
}

fn facts(status: Status) -> Facts {
    let ms = Duration::from_millis;
    let is_up = status == Status::Connected;
    let manager = Manager::new(realtime_manager::Config::default(), Instant::default(), 1);
    let now = Instant(Duration::from_secs(75));
    let latency = Latency { last: ms(2), median: Duration::from_micros(420), p95: ms(12), age: ms(1) };
    let health = Health {
        status,
        latency: is_up.then_some(latency),
        last_data_age: Some(ms(3900)),
        attempt: if status == Status::Reconnecting { 2 } else { 0 },
        next_attempt_in: (status == Status::Reconnecting).then_some(ms(1500)),
        last_error: (!is_up).then(|| "server fell silent".to_owned()),
        ..manager.health(now)
    };
    let stats = Stats { updates: 12, commits: 9, ..Stats::default() };
    Facts { now, health, stats, topics: 2 }
}

fn below(screen: &Screen, status: Status, columns: usize) -> Vec<String> {
    screen.below(&facts(status), columns)
}

#[test]
fn the_last_line_is_the_connection_with_what_was_measured() {
    let lines = below(&screen(), Status::Connected, 79);
    assert_eq!(
        lines,
        [
            "p pauses, r retries now, q quits",
            "connected 1 min 15 s, rtt 0.4 ms (p95 12), data 3 s, 12 updates, 9 commits",
        ]
    );
    let wide = below(&screen(), Status::Connected, 200);
    assert_eq!(
        wide[1],
        "connected 1 min 15 s, rtt 0.4 ms (p95 12), data 3 s, 12 updates, 9 commits, 2 topics"
    );
}

#[test]
fn what_was_not_measured_is_absent_and_a_loss_tells_its_cause_and_the_next_attempt() {
    assert_eq!(
        below(&screen(), Status::Reconnecting, 200)[1],
        "reconnecting 1 min 15 s, attempt 2 of 5 in 1 s, server fell silent, data 3 s, 12 updates, 9 commits, 2 topics"
    );
    assert_eq!(
        below(&screen(), Status::Error, 60)[1],
        "error 1 min 15 s, server fell silent, data 3 s, 12 updates"
    );
}

#[test]
fn figures_follow_the_metrics_and_carry_the_mark_of_their_data() {
    let mut screen = screen();
    assert_eq!(screen.take(&Event::Mode("demo".to_owned())), ["demo data"]);
    let state = json!({"players": 20, "games": 3, "games_rated": 2, "tournaments_running": 1,
        "games_by_day/2026-11-24": 3, "rating": {"kind": "local", "mean_milli": 1_500_400, "n": 20}});
    assert!(screen.take(&snapshot(METRICS, &state)).is_empty());
    let line = |screen: &Screen| below(screen, Status::Connected, 200)[0].clone();
    assert_eq!(
        line(&screen),
        "demo data, 20 players, 3 games, 2 rated, 1 tournaments running, mean rating 1500 (local)"
    );
    screen.take(&delta(METRICS, &json!({"games": 4}), &["rating"]));
    assert_eq!(line(&screen), "demo data, 20 players, 4 games, 2 rated, 1 tournaments running");
}

#[test]
fn the_feed_begins_with_the_newest_ten_and_tells_each_entry_once() {
    let mut screen = screen();
    let state: Entries =
        (1..=12).map(|offset| (format!("game:{offset}"), game(offset, &offset.to_string()))).collect();
    let lines = screen.take(&update(ACTIVITY, TopicChange::Snapshot(state.clone())));
    assert_eq!(lines.len(), FEED_FIRST);
    assert_eq!(lines.first().unwrap(), "2026-11-24  game  3  town  finished");
    assert_eq!(lines.last().unwrap(), "2026-11-24  game  12  town  finished");
    // One that was let back in is old; the new one is told.
    let lines =
        screen.take(&delta(ACTIVITY, &json!({"game:1": game(1, "1"), "game:13": game(13, "13")}), &[]));
    assert_eq!(lines, ["2026-11-24  game  13  town  finished"]);
    let reset = TopicChange::Reset { reason: ResetReason::Hash, missed: None, state };
    let lines = screen.take(&update(ACTIVITY, reset));
    assert_eq!(
        lines,
        ["view:activity could not be continued (hash): an unknown number of commits are missing"]
    );
}

#[test]
fn an_import_and_a_correction_say_what_they_are() {
    let import =
        json!({"kind": "import", "id": 1, "offset": 1, "at": null, "title": "games.jsonl", "games": 57});
    assert_eq!(entry_line(&import), "import  games.jsonl  57 games");
    let mut corrected = game(2, "Final");
    corrected["corrected"] = true.into();
    assert_eq!(entry_line(&corrected), "2026-11-24  game  Final  town  finished  corrected");
}

#[test]
fn in_a_pause_data_wait_and_the_connection_is_still_told() {
    let mut screen = screen();
    assert!(screen.toggle().is_empty());
    assert!(screen.take(&snapshot(ACTIVITY, &json!({"game:1": game(1, "First")}))).is_empty());
    let refused = Event::Refused { topic: Topic::parse(METRICS).unwrap(), reason: "limit: full".to_owned() };
    assert_eq!(screen.take(&refused), ["view:metrics was refused: limit: full"]);
    let lines = below(&screen, Status::Connected, 200);
    assert_eq!(lines[0], "p goes on, r retries now, q quits");
    assert!(lines[1].starts_with("connected 1 min 15 s, paused, "), "{}", lines[1]);
    assert_eq!(screen.toggle(), ["2026-11-24  game  First  town  finished"]);
}

#[test]
fn a_long_pause_keeps_the_newest_lines_and_counts_the_others() {
    let mut screen = screen();
    screen.toggle();
    for offset in 1..=203 {
        screen.take(&delta(ACTIVITY, &json!({"game:x": game(offset, &offset.to_string())}), &[]));
    }
    let lines = screen.toggle();
    assert_eq!(lines.len(), HELD_MAX + 1);
    assert_eq!(lines[0], "3 lines were dropped during the pause");
    assert_eq!(lines[1], "2026-11-24  game  4  town  finished");
}

#[test]
fn text_of_others_cannot_steer_the_terminal() {
    let line = entry_line(&game(1, "A\u{1b}[2J\u{9b}B"));
    assert_eq!(line, "2026-11-24  game  A\u{fffd}[2J\u{fffd}B  town  finished");
}

#[test]
fn enough_changes_are_enough() {
    let mut screen = Screen::new(Lines { json: false, left: 1 });
    assert!(!screen.is_full());
    screen.take(&snapshot(METRICS, &json!({"games": 1})));
    assert!(screen.is_full());
    screen.take(&snapshot(METRICS, &json!({"games": 2})));
    assert_eq!(below(&screen, Status::Connected, 200)[0], "1 games");
}

#[test]
fn a_time_is_told_in_its_two_largest_units() {
    for (seconds, text) in
        [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3600, "1 h 0 min"), (90_061, "1 d 1 h")]
    {
        assert_eq!(span(Duration::from_secs(seconds)), text);
    }
}
