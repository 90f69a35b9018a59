//! Where each part of a score comes from, and what changes in other games.

mod changes;
mod parts;

use serde_json::{Value, json};

use super::{Score, TournamentScores};
use crate::game::Game;

/// A game of ten of a cup under the rules of 2025: the don sits at 1, mafia at 2 and 3, the sheriff
/// at 4. The mafia won.
fn cup(round: u32) -> Value {
    let roles = ["don", "mafia", "mafia", "sheriff"].into_iter().chain(["civilian"; 6]);
    let players: Vec<Value> = (1..)
        .zip(roles)
        .map(|(n, role)| json!({ "seat": n, "name": format!("Игрок {n}"), "role": role }))
        .collect();
    json!({
        "source": "mafiauniverse/0", "tournament": "Кубок Дюн", "date": "2025-11-01", "round": round,
        "winner": "mafia", "players": players,
    })
}

/// The cup's game with the values at these JSON pointers set.
fn with(round: u32, values: &[(&str, Value)]) -> Game {
    let mut game = cup(round);
    for (pointer, value) in values {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        game.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    Game::parse(&game.to_string()).unwrap().game
}

/// Seat 5, red, killed first, with a best move that named so many blacks.
fn killed(round: u32, hits: u8) -> Game {
    with(round, &[("/first_killed_night", json!(5)), ("/best_move", json!({ "seat": 5, "hits": hits }))])
}

fn scores_of(scores: &TournamentScores, id: &str) -> Vec<Score> {
    scores.scores(id).unwrap().into_iter().map(|(_, score)| score).collect()
}

/// The scores of a game that is alone in its tournament, by seat from 1.
fn alone(game: &Game) -> Vec<Score> {
    let mut scores = TournamentScores::default();
    scores.put("g", game);
    scores_of(&scores, "g")
}
