//! Records that are no games: players, clubs, years, tournaments of an import.

use mafia::record::{Club, PlayerFacts, PlayerYear, Record, RoleYear};

use super::*;
use crate::{BatchCounts, Imported};

pub(super) fn import(subject: &mut Subject, records: &[Record]) -> Imported {
    let mut import = subject.store.begin_import("records").unwrap();
    import.write_records(records).unwrap();
    import.finish().unwrap()
}

fn counts(added: u64, changed: u64, unchanged: u64) -> BatchCounts {
    BatchCounts { added, changed, unchanged }
}

fn facts() -> PlayerFacts {
    PlayerFacts {
        source: "club".to_owned(),
        id: "7".to_owned(),
        name: "Анна".to_owned(),
        elo_milli: Some(2_087_320),
        region: Some("central".to_owned()),
        club: Some("3".to_owned()),
    }
}

fn year(percent: Option<i64>, wins_min: i64, wins_max: i64) -> PlayerYear {
    PlayerYear {
        source: "club".to_owned(),
        player: "7".to_owned(),
        name: "Анна".to_owned(),
        year: 2024,
        civilian: RoleYear { games: 47, win_percent: percent, wins_min, wins_max, extra_milli: Some(130) },
        ..PlayerYear::default()
    }
}

fn every_kind() -> Vec<Record> {
    let club =
        Club {
            source: "club".to_owned(), id: "3".to_owned(), title: "Клуб".to_owned(), ..Club::default()
        };
    let cup = tournament("club-9", &json!({ "source": "club", "title": "Cup", "status": "running" }));
    let mut body = posted(1);
    body["tournament"] = json!("Cup");
    body["tournament_id"] = json!("9");
    body["players"][0]["player_id"] = json!("7");
    vec![
        Record::Game(game(&body)),
        Record::PlayerYear(year(Some(43), 20, 20)),
        Record::Player(facts()),
        Record::Tournament(cup),
        Record::Club(club),
    ]
}

