//! Lines that are refused, each with its reason and place.

use serde_json::{Value, json};

use super::{plain, set, with};
use crate::game::{Game, Reason};

fn refusals(line: &str) -> Vec<(&'static str, String)> {
    let rejections = Game::parse(line).unwrap_err();
    assert!(rejections.iter().all(|one| !one.message.is_empty()), "{line}");
    rejections.into_iter().map(|one| (one.reason.as_str(), one.pointer)).collect()
}

#[test]
fn what_is_no_object_is_refused_as_a_whole() {
    let cases = [
        ("", "not_json"),
        ("   ", "not_json"),
        ("{", "not_json"),
        ("{\"players\":[}", "not_json"),
        ("{\"players\":[]} {}", "not_json"),
        ("{\"season\":NaN}", "not_json"),
        ("{\"season\":Infinity}", "not_json"),
        ("{\"season\":1e999}", "not_json"),
        ("{'source':'a'}", "not_json"),
        ("seat;name;role", "not_json"),
        ("null", "not_an_object"),
        ("[]", "not_an_object"),
        ("7", "not_an_object"),
        ("\"game\"", "not_an_object"),
        ("true", "not_an_object"),
    ];
    for (line, reason) in cases {
        assert_eq!(refusals(line), [(reason, String::new())], "{line}");
    }
    assert_eq!(refusals(&"[".repeat(100_000)), [("not_json", String::new())]);
}

#[test]
fn a_field_that_cannot_be_read_is_refused_with_its_place() {
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/players", json!([]), "no_seats"),
        ("/players", json!({}), "no_seats"),
        ("/players", json!("ten"), "no_seats"),
        ("/players", Value::Null, "no_seats"),
        ("/players/0", json!("Анна"), "wrong_type"),
        ("/players/2", Value::Null, "wrong_type"),
        ("/players/0/role", json!("red"), "unknown_role"),
        ("/players/0/role", json!("Don"), "unknown_role"),
        ("/players/0/role", json!(""), "unknown_role"),
        ("/players/0/role", json!(1), "unknown_role"),
        ("/players/9/role", json!(["don"]), "unknown_role"),
        ("/winner", json!("city"), "unknown_winner"),
        ("/winner", json!(""), "unknown_winner"),
        ("/winner", json!(1), "unknown_winner"),
        ("/winner", json!({"side": "town"}), "unknown_winner"),
        ("/status", json!("paused"), "unknown_status"),
        ("/status", json!(0), "unknown_status"),
        ("/players/1/seat", json!(1), "seat_twice"),
        ("/players/9/seat", json!(9.0), "seat_twice"),
        ("/players/0/seat", json!(0), "seat_out_of_range"),
        ("/players/0/seat", json!(31), "seat_out_of_range"),
        ("/players/0/seat", json!(-1), "seat_out_of_range"),
        ("/players/0/seat", json!(257), "seat_out_of_range"),
        ("/players/0/seat", Value::Null, "seat_out_of_range"),
        ("/players/0/seat", json!("1"), "not_a_number"),
        ("/players/0/seat", json!(1.5), "not_a_number"),
        ("/players/0/fouls", json!("2"), "not_a_number"),
        ("/players/0/fouls", json!(0.5), "not_a_number"),
        ("/players/0/ci", json!("0.4"), "not_a_number"),
        ("/players/0/extra_points", json!("NaN"), "not_a_number"),
        ("/players/0/win_points", json!(true), "not_a_number"),
        ("/players/0/fine", json!([-0.5]), "not_a_number"),
        ("/players/0/tech_fine", json!({}), "not_a_number"),
        ("/players/0/best_move_points", json!(""), "not_a_number"),
        ("/players/0/auto_points", json!("0,3"), "not_a_number"),
        ("/players/0/total", json!(1e300), "not_a_number"),
        ("/players/0/won", json!("true"), "wrong_type"),
        ("/players/0/won", json!(1), "wrong_type"),
        ("/players/0/name", json!(7), "wrong_type"),
        ("/players/0/name", json!("я".repeat(1001)), "too_long"),
        ("/players/0/player_id", json!(true), "wrong_type"),
        ("/season", json!("2"), "not_a_number"),
        ("/season", json!(2.5), "not_a_number"),
        ("/round", json!("1"), "not_a_number"),
        ("/game_no", json!(true), "not_a_number"),
        ("/game_no", json!(1e30), "not_a_number"),
        ("/table", json!("A"), "not_a_number"),
        ("/rated", json!("yes"), "wrong_type"),
        ("/source", json!(1), "wrong_type"),
        ("/source", json!("s".repeat(1001)), "too_long"),
        ("/tournament", json!(8238), "wrong_type"),
        ("/tournament", json!("t".repeat(1001)), "too_long"),
        ("/referee", json!(["Озб"]), "wrong_type"),
        ("/referee", json!("r".repeat(1001)), "too_long"),
        ("/first_killed_night", json!("4"), "not_a_number"),
        ("/first_killed_day", json!(4.5), "not_a_number"),
        ("/best_move", json!([7, 9, 10]), "wrong_type"),
        ("/id", json!(""), "bad_id"),
        ("/id", json!(12), "bad_id"),
        ("/id", json!("a b"), "bad_id"),
        ("/id", json!("a/b"), "bad_id"),
        ("/id", json!("игра"), "bad_id"),
        ("/id", json!("i".repeat(65)), "bad_id"),
    ];
    assert!(cases.len() >= 40);
    for (pointer, value, reason) in cases {
        let line = with(pointer, value.clone()).to_string();
        assert_eq!(refusals(&line), [(reason, pointer.to_owned())], "{pointer} {value}");
    }
}

