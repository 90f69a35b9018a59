//! The fold, the rebuilt views and the recount in SQL agree after any history.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Value),
    Delete(u8),
    Import(Vec<Value>),
    Tournament(u8, &'static str),
}

fn any_player() -> impl Strategy<Value = (String, Value)> {
    let name = prop_oneof![
        8 => (0..14_u8).prop_map(|n| format!("p{n}")),
        1 => Just(String::new()),
        1 => Just(" p1 ".to_owned()),
    ];
    let role = prop_oneof![
        4 => Just(json!("civilian")),
        1 => Just(json!("sheriff")),
        2 => Just(json!("mafia")),
        1 => Just(json!("don")),
        1 => Just(Value::Null),
    ];
    (name, role)
}

fn any_game() -> impl Strategy<Value = Value> {
    let winner =
        prop_oneof![Just(json!("town")), Just(json!("mafia")), Just(json!("draw")), Just(Value::Null)];
    let date = proptest::option::weighted(0.8, 1..4_u8);
    let time = proptest::option::of(0..24_u8);
    let seats = proptest::collection::vec(any_player(), 7..=10);
    let source = prop_oneof![4 => Just("club"), 1 => Just("mafiauniverse/x")];
    let place = (source, proptest::option::of(0..3_u8), proptest::option::of(0..3_i64), 0..6_i64);
    (winner, date, time, seats, place, proptest::bool::weighted(0.15)).prop_map(
        |(winner, date, time, seats, (source, cup, season, number), running)| {
            let players: Vec<Value> = seats
                .into_iter()
                .enumerate()
                .map(|(n, (name, role))| json!({ "seat": n + 1, "name": name, "role": role }))
                .collect();
            let mut body =
                json!({ "source": source, "game_no": number, "players": players, "winner": winner });
            if let Some(day) = date {
                body["date"] = json!(format!("2026-03-0{day}"));
            }
            if let Some(hour) = time {
                body["time"] = json!(format!("{hour:02}:15"));
            }
            if let Some(cup) = cup {
                body["tournament"] = json!(format!("Cup {cup}"));
            }
            if let Some(season) = season {
                body["season"] = json!(season);
            }
            if running {
                body["status"] = json!("running");
                body["winner"] = Value::Null;
            }
            body
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![Just("running"), Just("finished"), Just("upcoming"), Just("unknown")];
    prop_oneof![
        5 => (0..6_u8, any_game()).prop_map(|(id, game)| Step::Put(id, game)),
        2 => (0..6_u8).prop_map(Step::Delete),
        2 => proptest::collection::vec(any_game(), 0..5).prop_map(Step::Import),
        1 => (0..3_u8, status).prop_map(|(id, status)| Step::Tournament(id, status)),
    ]
}

fn take(subject: &mut Subject, step: &Step) {
    match step {
        // A clash is refused and leaves everything as it was.
        Step::Put(id, body) => drop(subject.store.put_game(&format!("g{id}"), &game(body))),
        Step::Delete(id) => drop(subject.store.delete_game(&format!("g{id}")).unwrap()),
        Step::Import(list) => {
            let games: Vec<Game> = list.iter().map(game).collect();
            let mut import = subject.store.begin_import("list").unwrap();
            import.write(&games).unwrap();
            import.finish().unwrap();
        }
        Step::Tournament(id, status) => {
            let body = json!({ "source": "club", "title": format!("Cup {id}"), "status": status });
            subject.store.put_tournament(&tournament(&format!("t{id}"), &body)).unwrap();
        }
    }
}

/// The parts of the feed that pages ask for: parameters, and the same in SQL over the recount.
const PARTS: [(&[(&str, &str)], &str); 4] = [
    (&[("limit", "3")], "LIMIT 3"),
    (&[("kind", "game")], "LIMIT 100"),
    (&[("kind", "import"), ("kind", "tournament"), ("limit", "2")], "LIMIT 2"),
    (&[("kind", "game"), ("limit", "1")], "LIMIT 1"),
];

/// A part of the feed by SQL alone.
fn part_in_sql(subject: &Subject, kinds: &str, limit: &str) -> Value {
    let connection = &subject.store.connection;
    connection.execute_batch(include_str!("../../recount/activity.sql")).unwrap();
    let sql = format!(
        "SELECT json_group_object(key, json(value)) FROM (SELECT key, value FROM temp.recount
         WHERE value ->> 'kind' IN ({kinds}) ORDER BY value ->> 'offset' DESC, key {limit})"
    );
    let text: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
    connection.execute_batch("DROP TABLE temp.recount").unwrap();
    serde_json::from_str(&text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_history_counts_the_same_by_log_by_tables_and_in_sql(
        steps in proptest::collection::vec(any_step(), 1..25),
    ) {
        let mut subject = Subject::new();
        for step in &steps {
            take(&mut subject, step);
        }
        prop_assert_eq!(subject.store.verify().unwrap(), []);
        let mut followed = mafia::views::Views::new();
        for commit in subject.commits() {
            followed.fold(&rows(&commit));
        }
        prop_assert_eq!(states_of(&followed), subject.states());
        for (pairs, limit) in PARTS {
            let params: Vec<_> =
                pairs.iter().map(|(name, text)| ((*name).to_owned(), Some((*text).to_owned()))).collect();
            let base = followed.state("activity").unwrap();
            let part = mafia::views::Views::derive("activity", &params, &base).unwrap();
            let kinds = pairs.iter().filter(|(name, _)| *name == "kind");
            let kinds: Vec<String> = kinds.map(|(_, kind)| format!("'{kind}'")).collect();
            let all = "'game', 'tournament', 'import'".to_owned();
            let kinds = if kinds.is_empty() { all } else { kinds.join(", ") };
            prop_assert_eq!(json!(part), part_in_sql(&subject, &kinds, limit));
        }
    }

    #[test]
    fn any_game_comes_back_as_it_was_posted(body in any_game()) {
        let mut subject = Subject::new();
        subject.store.put_game("g1", &game(&body)).unwrap();
        prop_assert_eq!(unscored(&mut subject, "g1"), Some(game(&body).to_json("g1")));
        prop_assert_eq!(subject.store.put_game("g1", &game(&body)).unwrap().position.offset, 1);
    }
}

#[test]
fn an_empty_file_recounts_to_the_empty_views() {
    let mut subject = Subject::new();
    assert_eq!(subject.store.verify().unwrap(), []);
    let metrics = subject.store.recount("metrics").unwrap().unwrap();
    assert_eq!(
        json!(metrics.entries()),
        json!({ "players": 0, "games": 0, "games_rated": 0, "tournaments_running": 0 })
    );
}

#[test]
fn a_view_without_a_recount_is_told() {
    assert_eq!(Subject::new().store.recount("weather").unwrap(), None);
}

#[test]
fn the_local_rating_of_one_club_game_is_counted_by_hand() {
    let mut subject = Subject::new();
    subject.store.put_game("g1", &game(&posted(1))).unwrap();
    let metrics = subject.store.recount("metrics").unwrap().unwrap();
    // Seven red gain 4 * 0.5, three black lose 3 * 0.5: (14 - 4.5) / 10 = 0.95 above the start.
    assert_eq!(metrics.get("rating"), Some(&json!({ "kind": "local", "mean_milli": 1_000_950, "n": 10 })));
    assert_eq!(metrics.get("games_by_hour/2026-03-01T19"), Some(&json!(1)));
}

#[test]
fn a_recount_leaves_nothing_behind_and_can_be_repeated() {
    let mut subject = Subject::new();
    subject.store.put_game("g1", &game(&posted(1))).unwrap();
    let first = subject.store.recount("metrics").unwrap();
    assert_eq!(subject.store.recount("metrics").unwrap(), first);
    assert_eq!(subject.store.put_game("g2", &game(&posted(2))).unwrap().position.offset, 2);
}

#[test]
fn a_row_changed_behind_the_log_shows_as_a_difference_of_the_follower_not_of_the_tables() {
    let mut subject = Subject::new();
    subject.store.put_game("g1", &game(&posted(1))).unwrap();
    subject.store.connection.execute("UPDATE games SET winner = NULL", []).unwrap();
    assert_eq!(subject.store.verify().unwrap(), []);
    assert_eq!(subject.states()["metrics"]["games_rated"], 0);
}

#[test]
fn the_feed_shows_the_last_hundred_and_what_falls_out_comes_back() {
    let mut subject = Subject::new();
    for number in 0..104 {
        let body = json!({ "source": "club", "season": 1, "game_no": number, "players": [{ "seat": 1, "name": "a" }] });
        subject.store.put_game(&format!("g{number}"), &game(&body)).unwrap();
    }
    assert!(subject.states()["activity"].get("game:g3").is_none());
    subject.store.delete_game("g50").unwrap();
    let activity = subject.states()["activity"].clone();
    assert_eq!(activity.as_object().unwrap().len(), 100);
    assert!(activity.get("game:g3").is_some());
    assert_eq!(subject.store.verify().unwrap(), []);
}

#[test]
fn games_of_another_zone_are_told_in_utc_by_fold_and_recount() {
    let mut subject = Subject::new();
    subject.store.set_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(5))).unwrap();
    let body = json!({ "source": "club", "date": "2024-03-01", "time": "02:15", "game_no": 1, "winner": "town",
        "players": [{ "seat": 1, "name": "Анна", "role": "don" }] });
    subject.store.put_game("g1", &game(&body)).unwrap();
    assert_eq!(subject.states()["activity"]["game:g1"]["at"], json!("2024-02-29T21:15:00Z"));
    assert_eq!(subject.states()["metrics"]["games_by_hour/2024-03-01T02"], json!(1));
    assert_eq!(subject.store.verify().unwrap(), []);
}