fn count(subject: &Subject, sql: &str) -> i64 {
    subject.store.connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn records_of_every_kind_are_one_commit_and_one_entry() {
    let mut subject = Subject::new();
    let imported = import(&mut subject, &every_kind());
    assert_eq!((imported.counts, imported.position.offset), (counts(5, 0, 0), 1));
    let commits = subject.commits();
    let mut tables: Vec<&str> = commits[0].changes.iter().map(|change| change.table.as_str()).collect();
    tables.dedup();
    assert_eq!(tables, ["clubs", "players", "player_years", "tournaments", "games", "imports"]);
    let states = subject.states();
    assert_eq!(states["activity"].as_object().unwrap().len(), 1, "the import alone");
    assert_eq!(states["activity"]["import:1"]["games"], 1);
    assert_eq!(states["metrics"]["tournaments_running"], 1);
    assert_eq!(subject.store.verify().unwrap(), []);
}

#[test]
fn records_told_again_change_nothing() {
    let mut subject = Subject::new();
    import(&mut subject, &every_kind());
    let states = subject.states();
    let again = import(&mut subject, &every_kind());
    assert_eq!((again.counts, again.position.offset), (counts(0, 0, 5), 1));
    assert_eq!(subject.states(), states);
}

#[test]
fn the_player_of_a_ranking_is_the_one_with_this_id_on_a_seat() {
    for turn in [false, true] {
        let mut subject = Subject::new();
        let mut records = every_kind();
        if turn {
            records.reverse();
        }
        // One commit each, in both orders.
        for record in records {
            import(&mut subject, &[record]);
        }
        let sql = "SELECT elo_milli FROM players JOIN seats ON seats.player = players.id WHERE seat = 1";
        assert_eq!(count(&subject, sql), 2_087_320);
        assert_eq!(count(&subject, "SELECT count(*) FROM players"), 10);
    }
}

#[test]
fn a_player_without_a_finished_game_does_not_count() {
    let mut subject = Subject::new();
    import(&mut subject, &[Record::Player(facts())]);
    assert_eq!(subject.states()["metrics"]["players"], 0);
    assert_eq!(count(&subject, "SELECT count(*) FROM players"), 1);
    assert_eq!(subject.store.verify().unwrap(), []);
}

#[test]
fn what_a_later_document_does_not_tell_of_a_player_stays() {
    let mut subject = Subject::new();
    import(&mut subject, &[Record::Player(facts())]);
    let later = PlayerFacts { elo_milli: Some(2_100_000), region: None, club: None, ..facts() };
    assert_eq!(import(&mut subject, &[Record::Player(later)]).counts, counts(0, 1, 0));
    let sql = "SELECT count(*) FROM players WHERE elo_milli = 2100000 AND region = 'central' AND club = '3'";
    assert_eq!(count(&subject, sql), 1);
}

#[test]
fn wins_of_a_year_are_a_range_that_a_second_word_narrows() {
    let mut subject = Subject::new();
    import(&mut subject, &[Record::PlayerYear(year(Some(43), 19, 21))]);
    assert_eq!(import(&mut subject, &[Record::PlayerYear(year(None, 20, 20))]).counts, counts(0, 1, 0));
    assert_eq!(import(&mut subject, &[Record::PlayerYear(year(Some(43), 19, 21))]).counts, counts(0, 0, 1));
    let sql = "SELECT count(*) FROM player_years WHERE civilian_games = 47 AND civilian_win_percent = 43 \
               AND civilian_wins_min = 20 AND civilian_wins_max = 20 AND civilian_extra_milli = 130 \
               AND don_games = 0";
    assert_eq!(count(&subject, sql), 1);
}

#[test]
fn a_tournament_that_an_import_tells_less_of_keeps_what_is_known() {
    let mut subject = Subject::new();
    let told = |body: Value| Record::Tournament(tournament("club-9", &body));
    let full =
        json!({ "source": "club", "title": "Cup", "status": "finished", "city": "Казань", "stars": 4 });
    import(&mut subject, &[told(full)]);
    let less = json!({ "source": "club", "title": "Cup", "start": "2026-03-01" });
    assert_eq!(import(&mut subject, &[told(less)]).counts, counts(0, 1, 0));
    let row = subject.store.tournament("club-9").unwrap().unwrap();
    assert_eq!(
        (&row["status"], &row["city"], &row["stars"], &row["start"]),
        (&json!("finished"), &json!("Казань"), &json!(4), &json!("2026-03-01"))
    );
    assert_eq!(row["offset"], Value::Null, "an import is one entry of the feed");
}

#[test]
fn five_hundred_and_one_records_are_two_commits() {
    let mut subject = Subject::new();
    let club = |n: usize| {
        Record::Club(Club {
            source: "club".to_owned(),
            id: n.to_string(),
            title: "x".to_owned(),
            ..Club::default()
        })
    };
    let records: Vec<Record> = (0..501).map(club).collect();
    assert_eq!(import(&mut subject, &records).counts, counts(501, 0, 0));
    assert_eq!(subject.offset(), 2);
    assert_eq!(count(&subject, "SELECT count(*) FROM imports"), 1);
}

#[test]
fn a_file_with_nothing_but_players_is_not_empty() {
    let mut subject = Subject::new();
    assert!(subject.store.is_empty().unwrap());
    import(&mut subject, &[Record::Player(facts())]);
    assert!(!subject.store.is_empty().unwrap());
}

#[test]
fn a_row_that_ends_as_it_was_is_no_change() {
    let mut subject = Subject::new();
    let told = |city: &str| {
        let body = json!({ "source": "club", "title": "Cup", "city": city });
        Record::Tournament(tournament("club-9", &body))
    };
    import(&mut subject, &[told("Казань")]);
    import(&mut subject, &[told("Омск"), told("Казань"), Record::Player(facts())]);
    let commits = subject.commits();
    let tables: Vec<&str> = commits[1].changes.iter().map(|change| change.table.as_str()).collect();
    assert_eq!(tables, ["players", "imports"]);
}
