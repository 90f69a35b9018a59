//! What one appended game costs the views.

use std::time::Instant;

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
    let mut samples = Vec::new();
    for (n, change) in (0_u64..).zip(&changes) {
        let began = Instant::now();
        let deltas = views.fold(std::slice::from_ref(change));
        let took = began.elapsed();
        anyhow::ensure!(deltas.len() == 2, "game {n} changed {} views", deltas.len());
        if n >= BEFORE {
            samples.push(took);
        }
    }
    samples.sort_unstable();
    let at = |part: usize| {
        samples.get(samples.len() * part / 100).map_or(f64::NAN, |took| took.as_secs_f64() * 1e6)
    };
    figures.print("fold_appended_game_p50", at(50), "µs", Target::AtMost(2.0))?;
    figures.print("fold_appended_game_p10", at(10), "µs", Target::None)?;
    Ok(())
}

fn appended(n: u64) -> Result<RowChange> {
    let parsed = Game::parse(&game(n).to_string()).ok().context("an invented game was refused")?;
    let players: Vec<_> =
        parsed.game.seats.iter().map(|seat| seat.name.rsplit(' ').next()?.parse().ok()).collect();
    let row = GameRow::of(&parsed.game, &parsed.game.id(), &players, n + 1);
    Ok(RowChange::Game { old: None, new: Some(row) })
}
