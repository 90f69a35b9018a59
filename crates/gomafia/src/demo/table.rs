//! One simulated game at a table.
//!
//! How often something happens follows DOMAIN.md 2 and 5; the figures are invented to come near them.

use serde_json::{Value, json};

use super::dice::Dice;
use super::names::{PLAYERS, REFEREES};

/// Of 1,000 games: won by the mafia when both sides are equally strong, drawn.
const MAFIA_WINS: i64 = 584;
const DRAWS: i64 = 8;
/// How much more or less a player wins than another, per mille.
const STRENGTH_MAX: i64 = 60;
/// Of 1,000 games: with somebody killed in the first night, and that one of the town.
const FIRST_KILLS: i64 = 975;
const FIRST_KILLED_OF_TOWN: i64 = 992;
/// Of 1,000 seats: with extra points, with a fine, with a technical fine, with four fouls.
const EXTRAS: i64 = 534;
const FINES: i64 = 343;
const TECH_FINES: i64 = 3;
const REMOVED: i64 = 5;
/// Of 1,000 seats that a first killed player names: black.
const GUESSED: i64 = 450;
/// Tenths of a point for so many named blacks.
const BEST_MOVE: [i64; 4] = [0, 1, 3, 6];

const ROLES: [&str; 10] = [
    "don", "mafia", "mafia", "sheriff", "civilian", "civilian", "civilian", "civilian", "civilian",
    "civilian",
];

/// Completes `head` to a finished game of these players, given as indices of [`PLAYERS`].
pub(super) fn play(dice: &mut Dice, head: &Value, players: &[usize]) -> Value {
    let mut roles = ROLES.get(..players.len()).unwrap_or(&ROLES).to_vec();
    dice.shuffle(&mut roles);
    let winner = winner(dice, players, &roles);
    let mut game = head.clone();
    game["referee"] = REFEREES.get(dice.index(REFEREES.len())).copied().into();
    game["winner"] = winner.into();
    let seats = roles.iter().zip(players).zip(1..);
    let seats = seats.map(|((role, &player), seat)| {
        json!({"seat": seat, "name": PLAYERS.get(player), "role": role, "fouls": fouls(dice)})
    });
    game["players"] = seats.collect();
    score(dice, &mut game);
    first_kill(dice, &mut game, &roles);
    game
}

fn winner(dice: &mut Dice, players: &[usize], roles: &[&str]) -> &'static str {
    let (mut black, mut red) = (Vec::new(), Vec::new());
    for (&player, role) in players.iter().zip(roles) {
        if is_black(role) { black.push(strength(player)) } else { red.push(strength(player)) }
    }
    let mean = |side: &[i64]| side.iter().sum::<i64>() / i64::try_from(side.len()).unwrap_or(1).max(1);
    let mafia = MAFIA_WINS + mean(&black) - mean(&red);
    match dice.between(0, 999) {
        roll if roll < mafia => "mafia",
        roll if roll < mafia + DRAWS => "draw",
        _ => "town",
    }
}

/// From minus to plus [`STRENGTH_MAX`], spread over the players.
fn strength(player: usize) -> i64 {
    let spread = 2 * STRENGTH_MAX + 1;
    i64::try_from(player * 37).unwrap_or(0) % spread - STRENGTH_MAX
}

fn is_black(role: &str) -> bool {
    matches!(role, "mafia" | "don")
}

fn fouls(dice: &mut Dice) -> i64 {
    if dice.chance(REMOVED) {
        return 4;
    }
    dice.between(0, 3).min(dice.between(0, 3))
}

/// Gives every seat its points for the game's winner.
fn score(dice: &mut Dice, game: &mut Value) {
    let winner = game["winner"].as_str().unwrap_or("").to_owned();
    for seat in game["players"].as_array_mut().into_iter().flatten() {
        let side = if is_black(seat["role"].as_str().unwrap_or("")) { "mafia" } else { "town" };
        let won = winner == side;
        seat["won"] = won.into();
        seat["win_points"] = u64::from(won).into();
        // Few points are more frequent than many.
        if dice.chance(EXTRAS) {
            seat["extra_points"] = tenths(dice.between(1, 9).min(dice.between(1, 9)));
        }
        if dice.chance(FINES) {
            seat["fine"] = tenths(-dice.between(1, 10).min(dice.between(1, 10)));
        }
        if dice.chance(TECH_FINES) {
            seat["tech_fine"] = tenths(-dice.between(2, 3));
        }
    }
}

