//! Each part of a score.

use serde_json::json;

use super::{alone, cup, killed, with};
use crate::game::Game;
use crate::scoring::{Score, score_game, team};

/// One part of the scores of seats 1 to 10.
fn part(game: &Game, part: fn(&Score) -> i64) -> Vec<i64> {
    alone(game).iter().map(part).collect()
}

#[test]
fn a_win_follows_from_winner_and_role() {
    let win = |winner: &str| part(&with(1, &[("/winner", json!(winner))]), |score| score.win);
    assert_eq!(win("mafia"), [1000, 1000, 1000, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(win("town"), [0, 0, 0, 1000, 1000, 1000, 1000, 1000, 1000, 1000]);
    assert_eq!(win("draw"), [0; 10]);
    let no_role = with(1, &[("/players/0/role", json!(null))]);
    assert_eq!(part(&no_role, |score| score.win)[..3], [0, 1000, 1000]);
}

#[test]
fn posted_points_stand_where_they_are_given() {
    let game = with(
        1,
        &[
            ("/players/3/win_points", json!(0.5)),
            ("/players/3/extra_points", json!(-0.2)),
            ("/players/4/best_move_points", json!(0.25)),
            ("/first_killed_night", json!(5)),
            ("/best_move", json!({ "hits": 3 })),
        ],
    );
    let scores = alone(&game);
    assert_eq!((scores[3].win, scores[3].extra, scores[4].best_move), (500, -200, 250));
    assert_eq!(scores[4].extra, 0);
}

#[test]
fn a_total_is_the_plain_sum_of_the_parts() {
    let score = Score { win: 1000, extra: 300, best_move: 100, ci: 92, fine: -600, tech_fine: -200 };
    assert_eq!(score.total(), 692);
}

#[test]
fn a_posted_total_and_automatic_points_do_not_enter() {
    let game = with(1, &[("/players/3/auto_points", json!(0.3)), ("/players/3/total", json!(9))]);
    assert_eq!(alone(&game)[3], Score::default());
}

#[test]
fn fines_are_never_above_zero() {
    let game = with(1, &[("/players/3/fine", json!(-0.6)), ("/players/3/tech_fine", json!(0.3))]);
    let score = alone(&game)[3];
    assert_eq!((score.fine, score.tech_fine, score.total()), (-600, -300, -900));
}

#[test]
fn a_best_move_gives_what_its_hits_are_worth_to_the_one_who_made_it() {
    let worth = |hits: u8| part(&killed(1, hits), |score| score.best_move);
    for (hits, points) in [(0, 0), (1, 100), (2, 300), (3, 600), (4, 0)] {
        assert_eq!(worth(hits), [0, 0, 0, 0, points, 0, 0, 0, 0, 0], "{hits}");
    }
}

#[test]
fn hits_are_counted_from_the_guess_when_they_are_not_told() {
    let worth = |best_move| {
        let game = with(1, &[("/first_killed_night", json!(5)), ("/best_move", best_move)]);
        alone(&game)[4].best_move
    };
    assert_eq!(worth(json!({ "guess": [1, 2, 9] })), 300);
    assert_eq!(worth(json!({ "guess": [1, 2, 9], "hits": 1 })), 100);
    // Nobody sits at 11: whether that was a hit is not known, so nothing is.
    assert_eq!(worth(json!({ "guess": [1, 2, 11] })), 0);
}

#[test]
fn a_best_move_belongs_to_the_named_seat_even_when_another_was_killed_first() {
    let game = with(1, &[("/first_killed_night", json!(5)), ("/best_move", json!({ "seat": 6, "hits": 0 }))]);
    let scores = alone(&game);
    // The best move of another does not take the compensation away.
    assert_eq!((scores[4].ci, scores[5].ci), (400, 0));
    let game = with(1, &[("/first_killed_night", json!(5)), ("/best_move", json!({ "seat": 6, "hits": 3 }))]);
    assert_eq!(part(&game, |score| score.best_move), [0, 0, 0, 0, 0, 600, 0, 0, 0, 0]);
}

#[test]
fn a_value_that_the_rules_do_not_tell_gives_nothing() {
    let worth = |hits| {
        let game = with(
            1,
            &[
                ("/source", json!("gomafia")),
                ("/first_killed_night", json!(5)),
                ("/best_move", json!({ "hits": hits })),
            ],
        );
        alone(&game)[4].best_move
    };
    assert_eq!((worth(1), worth(2), worth(3)), (0, 250, 500));
}

#[test]
fn compensation_is_counted_even_when_another_is_posted() {
    let mut posted = killed(1, 1);
    posted.seats[4].points.ci = Some(7);
    posted.seats[5].points.ci = Some(7);
    let scores = alone(&posted);
    assert_eq!((scores[4].ci, scores[5].ci), (400, 0));
}

#[test]
fn posted_compensation_stands_without_rules_or_first_kill() {
    let ci = |game: &mut Game| {
        game.seats[4].points.ci = Some(7);
        let scores = alone(game);
        (scores[4].ci, scores[5].ci)
    };
    let mut untold = killed(1, 1);
    untold.first_killed_night = None;
    assert_eq!(ci(&mut untold), (7, 0));
    let mut unknown_form = killed(1, 1);
    unknown_form.source = "gomafia.pro".to_owned();
    assert_eq!(ci(&mut unknown_form), (7, 0));
    let mut any_other = killed(1, 1);
    any_other.source = "club".to_owned();
    assert_eq!(ci(&mut any_other), (400, 0));
    let mut nobody_there = killed(1, 1);
    nobody_there.first_killed_night = Some(11);
    assert_eq!(ci(&mut nobody_there), (7, 0));
    let mut no_role = killed(1, 1);
    no_role.seats[4].role = None;
    assert_eq!(ci(&mut no_role), (7, 0));
    let mut no_name = killed(1, 1);
    no_name.seats[4].name.clear();
    assert_eq!(ci(&mut no_name), (7, 0));
    let mut no_distance = killed(1, 1);
    no_distance.tournament = None;
    assert_eq!(ci(&mut no_distance), (7, 0));
}

#[test]
fn a_black_first_kill_neither_gets_compensation_nor_counts() {
    let mut scores = super::TournamentScores::default();
    let mut black = with(1, &[("/first_killed_night", json!(1))]);
    black.seats[0].points.ci = Some(7);
    scores.put("black", &black);
    // In the second game the same player is red and killed first: 1 of 2, so B = 1 and all of it.
    let mut red = with(2, &[("/first_killed_night", json!(5))]);
    let names = (red.seats[0].name.clone(), red.seats[4].name.clone());
    (red.seats[4].name, red.seats[0].name) = names;
    scores.put("red", &red);
    for round in 3..=10 {
        scores.put(&round.to_string(), &with(round, &[]));
    }
    assert_eq!(super::scores_of(&scores, "black")[0].ci, 0);
    // B = round(0.4 · 10) = 4, i = 1.
    assert_eq!(super::scores_of(&scores, "red")[4].ci, 100);
}

#[test]
fn compensation_stands_without_a_best_move_and_falls_with_one_that_named_no_black() {
    let untold = with(1, &[("/first_killed_night", json!(5))]);
    assert_eq!(alone(&untold)[4].ci, 400);
    assert_eq!((alone(&killed(1, 1))[4].ci, alone(&killed(1, 0))[4].ci), (400, 0));
}

#[test]
fn a_draw_gives_no_compensation_but_its_first_kill_counts() {
    let mut draw = killed(1, 1);
    draw.winner = Some(crate::game::Winner::Draw);
    assert_eq!(alone(&draw)[4].ci, 0);
    let games = [("a", &draw), ("b", &killed(2, 1))];
    // i = 2 over a planned distance of 10, so B = 4.
    let scores = score_game(games, Some(10), "b").unwrap();
    assert_eq!(scores[4], (5, Score { best_move: 100, ci: 200, ..Score::default() }));
}

#[test]
fn a_town_win_halves_the_compensation() {
    let mut town = killed(1, 1);
    town.winner = Some(crate::game::Winner::Town);
    assert_eq!(alone(&town)[4], Score { win: 1000, best_move: 100, ci: 200, ..Score::default() });
}

#[test]
fn nine_at_the_table_are_scored_like_ten() {
    let mut nine = killed(1, 2);
    nine.seats.pop();
    let scores = alone(&nine);
    assert_eq!(scores.len(), 9);
    assert_eq!(scores[4], Score { best_move: 300, ci: 400, ..Score::default() });
    assert_eq!(scores.iter().map(|score| score.win).sum::<i64>(), 3000);
}

#[test]
fn scores_keep_the_numbers_and_the_order_of_the_posted_seats() {
    let mut game = killed(1, 1);
    game.seats.reverse();
    let scores = score_game([("g", &game)], None, "g").unwrap();
    let seats: Vec<u8> = scores.iter().map(|(seat, _)| *seat).collect();
    assert_eq!(seats, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(scores[5].1.best_move, 100);
}

#[test]
fn a_game_that_is_running_or_has_no_winner_has_no_scores() {
    let running = with(1, &[("/status", json!("running"))]);
    let undecided = with(1, &[("/winner", json!(null))]);
    assert_eq!(score_game([("g", &running)], None, "g"), None);
    assert_eq!(score_game([("g", &undecided)], None, "g"), None);
    assert_eq!(score_game([("g", &killed(1, 1))], None, "other"), None);
}

#[test]
fn a_team_is_a_number_or_a_text_and_a_told_one_goes_before_an_inferred_one() {
    let of = |fields: serde_json::Value| {
        let mut game = cup(1);
        let seat = game["players"][0].as_object_mut().unwrap();
        seat.extend(fields.as_object().unwrap().clone());
        team(&Game::parse(&game.to_string()).unwrap().game.seats[0])
    };
    assert_eq!(of(json!({ "team_inferred": 7 })).as_deref(), Some("7"));
    assert_eq!(of(json!({ "team": " Барханы ", "team_inferred": 7 })).as_deref(), Some("Барханы"));
    assert_eq!(of(json!({ "team": "", "team_inferred": 7 })).as_deref(), Some("7"));
    assert_eq!(of(json!({ "team": null })), None);
    assert_eq!(of(json!({ "teammate": "x" })), None);
    assert_eq!(of(json!({})), None);
}

#[test]
fn the_first_kills_of_a_team_are_counted_together() {
    let mut teamed = [killed(1, 1), killed(2, 1)];
    teamed[1].seats[4].name = "Другой".to_owned();
    for game in &mut teamed {
        game.seats[4].extra = Some(r#"{"team":"Барханы"}"#.to_owned());
    }
    let [first, second] = &teamed;
    let team = score_game([("a", first), ("b", second)], Some(12), "a").unwrap();
    assert_eq!(team[4].1.ci, 160);
    let mut apart = teamed.clone();
    for game in &mut apart {
        game.seats[4].extra = None;
    }
    let [first, second] = &apart;
    let single = score_game([("a", first), ("b", second)], Some(12), "a").unwrap();
    assert_eq!(single[4].1.ci, 80);
}