#[test]
fn places_within_a_best_move_are_told() {
    let cases = [
        (json!({"seat": "4"}), "not_a_number", "/best_move/seat"),
        (json!({"seat": 4, "guess": 7}), "wrong_type", "/best_move/guess"),
        (json!({"seat": 4, "guess": [7, "9"]}), "not_a_number", "/best_move/guess/1"),
        (json!({"seat": 4, "hits": 1.5}), "not_a_number", "/best_move/hits"),
    ];
    for (best_move, reason, pointer) in cases {
        let line = with("/best_move", best_move).to_string();
        assert_eq!(refusals(&line), [(reason, pointer.to_owned())]);
    }
}

#[test]
fn a_missing_seat_or_list_of_players_is_refused() {
    let mut game = plain();
    game.as_object_mut().unwrap().remove("players");
    assert_eq!(refusals(&game.to_string()), [("no_seats", "/players".to_owned())]);
    let mut game = plain();
    game["players"][4].as_object_mut().unwrap().remove("seat");
    assert_eq!(refusals(&game.to_string()), [("seat_out_of_range", "/players/4/seat".to_owned())]);
}

#[test]
fn all_that_refuses_a_line_is_told_at_once() {
    let mut game = plain();
    for (pointer, value) in [
        ("/winner", json!("city")),
        ("/season", json!("1")),
        ("/players/0/role", json!("red")),
        ("/players/3/seat", json!(2)),
        ("/players/3/fouls", json!("1")),
    ] {
        set(&mut game, pointer, value);
    }
    let mut places: Vec<String> =
        refusals(&game.to_string()).into_iter().map(|(_, pointer)| pointer).collect();
    places.sort_unstable();
    assert_eq!(places, ["/players/0/role", "/players/3/fouls", "/players/3/seat", "/season", "/winner"]);
}

#[test]
fn a_rejection_reads_as_place_and_message() {
    let rejections = Game::parse(&with("/season", json!("2")).to_string()).unwrap_err();
    assert_eq!(rejections[0].reason, Reason::NotANumber);
    assert_eq!(rejections[0].to_string(), "/season: an integer is expected, not \"2\"");
}

#[test]
fn texts_and_ids_of_the_longest_allowed_length_are_taken() {
    let mut game = with("/referee", json!("я".repeat(1000)));
    set(&mut game, "/id", json!(format!("A.z_9~-{}", "i".repeat(57))));
    let parsed = Game::parse(&game.to_string()).unwrap();
    assert_eq!(parsed.id.unwrap().len(), 64);
    assert_eq!(parsed.game.referee.unwrap().chars().count(), 1000);
}
