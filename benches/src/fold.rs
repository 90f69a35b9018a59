//! What one appended game costs the views.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use mafia::game::Game;
use mafia::row::{GameRow, RowChange};
use mafia::views::Views;
use serde_json::Value;

use crate::figure::{Figures, Target};
use crate::games::game;

const BEFORE: u64 = 10_000;
const MEASURED: u64 = 20_000;
const STORED: u64 = 150_000;

/// The median over appended games, with thousands of games there already.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let changes: Vec<_> = (0..BEFORE + MEASURED).map(appended).collect::<Result<_>>()?;
    let mut views = Views::new();
    let (mut folds, mut whole) = (Vec::new(), Vec::new());
    for (n, change) in (0_u64..).zip(&changes) {
        let began = Instant::now();
        views.fold(std::slice::from_ref(change));
        let folded = began.elapsed();
        let deltas = views.take_changes();
        let projected = began.elapsed();
        anyhow::ensure!(deltas.len() == 2, "game {n} changed {} views", deltas.len());
        if n >= BEFORE {
            folds.push(folded);
            whole.push(projected);
        }
    }
    figures.print("fold_appended_game_p50", median(&mut folds), "µs", Target::AtMost(2.0))?;
    figures.print("fold_and_delta_of_one_game_p50", median(&mut whole), "µs", Target::None)?;
    figures.print("rerate_150k_from_the_first_game", rerate()?, "s", Target::AtMost(1.0))?;
    Ok(())
}

/// How long it takes until the figures stand again when a game arrives that was played before all others.
fn rerate() -> Result<f64> {
    let changes: Vec<_> = (1..=STORED).map(appended).collect::<Result<_>>()?;
    let mut views = Views::new();
    views.fold(&changes);
    views.take_changes();
    let mut first = game(0);
    first["date"] = "2001-01-01".into();
    let first = change(&first, STORED + 1)?;
    let began = Instant::now();
    views.fold(std::slice::from_ref(&first));
    let deltas = views.take_changes();
    let took = began.elapsed();
    let rated =
        |name: &str| deltas.iter().any(|(view, delta)| *view == name && delta.put.contains_key("rating"));
    anyhow::ensure!(rated("metrics"), "the earliest game moved no rating");
    Ok(took.as_secs_f64())
}

fn median(samples: &mut [Duration]) -> f64 {
    samples.sort_unstable();
    samples.get(samples.len() / 2).map_or(f64::NAN, |took| took.as_secs_f64() * 1e6)
}

fn appended(n: u64) -> Result<RowChange> {
    change(&game(n), n + 1)
}

fn change(posted: &Value, offset: u64) -> Result<RowChange> {
    let parsed = Game::parse(&posted.to_string()).ok().context("an invented game was refused")?;
    let players: Vec<_> =
        parsed.game.seats.iter().map(|seat| seat.name.rsplit(' ').next()?.parse().ok()).collect();
    let row = GameRow::of(&parsed.game, &parsed.game.id(), &players, offset);
    Ok(RowChange::Game { old: None, new: Some(row) })
}
