//! Tournaments of two sources that are one.

use mafia::record::Record;
use proptest::prelude::*;

use super::records::import;
use super::*;
use crate::{Disagreement, Outcome};

/// Game `number` of a tournament on 2026-03-01 as `source` tells it.
fn told_game(source: &str, title: &str, number: i64) -> Value {
    let mut body = posted(0);
    let fields = body.as_object_mut().unwrap();
    fields.remove("game_no");
    fields.insert("source".to_owned(), json!(source));
    fields.insert("tournament".to_owned(), json!(title));
    fields.insert("round".to_owned(), json!(number));
    fields.insert("table".to_owned(), json!(1));
    body
}

fn told(source: &str, own: &str, more: &Value) -> Record {
    let mut body = json!({ "source": source, "title": "Cup", "start": "2026-03-01" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Record::Tournament(tournament(&format!("{source}-{own}"), &body))
}

fn games_of(source: &str, numbers: std::ops::Range<i64>) -> Vec<Record> {
    numbers.map(|number| Record::Game(game(&told_game(source, "Cup", number)))).collect()
}

fn texts(subject: &Subject, sql: &str) -> Vec<String> {
    let mut statement = subject.store.connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn number(subject: &Subject, sql: &str) -> i64 {
    subject.store.connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn the_same_title_on_the_same_day_is_one_tournament_and_its_games_are_counted_once() {
    let mut subject = Subject::new();
    import(&mut subject, &games_of("one", 1..5));
    let mut records = games_of("two", 3..8);
    records.push(told("two", "77", &json!({ "status": "finished", "city": "Казань" })));
    let imported = import(&mut subject, &records);
    let row = "two-77".to_owned();
    assert_eq!(imported.counts.added, 4, "the tournament, games 5, 6 and 7");
    assert!(imported.joined.iter().all(|joined| joined.automatic && joined.tournament == row));
    let sources = texts(&subject, "SELECT source || ' ' || key FROM tournament_aliases ORDER BY 1");
    let implied = crate::tournament_id("one", "Cup");
    assert_eq!(sources, [format!("one id:{implied}"), "one title:Cup".to_owned()]);
    assert_eq!(subject.states()["metrics"]["games"], 7);
    assert_eq!(texts(&subject, "SELECT DISTINCT tournament_row FROM games"), std::slice::from_ref(&row));
    let answer = subject.store.tournament("two-77").unwrap().unwrap();
    assert_eq!(
        (&answer["id"], &answer["city"], &answer["games"]),
        (&json!(row), &json!("Казань"), &json!(7))
    );
    assert_eq!(subject.store.verify().unwrap(), []);
}

#[test]
fn a_second_import_of_joined_tournaments_appends_nothing() {
    let mut subject = Subject::new();
    let mut records = games_of("one", 1..4);
    records.push(told("two", "77", &json!({ "status": "finished" })));
    records.extend(games_of("two", 2..6));
    import(&mut subject, &records);
    let (offset, states) = (subject.offset(), subject.states());
    let again = import(&mut subject, &records);
    assert_eq!((again.counts.added, again.counts.changed, again.joined), (0, 0, Vec::new()));
    assert_eq!((subject.offset(), subject.states()), (offset, states));
}

#[test]
fn the_first_word_stands_and_every_difference_is_told() {
    let mut subject = Subject::new();
    import(&mut subject, &games_of("one", 1..2));
    let mut other = told_game("two", "Cup", 1);
    other["winner"] = json!("mafia");
    other["players"][0]["name"] = json!("P1");
    other["players"][1]["fouls"] = json!(2);
    let before = subject.store.game(&game(&told_game("one", "Cup", 1)).id()).unwrap();
    let imported = import(&mut subject, &[Record::Game(game(&other))]);
    let stands = game(&told_game("one", "Cup", 1)).id();
    let differs = |field: &str, kept: &str, told: &str| Disagreement {
        tournament: crate::tournament_id("one", "Cup"),
        game: Some(stands.clone()),
        source: "two".to_owned(),
        field: field.to_owned(),
        kept: kept.to_owned(),
        told: told.to_owned(),
    };
    let expected = [differs("players/1/name", "p1", "P1"), differs("winner", "town", "mafia")];
    assert_eq!(imported.disagreements, expected);
    assert_eq!(subject.store.game(&stands).unwrap(), before, "nothing was written");
    assert_eq!(number(&subject, "SELECT count(*) FROM players"), 10, "players stay those of the first");
    assert_eq!(number(&subject, "SELECT count(*) FROM disagreements"), 2);
    // The second source comes round to the first one's winner.
    other["winner"] = json!("town");
    let later = import(&mut subject, &[Record::Game(game(&other))]);
    assert_eq!(later.disagreements, expected[..1]);
    assert_eq!(number(&subject, "SELECT count(*) FROM disagreements"), 1);
}

#[test]
fn nothing_of_a_running_game_stands_among_the_differences() {
    let mut subject = Subject::new();
    import(&mut subject, &games_of("one", 1..2));
    let mut other = told_game("two", "Cup", 1);
    other["status"] = json!("running");
    other["winner"] = json!("mafia");
    other["players"][0]["role"] = json!("don");
    let imported = import(&mut subject, &[Record::Game(game(&other))]);
    assert_eq!(imported.disagreements, []);
}

#[test]
fn an_alias_joins_what_is_stored_and_the_later_of_two_equal_games_goes() {
    let mut subject = Subject::new();
    for (source, title) in [("one", "Cup"), ("two", "Кубок")] {
        for number in 1..4 {
            subject.store.post_game(None, &game(&told_game(source, title, number))).unwrap();
        }
    }
    let mut other = told_game("two", "Кубок", 4);
    other["winner"] = json!("draw");
    subject.store.post_game(None, &game(&other)).unwrap();
    assert_eq!(subject.states()["metrics"]["games"], 7);
    let body = json!({ "source": "one", "title": "Cup", "aliases": [{ "source": "two", "title": "Кубок" }] });
    let written = subject.store.put_tournament(&tournament("cup", &body)).unwrap();
    assert_eq!((written.outcome, written.position.offset), (Outcome::Created, 8));
    assert_eq!(subject.states()["metrics"]["games"], 4);
    assert_eq!(subject.states()["metrics"]["players"], 20, "game 4 stays with the players of its source");
    let deleted: Vec<Option<String>> = rows(subject.commits().last().unwrap())
        .into_iter()
        .filter_map(|row| match row {
            RowChange::Game { old: Some(old), new: None } => Some(Some(old.source)),
            _ => None,
        })
        .collect();
    assert_eq!(deleted, vec![Some("two".to_owned()); 3]);
    assert_eq!(texts(&subject, "SELECT id FROM tournaments"), ["cup"]);
    assert_eq!(subject.store.put_tournament(&tournament("cup", &body)).unwrap().outcome, Outcome::Unchanged);
    assert_eq!(subject.store.verify().unwrap(), []);
    let mut followed = mafia::views::Views::new();
    for commit in subject.commits() {
        followed.fold(&rows(&commit));
    }
    assert_eq!(states_of(&followed), subject.states());
}

#[test]
fn an_alias_that_comes_first_is_known_to_games_that_come_later() {
    let mut subject = Subject::new();
    let body = json!({ "source": "one", "title": "Cup", "aliases": [{ "source": "two", "id": "77" }] });
    subject.store.put_tournament(&tournament("cup", &body)).unwrap();
    for (source, own) in [("one", None), ("two", Some("77"))] {
        let mut posted = told_game(source, "Cup", 1);
        posted["tournament_id"] = json!(own);
        let result = subject.store.post_game(None, &game(&posted));
        assert_eq!(result.is_ok(), own.is_none(), "the second is the first one's game");
    }
    assert_eq!(subject.store.tournament("77").unwrap().unwrap()["id"], "cup");
}

#[test]
fn two_that_run_and_are_one_count_once() {
    let mut subject = Subject::new();
    let running = json!({ "status": "running", "start": "2026-03-01", "title": "Cup" });
    for source in ["one", "two"] {
        let mut body = running.clone();
        body["source"] = json!(source);
        subject.store.put_tournament(&tournament(&format!("{source}-1"), &body)).unwrap();
    }
    assert_eq!(subject.states()["metrics"]["tournaments_running"], 1);
    assert_eq!(subject.states()["activity"].as_object().unwrap().len(), 1);
    assert_eq!(subject.store.verify().unwrap(), []);
}

#[test]
fn another_day_or_another_title_or_the_same_source_is_another_tournament() {
    let mut subject = Subject::new();
    let records = [
        told("one", "1", &json!({})),
        told("one", "2", &json!({})),
        told("two", "1", &json!({ "start": "2026-03-02" })),
        told("two", "2", &json!({ "title": "Cup 2" })),
        told("three", "1", &json!({ "start": null })),
    ];
    assert_eq!(import(&mut subject, &records).joined, []);
    assert_eq!(number(&subject, "SELECT count(*) FROM tournaments"), 5);
}

#[test]
fn a_tournament_that_only_games_name_starts_with_the_first_of_them() {
    let mut subject = Subject::new();
    let row = crate::tournament_id("one", "Cup");
    let put = |subject: &mut Subject, id: &str, number: i64, day: &str| {
        let mut body = told_game("one", "Cup", number);
        body["date"] = json!(day);
        subject.store.put_game(id, &game(&body)).unwrap();
        subject.store.tournament(&row).unwrap().unwrap()["start"].clone()
    };
    assert_eq!(put(&mut subject, "a", 1, "2026-03-05"), "2026-03-05");
    assert_eq!(put(&mut subject, "b", 2, "2026-03-02"), "2026-03-02");
    assert_eq!(put(&mut subject, "b", 2, "2026-03-09"), "2026-03-05");
    subject.store.delete_game("a").unwrap();
    let start = subject.store.tournament(&crate::tournament_id("one", "Cup")).unwrap().unwrap();
    assert_eq!(start["start"], "2026-03-09");
}

#[test]
fn a_tournament_that_gets_another_title_keeps_its_games() {
    let mut subject = Subject::new();
    import(&mut subject, &games_of("one", 1..3));
    for title in ["Cup", "Grand Cup"] {
        let body = json!({ "source": "one", "title": title });
        subject.store.put_tournament(&tournament("cup", &body)).unwrap();
    }
    let offset = subject.offset();
    assert_eq!(import(&mut subject, &games_of("one", 1..3)).counts.unchanged, 2);
    assert_eq!(subject.offset(), offset);
    assert_eq!(subject.store.tournament("cup").unwrap().unwrap()["games"], 2);
}

fn any_records() -> impl Strategy<Value = Vec<Record>> {
    let one = (1..6_i64, prop_oneof![Just("town"), Just("mafia"), Just("draw")]);
    let games = proptest::collection::btree_map(one.clone().prop_map(|one| one.0), one, 1..6);
    (games.clone(), games).prop_map(|(one, two)| {
        let mut records = Vec::new();
        for (source, title, games) in [("one", "Cup", one), ("two", "League", two)] {
            for (number, (day, winner)) in games {
                let mut body = told_game(source, title, number);
                body["date"] = json!(format!("2026-03-0{day}"));
                body["winner"] = json!(winner);
                records.push(Record::Game(game(&body)));
            }
            records.push(told(source, "1", &json!({ "title": title, "status": "running" })));
        }
        records
    })
}

/// Offsets and ids of rows depend on the order; the figures do not.
fn figures(subject: &mut Subject) -> Value {
    let mut metrics = subject.states()["metrics"].clone();
    let starts: Vec<String> = texts(
        subject,
        "SELECT source || ' ' || title || ' ' || coalesce(start, '') FROM tournaments ORDER BY 1",
    );
    metrics["tournaments"] = json!(starts);
    metrics["ids"] = json!(texts(subject, "SELECT id || ' ' || tournament_row FROM games ORDER BY 1"));
    metrics
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_of_two_sources_without_overlap_give_the_same_in_any_order(
        (records, shuffled, cut) in any_records().prop_flat_map(|records| {
            let length = records.len();
            (Just(records.clone()), Just(records).prop_shuffle(), 0..=length)
        }),
    ) {
        let mut one = Subject::new();
        import(&mut one, &records);
        let mut other = Subject::new();
        import(&mut other, &shuffled[..cut]);
        import(&mut other, &shuffled[cut..]);
        prop_assert_eq!(figures(&mut one), figures(&mut other));
        prop_assert_eq!(other.store.verify().unwrap(), []);
        let offset = other.offset();
        import(&mut other, &records);
        prop_assert_eq!(other.offset(), offset);
    }

    #[test]
    fn overlapping_sources_join_to_the_same_games_in_any_order(
        (records, cut) in any_records().prop_flat_map(|mut records| {
            records.extend(games_of("three", 1..4));
            records.push(told("three", "9", &json!({ "title": "Cup", "start": "2026-03-01" })));
            let length = records.len();
            (Just(records).prop_shuffle(), 0..=length)
        }),
    ) {
        let mut subject = Subject::new();
        import(&mut subject, &records[..cut]);
        import(&mut subject, &records[cut..]);
        prop_assert_eq!(subject.store.verify().unwrap(), []);
        let mut followed = mafia::views::Views::new();
        for commit in subject.commits() {
            followed.fold(&rows(&commit));
        }
        prop_assert_eq!(states_of(&followed), subject.states());
        let twice = "SELECT count(*) FROM games WHERE tournament_row NOT IN (SELECT id FROM tournaments) \
                     OR tournament_row IS NULL";
        prop_assert_eq!(number(&subject, twice), 0);
        let lost = "SELECT count(*) FROM disagreements WHERE tournament NOT IN (SELECT id FROM tournaments) \
                    OR game NOT IN (SELECT id FROM games) AND game <> ''";
        prop_assert_eq!(number(&subject, lost), 0);
        let (offset, joins) = (subject.offset(), number(&subject, "SELECT count(*) FROM tournament_aliases"));
        import(&mut subject, &records);
        prop_assert_eq!(subject.offset(), offset);
        prop_assert_eq!(number(&subject, "SELECT count(*) FROM tournament_aliases"), joins);
    }
}

#[test]
fn the_report_counts_what_is_there_and_names_joins_and_differences() {
    let mut subject = Subject::new();
    let mut records = games_of("one", 1..4);
    let mut other = told_game("two", "Cup", 2);
    other["winner"] = json!("draw");
    records.push(Record::Game(game(&other)));
    let mut seasonal = posted(5);
    seasonal["season"] = json!(3);
    seasonal["players"][0]["name"] = json!("");
    records.push(Record::Game(game(&seasonal)));
    import(&mut subject, &records);
    let report = subject.store.report().unwrap();
    assert_eq!(json!(report.games_by_source), json!({ "one": 3, "club": 1 }));
    assert_eq!(json!(report.games_by_season), json!({ "3": 1 }));
    assert_eq!(json!(report.games_by_flag), json!({ "empty_name": 1 }));
    assert_eq!((report.tables["games"], report.tables["seats"], report.tables["clubs"]), (4, 40, 0));
    let joins: Vec<String> =
        report.joins.iter().map(|join| format!("{} {}", join.source, join.key)).collect();
    assert_eq!(joins, [format!("two id:{}", crate::tournament_id("two", "Cup")), "two title:Cup".to_owned()]);
    let fields: Vec<&str> = report.disagreements.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["winner"]);
    assert_eq!(report.position.offset, 1);
}

#[test]
fn differences_go_with_the_tournament_and_end_with_the_game() {
    let mut subject = Subject::new();
    import(&mut subject, &games_of("one", 1..2));
    let mut other = told_game("two", "Cup", 1);
    other["winner"] = json!("mafia");
    import(&mut subject, &[Record::Game(game(&other))]);
    import(&mut subject, &[told("one", "1", &json!({}))]);
    let offset = subject.offset();
    import(&mut subject, &[Record::Game(game(&other))]);
    assert_eq!(subject.offset(), offset, "nothing is new");
    assert_eq!(texts(&subject, "SELECT tournament FROM disagreements"), ["one-1"]);
    subject.store.delete_game(&game(&told_game("one", "Cup", 1)).id()).unwrap();
    assert_eq!(number(&subject, "SELECT count(*) FROM disagreements"), 0);
}
