//! Posting, correcting and removing.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{Appended, Clash, Outcome, StoreError};

#[test]
fn a_new_file_stands_at_nought_and_is_empty() {
    let mut subject = Subject::new();
    assert_eq!(subject.offset(), 0);
    assert!(subject.store.is_empty().unwrap());
    assert_eq!(subject.store.origin().unwrap(), None);
    assert_eq!(subject.states()["metrics"]["games"], 0);
}

#[test]
fn a_posted_game_is_there_as_it_was_posted() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["players"][3]["win_points"] = json!(1);
    body["players"][3]["extra_points"] = json!(0.35);
    body["players"][3]["ci"] = Value::Null;
    body["players"][4]["fouls"] = json!(3);
    body["players"].as_array_mut().unwrap().swap(0, 9);
    body["referee"] = json!("Судья");
    body["first_killed_night"] = json!(2);
    body["best_move"] = json!({ "seat": 2, "guess": [8, 9, 1], "hits": 2 });
    body["hall"] = json!({ "name": "large" });
    let written = subject.store.post_game(Some("g1"), &game(&body)).unwrap();
    assert_eq!((written.outcome, written.position.offset), (Outcome::Created, 1));
    let stored = unscored(&mut subject, "g1").unwrap();
    for (key, value) in body.as_object().unwrap() {
        assert_eq!(&stored[key], value, "{key}");
    }
    assert_eq!(stored["id"], "g1");
    assert_eq!(stored, game(&body).to_json("g1"));
    assert_eq!(subject.store.game("g2").unwrap(), None);
}

#[test]
fn the_same_game_again_appends_nothing_and_answers_with_its_own_commit() {
    let mut subject = Subject::new();
    let first = subject.store.post_game(None, &game(&posted(1))).unwrap();
    subject.store.post_game(None, &game(&posted(2))).unwrap();
    let again = subject.store.post_game(None, &game(&posted(1))).unwrap();
    assert_eq!((again.outcome, &again.position, &again.id), (Outcome::Unchanged, &first.position, &first.id));
    assert_eq!(first.id, game(&posted(1)).id());
    assert_eq!(subject.offset(), 2);
}

#[test]
fn another_body_under_the_same_id_is_refused() {
    let mut subject = Subject::new();
    subject.store.post_game(Some("g1"), &game(&posted(1))).unwrap();
    let error = subject.store.post_game(Some("g1"), &game(&posted(2))).unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { id, clash: Clash::Id } if id == "g1"), "{error}");
    assert_eq!(subject.offset(), 1);
}

#[test]
fn the_sources_own_id_of_a_tournament_comes_back() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["tournament_id"] = json!("8238");
    let game = game(&body);
    let id = subject.store.post_game(None, &game).unwrap().id;
    assert_eq!(unscored(&mut subject, &id), Some(game.to_json(&id)));
    assert_eq!(subject.store.post_game(None, &game).unwrap().outcome, Outcome::Unchanged);
}

#[test]
fn two_tournaments_of_one_name_are_told_apart_by_their_ids() {
    let mut subject = Subject::new();
    for own in ["1", "2"] {
        let mut body = posted(1);
        body["tournament"] = json!("Cup");
        body["tournament_id"] = json!(own);
        subject.store.post_game(None, &game(&body)).unwrap();
    }
    for id in ["club-1", "club-2"] {
        let row = subject.store.tournament(id).unwrap().unwrap();
        assert_eq!((&row["title"], &row["games"], &row["players"]), (&json!("Cup"), &json!(1), &json!(10)));
    }
}

#[test]
fn the_same_identity_under_another_id_is_refused() {
    let mut subject = Subject::new();
    subject.store.post_game(Some("g1"), &game(&posted(1))).unwrap();
    for result in [
        subject.store.post_game(Some("g2"), &game(&posted(1))),
        subject.store.put_game("g2", &game(&posted(1))),
    ] {
        let error = result.unwrap_err();
        assert!(
            matches!(&error, StoreError::Conflict { id, clash: Clash::Identity } if id == "g1"),
            "{error}"
        );
    }
    assert_eq!(subject.offset(), 1);
}

#[test]
fn games_without_a_number_do_not_clash() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body.as_object_mut().unwrap().remove("game_no");
    subject.store.post_game(None, &game(&body)).unwrap();
    body["winner"] = json!("mafia");
    let other = subject.store.post_game(None, &game(&body)).unwrap();
    assert_eq!((other.outcome, other.position.offset), (Outcome::Created, 2));
}

#[test]
fn a_tournament_called_like_a_day_is_not_that_day() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    subject.store.post_game(None, &game(&body)).unwrap();
    body["tournament"] = body["date"].clone();
    assert_eq!(subject.store.post_game(None, &game(&body)).unwrap().outcome, Outcome::Created);
}

#[test]
fn a_game_that_takes_another_identity_leaves_the_old_one_free() {
    let mut subject = Subject::new();
    subject.store.put_game("g1", &game(&posted(1))).unwrap();
    subject.store.put_game("g1", &game(&posted(2))).unwrap();
    assert_eq!(subject.store.post_game(Some("g2"), &game(&posted(1))).unwrap().outcome, Outcome::Created);
    assert!(subject.store.post_game(Some("g3"), &game(&posted(2))).is_err());
}

