//! What one appended game costs the views.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use mafia::game::Game;
use mafia::row::{GameRow, RowChange};
use mafia::views::Views;

use crate::figure::{Figures, Target};
use crate::games::game;

const BEFORE: u64 = 10_000;
const MEASURED: u64 = 20_000;

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
    Ok(())
}

fn median(samples: &mut [Duration]) -> f64 {
    samples.sort_unstable();
    samples.get(samples.len() / 2).map_or(f64::NAN, |took| took.as_secs_f64() * 1e6)
}

fn appended(n: u64) -> Result<RowChange> {
    let parsed = Game::parse(&game(n).to_string()).ok().context("an invented game was refused")?;
    let players: Vec<_> =
        parsed.game.seats.iter().map(|seat| seat.name.rsplit(' ').next()?.parse().ok()).collect();
    let row = GameRow::of(&parsed.game, &parsed.game.id(), &players, n + 1);
    Ok(RowChange::Game { old: None, new: Some(row) })
}
