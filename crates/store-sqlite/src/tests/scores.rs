//! Scores in the answer of a game.

use super::*;

/// Round `round` of a tournament under rules with a compensation: seat 1 is killed first.
fn round(round: i64, winner: &str) -> Value {
    let mut body = posted(0);
    let fields = body.as_object_mut().unwrap();
    fields.remove("game_no");
    fields.extend(
        json!({
            "source": "mafiauniverse/1", "tournament": "Cup", "date": "2025-11-01", "round": round,
            "winner": winner, "first_killed_night": 1, "best_move": { "guess": [8, 2, 3] },
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    fields["players"][7]["extra_points"] = json!(0.35);
    fields["players"][8]["fine"] = json!(-0.5);
    body
}

fn score(subject: &mut Subject, id: &str, seat: usize) -> Value {
    subject.store.game(id).unwrap().unwrap()["players"][seat - 1]["score"].clone()
}

#[test]
fn the_parts_of_each_seat_are_told_and_their_sum() {
    let mut subject = Subject::new();
    subject.store.put_game("a", &game(&round(1, "mafia"))).unwrap();
    let parts = |win: i64, extra: i64, fine: i64| {
        json!({ "win": win, "extra": extra, "best_move": 0, "ci": 0, "fine": fine, "tech_fine": 0,
            "total": win + extra + fine })
    };
    assert_eq!(score(&mut subject, "a", 8), parts(1000, 350, 0));
    assert_eq!(score(&mut subject, "a", 9), parts(1000, 0, -500));
    assert_eq!(score(&mut subject, "a", 2), parts(0, 0, 0));
}

#[test]
fn a_score_counts_all_games_of_the_tournament_and_its_planned_rounds() {
    let mut subject = Subject::new();
    subject.store.put_game("a", &game(&round(1, "mafia"))).unwrap();
    let compensation = |subject: &mut Subject| score(subject, "a", 1)["ci"].clone();
    let alone = compensation(&mut subject);
    subject.store.put_game("other", &game(&posted(1))).unwrap();
    assert_eq!(compensation(&mut subject), alone, "another tournament's game");
    let body = json!({ "source": "mafiauniverse/1", "title": "Cup", "planned_rounds": 15 });
    subject.store.put_tournament(&tournament("cup", &body)).unwrap();
    // Killed first in one of 15: 0.4 * 1 / 6.
    assert_eq!(compensation(&mut subject), json!(67));
    subject.store.put_game("b", &game(&round(2, "town"))).unwrap();
    assert_eq!(compensation(&mut subject), json!(133));
    subject.store.delete_game("b").unwrap();
    assert_eq!(compensation(&mut subject), json!(67));
}

#[test]
fn a_running_game_and_one_without_a_winner_have_no_score() {
    let mut subject = Subject::new();
    let mut body = round(1, "mafia");
    body["status"] = json!("running");
    subject.store.put_game("a", &game(&body)).unwrap();
    assert_eq!(score(&mut subject, "a", 8), Value::Null);
    body["status"] = json!("finished");
    body["winner"] = Value::Null;
    subject.store.put_game("a", &game(&body)).unwrap();
    assert_eq!(score(&mut subject, "a", 8), Value::Null);
}

#[test]
fn an_answer_that_is_put_again_changes_nothing() {
    let mut subject = Subject::new();
    subject.store.put_game("a", &game(&round(1, "mafia"))).unwrap();
    let answer = subject.store.game("a").unwrap().unwrap();
    assert!(answer["players"][7]["score"].is_object());
    assert_eq!(subject.store.put_game("a", &game(&answer)).unwrap().outcome, crate::Outcome::Unchanged);
    assert_eq!(subject.offset(), 1);
}
