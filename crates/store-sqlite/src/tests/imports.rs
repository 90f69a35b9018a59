//! Imports: counts, order, commits.

use super::*;
use crate::{BatchCounts, IMPORT_GAMES_PER_COMMIT};

fn import(subject: &mut Subject, games: &[Game]) -> BatchCounts {
    let mut import = subject.store.begin_import("games.jsonl").unwrap();
    import.write(games).unwrap();
    import.finish().unwrap().counts
}

fn counts(added: u64, changed: u64, unchanged: u64) -> BatchCounts {
    BatchCounts { added, changed, unchanged }
}

/// Games with different winners, days and seats.
fn games(n: i64) -> Vec<Game> {
    (0..n)
        .zip(0_usize..)
        .map(|(number, turn)| {
            let mut body = posted(number);
            body["date"] = json!(format!("2026-03-{:02}", number % 7 + 1));
            body["winner"] = json!(["town", "mafia", "draw"][turn % 3]);
            let players = body["players"].as_array_mut().unwrap();
            players.rotate_left(turn % 10);
            for (seat, player) in players.iter_mut().enumerate() {
                player["seat"] = json!(seat + 1);
                player["role"] = json!(if seat < 7 { "civilian" } else { "mafia" });
            }
            game(&body)
        })
        .collect()
}

#[test]
fn a_second_import_adds_nothing_and_moves_no_position() {
    let mut subject = Subject::new();
    assert_eq!(import(&mut subject, &games(20)), counts(20, 0, 0));
    let states = subject.states();
    assert_eq!(import(&mut subject, &games(20)), counts(0, 0, 20));
    assert_eq!(subject.offset(), 1);
    assert_eq!(subject.states(), states);
}

#[test]
fn games_in_another_order_give_the_same_state() {
    let mut one = Subject::new();
    let mut other = Subject::new();
    let mut list = games(30);
    import(&mut one, &list);
    list.reverse();
    list.swap(3, 17);
    import(&mut other, &list);
    assert_eq!(one.states(), other.states());
    assert_eq!(one.states()["metrics"]["games"], 30);
}

#[test]
fn an_import_is_one_entry_and_its_games_are_none() {
    let mut subject = Subject::new();
    import(&mut subject, &games(5));
    let activity = subject.states()["activity"].clone();
    assert_eq!(
        activity,
        json!({ "import:1": {
            "kind": "import", "id": 1, "offset": 1, "at": null, "title": "games.jsonl", "games": 5 } })
    );
}

#[test]
fn a_large_import_makes_commits_of_whole_games_and_one_entry() {
    let mut subject = Subject::new();
    let many: Vec<Game> = (0..=IMPORT_GAMES_PER_COMMIT as i64)
        .map(|number| {
            let players = [json!({ "seat": 1, "name": "a" })];
            game(&json!({ "source": "club", "season": 1, "game_no": number, "players": players }))
        })
        .collect();
    assert_eq!(import(&mut subject, &many).added, 501);
    assert_eq!(subject.offset(), 2);
    let entry = subject.states()["activity"]["import:1"].clone();
    assert_eq!((&entry["games"], &entry["offset"]), (&json!(501), &json!(2)));
    assert_eq!(subject.states()["activity"].as_object().unwrap().len(), 1);
}

#[test]
fn a_game_imported_with_other_content_is_changed_corrected_and_an_entry() {
    let mut subject = Subject::new();
    import(&mut subject, &games(3));
    let mut list = games(4);
    list[1].referee = Some("another".to_owned());
    assert_eq!(import(&mut subject, &list), counts(1, 1, 2));
    let activity = subject.states()["activity"].clone();
    assert_eq!(activity[format!("game:{}", list[1].id())]["corrected"], true);
    assert_eq!(activity["import:2"]["games"], 2);
    assert_eq!(activity.as_object().unwrap().len(), 3);
}

#[test]
fn an_imported_game_finds_the_one_posted_under_another_id() {
    let mut subject = Subject::new();
    let list = games(2);
    subject.store.post_game(Some("mine"), &list[0]).unwrap();
    assert_eq!(import(&mut subject, &list), counts(1, 0, 1));
    assert!(subject.store.game("mine").unwrap().is_some());
    assert_eq!(subject.store.game(&list[0].id()).unwrap(), None);
}

#[test]
fn a_commit_of_an_import_has_players_tournaments_games_and_the_import_in_this_order() {
    let mut subject = Subject::new();
    let mut list = games(2);
    list[0].tournament = Some("Cup".to_owned());
    import(&mut subject, &list);
    let commits = subject.commits();
    let mut tables: Vec<&str> = commits[0].changes.iter().map(|change| change.table.as_str()).collect();
    tables.dedup();
    assert_eq!(tables, ["players", "tournaments", "games", "imports"]);
}

#[test]
fn a_player_is_one_row_however_often_he_sits() {
    let mut subject = Subject::new();
    import(&mut subject, &games(10));
    let players: i64 =
        subject.store.connection.query_row("SELECT count(*) FROM players", [], |row| row.get(0)).unwrap();
    assert_eq!(players, 10);
}

#[test]
fn an_import_and_posts_of_another_connection_leave_no_hole_and_lose_nothing() {
    let mut subject = Subject::new();
    let path = subject.folder.path().join("a.db");
    let list = games(40);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut store = Store::open(&path).unwrap();
            for number in 100..110 {
                store.post_game(None, &game(&posted(number))).unwrap();
            }
        });
        let mut import = subject.store.begin_import("games.jsonl").unwrap();
        for batch in list.chunks(4) {
            import.write(batch).unwrap();
        }
    });
    let offsets: Vec<u64> = subject.commits().iter().map(|commit| commit.offset).collect();
    assert_eq!(offsets, (1..=20).collect::<Vec<_>>());
    assert_eq!(subject.states()["metrics"]["games"], 50);
    assert_eq!(subject.store.verify().unwrap(), []);
}

#[test]
fn retention_takes_nothing_from_the_views() {
    let mut subject = Subject::new();
    import(&mut subject, &games(5));
    subject.store.put_game("g1", &game(&posted(50))).unwrap();
    let states = subject.states();
    let policy = crate::Retention { max_age: std::time::Duration::ZERO, max_commits: 0, min_commits: 0 };
    assert_eq!(subject.store.retain(policy, 0).unwrap(), 2);
    assert_eq!(subject.states(), states);
}
