//! Oddities that are kept, and games given back as they were posted.

use serde_json::{Value, json};

use super::{answered, flags, parse, plain, set, with};
use crate::game::{Game, GameStatus, Winner};

#[test]
fn a_plain_game_has_no_flags_and_is_given_back_unchanged() {
    assert_eq!(flags(&plain()), Vec::<&str>::new());
    assert_eq!(answered(&plain()), plain());
}

#[test]
fn each_oddity_is_kept_with_its_flag() {
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("/winner", Value::Null, &["unrated"]),
        ("/rated", json!(false), &["unrated"]),
        ("/rated", json!(true), &[]),
        ("/winner", json!("draw"), &[]),
        ("/players/1/role", Value::Null, &["no_role", "odd_roles"]),
        ("/players/1/role", json!("don"), &["odd_roles"]),
        ("/players/1/role", json!("sheriff"), &["odd_roles"]),
        ("/players/0/role", json!("civilian"), &["odd_roles"]),
        ("/players/1/name", json!(""), &["empty_name"]),
        ("/players/1/name", json!(" \t"), &["empty_name"]),
        ("/players/1/name", Value::Null, &["empty_name"]),
        ("/players/1/name", json!("Игрок 1"), &["duplicate_name"]),
        ("/players/1/name", json!("  Игрок 1 "), &["duplicate_name"]),
        ("/date", Value::Null, &["no_date"]),
        ("/date", json!("Majest"), &["no_date"]),
        ("/date", json!("23/07"), &["no_date"]),
        ("/date", json!("2023-02-29"), &["no_date"]),
        ("/date", json!("2023-02-28T10:00"), &["no_date"]),
        ("/date", json!("20230228"), &["no_date"]),
        ("/date", json!(44348), &["no_date"]),
        ("/players/0/won", json!(true), &["won_mismatch"]),
        ("/players/0/won", json!(false), &[]),
        ("/players/1/won", json!(true), &[]),
        ("/players/1/won", json!(false), &["won_mismatch"]),
        ("/players/1/won", Value::Null, &[]),
    ];
    come_back(cases);
}

#[test]
fn what_is_no_oddity_is_kept_without_a_flag() {
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("/time", json!("19:30"), &[]),
        ("/time", json!("19:30:15"), &[]),
        ("/time", json!("19:30:00"), &[]),
        ("/time", json!("25:00"), &[]),
        ("/time", json!("evening"), &[]),
        ("/time", json!(1930), &[]),
        ("/first_killed_night", json!(4), &[]),
        ("/first_killed_night", json!(0), &[]),
        ("/first_killed_day", json!(99), &[]),
        ("/best_move", json!({"seat": 4, "guess": [7, 9, 10], "hits": 2}), &[]),
        ("/best_move", json!({"seat": null, "guess": [7, 9, 10]}), &[]),
        ("/best_move", json!({"seat": 4, "hits": 2, "comment": "early"}), &[]),
        ("/best_move", json!({"seat": 4, "guess": [7, 9, 0]}), &[]),
        ("/best_move", json!({"seat": 4, "guess": []}), &[]),
        ("/best_move", json!({"seat": 4, "hits": -1}), &[]),
        ("/best_move", json!({}), &[]),
        ("/best_move", Value::Null, &[]),
        ("/tournament", json!(""), &[]),
        ("/tournament", Value::Null, &[]),
        ("/referee", Value::Null, &[]),
        ("/table", Value::Null, &[]),
        ("/status", json!("finished"), &[]),
        ("/status", Value::Null, &[]),
        ("/status", json!("running"), &[]),
        ("/players/0/player_id", json!("x7"), &[]),
        ("/players/0/player_id", json!(3170), &[]),
        ("/players/0/player_id", json!(3170.0), &[]),
        ("/players/0/player_id", json!(""), &[]),
        ("/players/0/extra_points", json!(0.5), &[]),
        ("/players/0/total", json!(-0.692), &[]),
        ("/players/0/ci", json!(0.0305), &[]),
        ("/players/0/likes", json!(3), &[]),
        ("/shots_raw", json!([[1, 2], null]), &[]),
        ("/ratio", json!(0.1), &[]),
    ];
    come_back(cases);
}

/// Each value at its place comes back as it was posted, with these flags.
fn come_back(cases: Vec<(&str, Value, &[&str])>) {
    for (pointer, value, expected) in cases {
        let game = with(pointer, value.clone());
        assert_eq!(flags(&game), expected, "{pointer} {value}");
        let mut back = answered(&game);
        if pointer == "/players/1/name" && value.is_null() {
            assert_eq!(back.pointer(pointer), Some(&Value::Null));
            set(&mut back, pointer, Value::Null);
        }
        assert_eq!(back, game, "{pointer} {value}");
    }
}