#[test]
fn a_finished_game_that_changes_is_corrected_and_a_running_one_is_not() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["status"] = json!("running");
    let put =
        |subject: &mut Subject, body: &Value| subject.store.put_game("g1", &game(body)).unwrap().outcome;
    assert_eq!(put(&mut subject, &body), Outcome::Created);
    assert_eq!(subject.states()["metrics"]["games"], 0, "a running game does not count");
    body["status"] = json!("finished");
    assert_eq!(put(&mut subject, &body), Outcome::Changed);
    assert_eq!(subject.states()["activity"]["game:g1"]["corrected"], false);
    body["winner"] = json!("mafia");
    assert_eq!(put(&mut subject, &body), Outcome::Changed);
    assert_eq!(put(&mut subject, &body), Outcome::Unchanged);
    let entry = &subject.states()["activity"]["game:g1"];
    assert_eq!(
        (&entry["corrected"], &entry["offset"], &entry["winner"]),
        (&json!(true), &json!(3), &json!("mafia"))
    );
}

#[test]
fn the_row_of_a_running_game_shows_no_side_and_no_winner() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["status"] = json!("running");
    subject.store.put_game("g1", &game(&body)).unwrap();
    let commits = subject.commits();
    let change = commits[0].changes.iter().find(|change| change.table == "games").unwrap();
    let text = change.new.as_deref().unwrap();
    assert!(!text.contains("mafia") && !text.contains("town"), "{text}");
}

#[test]
fn the_rows_of_a_commit_are_those_before_and_after() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["players"].as_array_mut().unwrap().swap(2, 7);
    subject.store.put_game("g1", &game(&body)).unwrap();
    body["table"] = Value::Null;
    body["winner"] = json!("draw");
    subject.store.put_game("g1", &game(&body)).unwrap();
    subject.store.delete_game("g1").unwrap();
    let commits = subject.commits();
    let game_of = |n: usize| commits[n].changes.iter().find(|change| change.table == "games").unwrap();
    assert_eq!(game_of(1).old, game_of(0).new);
    assert_eq!(game_of(2).old, game_of(1).new);
    assert_eq!(game_of(2).new, None);
    assert_eq!(commits[0].changes.iter().filter(|change| change.table == "players").count(), 10);
}

#[test]
fn a_removed_game_leaves_no_trace_in_the_figures() {
    let mut subject = Subject::new();
    let empty = subject.states();
    subject.store.put_game("g1", &game(&posted(1))).unwrap();
    assert_eq!(subject.states()["metrics"]["players"], 10);
    assert_eq!(subject.store.delete_game("g1").unwrap().unwrap().offset, 2);
    assert_eq!(subject.states(), empty);
    assert_eq!(subject.store.delete_game("g1").unwrap(), None);
    assert_eq!(subject.offset(), 2);
}

#[test]
fn a_game_removed_and_posted_again_is_new() {
    let mut subject = Subject::new();
    subject.store.post_game(Some("g1"), &game(&posted(1))).unwrap();
    subject.store.delete_game("g1").unwrap();
    let again = subject.store.post_game(Some("g2"), &game(&posted(1))).unwrap();
    assert_eq!((again.outcome, again.position.offset), (Outcome::Created, 3));
}

#[test]
fn a_tournament_that_a_game_names_is_known_without_an_entry() {
    let mut subject = Subject::new();
    let mut body = posted(1);
    body["tournament"] = json!("Cup");
    subject.store.post_game(None, &game(&body)).unwrap();
    let id = crate::tournament_id("club", "Cup");
    let implied = subject.store.tournament(&id).unwrap().unwrap();
    assert_eq!((&implied["title"], &implied["offset"]), (&json!("Cup"), &Value::Null));
    assert_eq!(subject.states()["activity"].as_object().unwrap().len(), 1);
    let told = tournament(&id, &json!({ "source": "club", "title": "Cup", "status": "running" }));
    assert_eq!(subject.store.put_tournament(&told).unwrap().outcome, Outcome::Created);
    assert_eq!(subject.states()["metrics"]["tournaments_running"], 1);
}

#[test]
fn a_tournament_told_twice_appends_once() {
    let mut subject = Subject::new();
    let mut body = json!({ "source": "club", "title": "Cup", "status": "upcoming", "start": "2026-05-01" });
    let put =
        |subject: &mut Subject, body: &Value| subject.store.put_tournament(&tournament("t1", body)).unwrap();
    let first = put(&mut subject, &body);
    assert_eq!(first.outcome, Outcome::Created);
    let again = put(&mut subject, &body);
    assert_eq!((again.outcome, again.position), (Outcome::Unchanged, first.position));
    body["status"] = json!("running");
    assert_eq!(put(&mut subject, &body).outcome, Outcome::Changed);
    assert_eq!(subject.store.tournament("t1").unwrap().unwrap()["status"], "running");
    assert_eq!(subject.offset(), 2);
}

#[test]
fn the_origin_stays_and_moves_no_position() {
    let mut subject = Subject::new();
    subject.store.set_origin("demo").unwrap();
    assert_eq!(
        Store::open(&subject.folder.path().join("a.db")).unwrap().origin().unwrap().as_deref(),
        Some("demo")
    );
    assert_eq!(subject.offset(), 0);
}

#[test]
fn a_write_wakes_a_reader_at_once() {
    let mut subject = Subject::new();
    let waker = Arc::new(Appended::default());
    subject.store.set_waker(Arc::clone(&waker));
    let mut log = SqliteLog::open(&subject.folder.path().join("a.db"), waker).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(move || {
            log.wait(0, Duration::from_secs(60)).unwrap();
            log.head().unwrap().offset
        });
        subject.store.post_game(None, &game(&posted(1))).unwrap();
        assert_eq!(waiter.join().unwrap(), 1);
    });
}

#[test]
fn two_that_open_a_new_file_at_once_agree_on_its_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let epochs: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Store::open(&path).unwrap().position().unwrap().epoch.to_string()))
            .collect();
        openers.into_iter().map(|opener| opener.join().unwrap()).collect()
    });
    assert_eq!(epochs.len(), 1);
}
