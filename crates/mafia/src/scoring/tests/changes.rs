//! What one game changes in the others, and the reason that is told.

use super::{killed, scores_of, with};
use crate::game::Game;
use crate::scoring::{Row, Rules, Score, ScoreChange, TABLE, TournamentScores};

/// Ten games of which the first two killed seat 5 first, as `1` to `10`.
fn ten() -> TournamentScores {
    let mut scores = TournamentScores::default();
    for round in 1..=10 {
        let game = if round <= 2 { killed(round, 1) } else { with(round, &[]) };
        scores.put(&round.to_string(), &game);
    }
    scores
}

/// Changes as `game/seat: from → to by reason`, the compensation only.
fn told(changes: &[ScoreChange]) -> Vec<String> {
    let line = |change: &ScoreChange| {
        let ScoreChange { game, seat, from, to, why } = change;
        format!("{game}/{seat}: {} → {}: {why}", from.ci, to.ci)
    };
    changes.iter().map(line).collect()
}

#[test]
fn another_first_kill_changes_the_games_before_it_and_tells_so() {
    let mut scores = ten();
    let changes = scores.put("3", &killed(3, 2));
    // The corrected game itself is among them: its seat 5 has a best move and a compensation now.
    assert_eq!(
        told(&changes),
        [
            "1/5: 200 → 300: first kills 2→3 of 4",
            "2/5: 200 → 300: first kills 2→3 of 4",
            "3/5: 0 → 300: correction of the game itself",
        ]
    );
    assert_eq!(changes[2].to, Score { best_move: 300, ci: 300, ..Score::default() });
}

#[test]
fn one_more_game_changes_earlier_ones_only_when_the_quota_moves() {
    let mut scores = ten();
    // B = round(0.4 · 11) = 4, as before.
    assert_eq!(scores.put("11", &with(11, &[])), []);
    // B = round(0.4 · 12) = 5.
    let changes = scores.put("12", &with(12, &[]));
    assert_eq!(told(&changes), ["1/5: 200 → 160: distance 11→12", "2/5: 200 → 160: distance 11→12"]);
    assert_eq!(
        told(&scores.remove("12")),
        ["1/5: 160 → 200: distance 12→11", "2/5: 160 → 200: distance 12→11"]
    );
}

#[test]
fn a_new_game_and_a_removed_one_are_no_changes_of_themselves() {
    let mut scores = TournamentScores::default();
    assert_eq!(scores.put("1", &killed(1, 1)), []);
    assert_eq!(scores.remove("1"), []);
    assert_eq!(scores.scores("1"), None);
    assert_eq!(scores.remove("1"), []);
}

#[test]
fn a_game_that_stops_to_count_leaves_nothing_behind() {
    let mut scores = ten();
    let mut undecided = killed(2, 1);
    undecided.winner = None;
    assert_eq!(told(&scores.put("2", &undecided)), ["1/5: 200 → 100: first kills 2→1 of 4; distance 10→9"]);
    assert_eq!(scores.scores("2"), None);
    assert_eq!(
        told(&scores.put("2", &killed(2, 1))),
        ["1/5: 100 → 200: first kills 1→2 of 4; distance 9→10"]
    );
}

#[test]
fn a_correction_tells_each_seat_that_it_changed() {
    let mut scores = ten();
    let mut town = killed(1, 1);
    town.winner = Some(crate::game::Winner::Town);
    let changes = scores.put("1", &town);
    let seats: Vec<u8> = changes.iter().map(|change| change.seat).collect();
    assert_eq!(seats, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert!(changes.iter().all(|change| change.why == crate::scoring::Why::Correction));
    assert_eq!((changes[4].from.total(), changes[4].to.total()), (300, 1200));
    assert_eq!(scores.put("1", &town), []);
}

#[test]
fn a_planned_number_of_rounds_is_the_distance_until_more_are_played() {
    let mut scores = ten();
    let planned = scores.set_planned_rounds(Some(15));
    assert_eq!(told(&planned), ["1/5: 200 → 133: distance 10→15", "2/5: 200 → 133: distance 10→15"]);
    assert_eq!(scores.put("11", &with(11, &[])), []);
    let fewer = scores.set_planned_rounds(Some(5));
    assert_eq!(told(&fewer), ["1/5: 133 → 200: distance 15→11", "2/5: 133 → 200: distance 15→11"]);
    assert_eq!(scores.set_planned_rounds(None), []);
    assert_eq!(scores.set_planned_rounds(Some(-3)), []);
    // A nonsense of a plan is cut: B = 4,000.
    scores.set_planned_rounds(Some(i64::MAX));
    assert_eq!(scores_of(&scores, "1")[4].ci, 0);
}

#[test]
fn a_team_at_two_tables_of_a_round_has_twice_the_planned_distance() {
    let mut scores = TournamentScores::new(Rules::default(), Some(6));
    let mut tables: Vec<Game> = vec![killed(1, 1), with(1, &[])];
    for game in &mut tables {
        game.seats[4].extra = Some(r#"{"team":"Барханы"}"#.to_owned());
    }
    scores.put("a", &tables[0]);
    // B = round(0.4 · 6) = 2.
    assert_eq!(scores_of(&scores, "a")[4].ci, 200);
    // B = round(0.4 · 12) = 5.
    assert_eq!(told(&scores.put("b", &tables[1])), ["a/5: 200 → 80: distance 6→12"]);
}

#[test]
fn two_of_a_team_at_one_table_have_played_one_game() {
    let mut scores = TournamentScores::default();
    for round in 1..=5 {
        let mut game = if round == 1 { killed(1, 1) } else { with(round, &[]) };
        for seat in [4, 5] {
            game.seats[seat].extra = Some(r#"{"team":"Барханы"}"#.to_owned());
        }
        scores.put(&round.to_string(), &game);
    }
    // B = round(0.4 · 5) = 2.
    assert_eq!(scores_of(&scores, "1")[4].ci, 200);
}

#[test]
fn other_rules_change_all_that_follows_from_them() {
    let mut scores = ten();
    let flat: Vec<Row> = TABLE
        .iter()
        .filter(|row| row.source == "mafiauniverse")
        .cloned()
        .map(|row| Row { best_move: [Some(0), Some(150), None, None], ..row })
        .collect();
    let changes = scores.set_rules(Rules::new(flat));
    let best_moves: Vec<_> =
        changes.iter().map(|change| (change.game.as_str(), change.seat, change.to.best_move)).collect();
    assert_eq!(best_moves, [("1", 5, 150), ("2", 5, 150)]);
    assert!(changes.iter().all(|change| change.why.to_string() == "rules"));
    scores.set_rules(Rules::new(Vec::new()));
    assert_eq!(scores_of(&scores, "1")[4], Score::default());
}

#[test]
fn the_families_compensation_follows_its_seasons() {
    let family = |season: i64, winner: &str| {
        let mut scores = TournamentScores::default();
        for number in 1..=10 {
            let mut game = if number == 1 { killed(1, 0) } else { with(number, &[]) };
            if number == 1 {
                game.winner = crate::game::Winner::from_word(winner);
            }
            (game.source, game.tournament, game.season) = ("seezov/family".to_owned(), None, Some(season));
            (game.round, game.game_no) = (None, Some(i64::from(number)));
            scores.put(&number.to_string(), &game);
        }
        scores_of(&scores, "1")[4].ci
    };
    let lost = [16, 17, 19, 21].map(|season| family(season, "mafia"));
    assert_eq!(lost, [0, 100, 100, 125]);
    assert_eq!(family(21, "town"), 0);
    assert_eq!(family(19, "draw"), 0);
}