#[test]
fn nine_seats_are_a_game_and_eight_are_odd() {
    let mut game = plain();
    game["players"].as_array_mut().unwrap().pop();
    assert_eq!(flags(&game), Vec::<&str>::new());
    game["players"].as_array_mut().unwrap().pop();
    assert_eq!(flags(&game), ["odd_roles"]);
}

#[test]
fn a_posted_win_without_a_winner_is_a_mismatch() {
    let mut game = with("/winner", Value::Null);
    set(&mut game, "/players/1/won", json!(true));
    assert_eq!(flags(&game), ["unrated", "won_mismatch"]);
    set(&mut game, "/players/1/won", json!(false));
    assert_eq!(flags(&game), ["unrated"]);
    set(&mut game, "/winner", json!("draw"));
    set(&mut game, "/players/1/won", json!(true));
    assert_eq!(flags(&game), ["won_mismatch"]);
}

#[test]
fn names_differing_only_in_composition_are_the_same_name() {
    let mut game = with("/players/0/name", json!("Й"));
    set(&mut game, "/players/1/name", json!("И\u{306}"));
    assert_eq!(flags(&game), ["duplicate_name"]);
    assert_eq!(answered(&game), game);
}

#[test]
fn personal_fields_are_dropped_wherever_they_stand() {
    let mut game = with("/players/0/vk_id", json!("1"));
    set(&mut game, "/first_name", json!("А"));
    set(&mut game, "/players/0/user", json!({"last_name": "Б", "club": "Ц"}));
    set(&mut game, "/views", json!([{"avatar": "x"}, {"avatar_link": "y", "n": 1}]));
    let mut expected = with("/players/0/user", json!({"club": "Ц"}));
    set(&mut expected, "/views", json!([{}, {"n": 1}]));
    assert_eq!(answered(&game), expected);
}

#[test]
fn a_game_without_a_source_is_local() {
    for source in [Value::Null, json!(""), json!("  ")] {
        assert_eq!(answered(&with("/source", source)), with("/source", json!("local")));
    }
    let mut game = plain();
    game.as_object_mut().unwrap().remove("source");
    assert_eq!(parse(&game).source, "local");
}

#[test]
fn an_answer_that_is_posted_again_is_the_same_game() {
    let game = parse(&with("/note", json!({"b": 1, "a": [0.5]})));
    let again = Game::parse(&game.to_json("g1").to_string()).unwrap();
    assert_eq!(again.id.as_deref(), Some("g1"));
    assert_eq!(again.game, game);
}

#[test]
fn numbers_with_a_zero_fraction_are_the_integers() {
    let game = parse(&with("/game_no", json!(3.0)));
    assert_eq!(game, parse(&plain()));
    let points = parse(&with("/players/0/total", json!(1.0)));
    assert_eq!(points, parse(&with("/players/0/total", json!(1))));
    assert_eq!(points.seats[0].points.total, Some(1000));
    assert_eq!(parse(&with("/players/0/fine", json!(-0.6))).seats[0].points.fine, Some(-600));
}

#[test]
fn a_running_game_keeps_its_winner_to_itself() {
    let mut game = with("/status", json!("running"));
    set(&mut game, "/players/1/won", json!(false));
    let game = parse(&game);
    assert_eq!((game.status, game.winner), (GameStatus::Running, Some(Winner::Town)));
    let row = crate::row::GameRow::of(&game, "g1", &[Some(5)], 7);
    assert_eq!((row.winner, row.offset), (None, 7));
    assert!(row.seats.iter().all(|seat| seat.side.is_none()));
    assert_eq!(row.seats[0].player, Some(5));
    assert_eq!(row.seats[1].player, None);
    let flags: Vec<&str> = row.flags.into_iter().map(crate::game::Flag::as_str).collect();
    assert_eq!(flags, ["unrated"]);
}

#[test]
fn wins_follow_winner_and_role() {
    let won = |game: &Value, seat: usize| {
        let game = parse(game);
        game.won(&game.seats[seat])
    };
    assert_eq!(won(&plain(), 0), Some(false));
    assert_eq!(won(&plain(), 1), Some(true));
    assert_eq!(won(&with("/winner", json!("mafia")), 3), Some(true));
    assert_eq!(won(&with("/winner", json!("draw")), 3), Some(false));
    assert_eq!(won(&with("/winner", Value::Null), 3), None);
    assert_eq!(won(&with("/players/3/role", Value::Null), 3), None);
}

#[test]
fn a_score_in_a_seat_is_ours_and_is_dropped() {
    let posted = with("/players/0/score", json!({ "win": 1000, "total": 5 }));
    assert_eq!(answered(&posted), plain());
}