/// Who was killed first, and what he thought.
fn first_kill(dice: &mut Dice, game: &mut Value, roles: &[&str]) {
    if !dice.chance(FIRST_KILLS) {
        return;
    }
    let of_town = dice.chance(FIRST_KILLED_OF_TOWN);
    let seats = |black: bool| -> Vec<usize> {
        (1..).zip(roles).filter(|(_, role)| is_black(role) == black).map(|(seat, _)| seat).collect()
    };
    let (mut black, mut red) = (seats(true), seats(false));
    dice.shuffle(&mut black);
    dice.shuffle(&mut red);
    let Some(killed) = (if of_town { red.pop() } else { black.pop() }) else { return };
    game["first_killed_night"] = killed.into();
    if !of_town {
        return;
    }
    let (mut guess, mut hits) = (Vec::new(), 0);
    for _ in 0..3 {
        let named = if dice.chance(GUESSED) { black.pop().inspect(|_| hits += 1) } else { None };
        guess.extend(named.or_else(|| red.pop()));
    }
    game["best_move"] = json!({"seat": killed, "guess": guess, "hits": hits});
    if let Some(points) = BEST_MOVE.get(hits).filter(|points| **points > 0) {
        game["players"][killed - 1]["best_move_points"] = tenths(*points);
    }
}

fn tenths(count: i64) -> Value {
    json!(f64::from(i32::try_from(count).unwrap_or(0)) / 10.0)
}

/// The game as a referee corrects it: another winner, or only other points.
pub(super) fn correct(dice: &mut Dice, game: &Value) -> Value {
    let mut corrected = game.clone();
    if dice.chance(500) {
        let other = if game["winner"] == "town" { "mafia" } else { "town" };
        corrected["winner"] = other.into();
    }
    for seat in corrected["players"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = seat.as_object_mut() {
            fields.retain(|field, _| !matches!(field.as_str(), "extra_points" | "fine" | "tech_fine"));
        }
    }
    score(dice, &mut corrected);
    corrected
}

/// What is told of a game while it runs: who sits where.
pub(super) fn running(game: &Value) -> Value {
    let mut told = game.clone();
    told["status"] = "running".into();
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|field, _| !matches!(field.as_str(), "winner" | "first_killed_night" | "best_move"));
    }
    for seat in told["players"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = seat.as_object_mut() {
            fields.retain(|field, _| matches!(field.as_str(), "seat" | "name"));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn game(number: u64) -> Value {
        let players: Vec<_> = (0..10).collect();
        play(&mut Dice::of(1, 0, number), &json!({"source": "demo"}), &players)
    }

    #[test]
    fn a_best_move_names_three_other_seats_and_counts_the_black_ones() {
        let games = (0..200).map(game).filter(|game| game.get("best_move").is_some());
        let mut seen = std::collections::BTreeSet::new();
        for game in games {
            let best_move = &game["best_move"];
            let role =
                |seat: u64| game["players"][usize::try_from(seat).unwrap() - 1]["role"].as_str().unwrap();
            let guess: Vec<_> =
                best_move["guess"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
            let own = best_move["seat"].as_u64().unwrap();
            assert_eq!(best_move["seat"], game["first_killed_night"]);
            assert!(guess.len() == 3 && !guess.contains(&own) && !is_black(role(own)), "{game}");
            let hits = guess.iter().filter(|seat| is_black(role(**seat))).count();
            assert_eq!(best_move["hits"], hits);
            let points = game["players"][usize::try_from(own).unwrap() - 1]["best_move_points"].as_f64();
            assert_eq!(points, [None, Some(0.1), Some(0.3), Some(0.6)][hits], "{game}");
            seen.insert(hits);
        }
        assert_eq!(seen.len(), 4, "every number of hits was seen");
    }

    #[test]
    fn a_running_game_tells_no_role_winner_or_points() {
        let told = running(&game(1)).to_string();
        for word in ["role", "winner", "points", "first_killed", "best_move", "fouls"] {
            assert!(!told.contains(word), "{told}");
        }
    }

    #[test]
    fn a_correction_changes_points_and_sometimes_the_winner() {
        let corrected = (0..100).map(|n| (game(n), correct(&mut Dice::of(2, 0, n), &game(n))));
        let other = corrected.filter(|(game, corrected)| {
            assert_ne!(game, corrected);
            game["winner"] != corrected["winner"]
        });
        assert!((30..70).contains(&other.count()));
    }
}
