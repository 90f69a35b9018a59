//! What one game costs the scores of the largest tournament that is expected.

use std::time::Instant;

use anyhow::{Context as _, Result};
use mafia::game::Game;
use mafia::scoring::{Rules, TournamentScores};
use serde_json::{Value, json};

use crate::figure::{Figures, Target, median_ms};

const TABLES: u64 = 23;
const PLAYERS: u64 = TABLES * 10;
/// A factor for each round that has no divisor in common with the number of players: everybody sits
/// once in a round, each time with others.
const ROUNDS: [u64; 15] = [1, 3, 7, 9, 11, 13, 17, 19, 21, 27, 29, 31, 33, 37, 39];

/// Each game of a whole tournament is corrected, to another first kill; in teams of ten, where a
/// first kill changes ten times as many games as with single players.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let games: Vec<(String, Game, Game)> = (1..)
        .zip(ROUNDS)
        .flat_map(|(round, factor)| (0..TABLES).map(move |table| both(round, factor, table)))
        .collect::<Result<_>>()?;
    let began = Instant::now();
    let mut scores = TournamentScores::new(Rules::default(), None);
    for (id, game, _) in &games {
        scores.put(id, game);
    }
    let all = began.elapsed();
    let mut changes = 0;
    let mut samples = Vec::new();
    for (id, _, corrected) in &games {
        let began = Instant::now();
        changes += scores.put(id, corrected).len();
        samples.push(began.elapsed());
    }
    let most = samples.iter().max().map_or(f64::NAN, |took| took.as_secs_f64() * 1e3);
    figures.print("rescore_one_game_max", most, "ms", Target::AtMost(5.0))?;
    figures.print("rescore_one_game_p50", median_ms(samples), "ms", Target::None)?;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let mean = changes as f64 / games.len() as f64;
    figures.print("rescore_changed_seats_mean", mean, "seats", Target::None)?;
    figures.print("rescore_345_games_from_scratch", all.as_secs_f64() * 1e3, "ms", Target::None)?;
    Ok(())
}

/// A game, and the same with another first kill.
fn both(round: u64, factor: u64, table: u64) -> Result<(String, Game, Game)> {
    let killed = (round + table) % 10;
    let of = |killed: u64| {
        let parsed = Game::parse(&game(round, factor, table, killed).to_string());
        parsed.ok().map(|parsed| parsed.game).context("an invented game was refused")
    };
    Ok((format!("{round}.{table}"), of(killed)?, of((killed + 1) % 10)?))
}

fn game(round: u64, factor: u64, table: u64, killed: u64) -> Value {
    // The red seats begin at the one that is killed first.
    let role = |seat: u64| match (seat + 10 - killed) % 10 {
        9 => "don",
        7 | 8 => "mafia",
        6 => "sheriff",
        _ => "civilian",
    };
    let players = (0..10).map(|seat| {
        let player = (table * 10 + seat) * factor % PLAYERS;
        json!({
            "seat": seat + 1, "name": format!("Player {player}"), "team": player / 10, "role": role(seat),
            "extra_points": 0.2,
        })
    });
    json!({
        "source": "mafiauniverse/bench", "tournament": "Bench", "date": "2025-11-01", "round": round,
        "table": table + 1, "winner": if (round + table) % 5 < 3 { "mafia" } else { "town" },
        "first_killed_night": killed + 1, "best_move": { "hits": 1 + round % 3 },
        "players": players.collect::<Vec<_>>(),
    })
}
