//! A large import, and the start with what it stored.

use std::io::{BufWriter, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::Server;

use crate::figure::{Figures, Target};
use crate::games::game;

const GAMES: u64 = 150_000;

/// Imports, then starts and asks.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("games.jsonl");
    let mut out = BufWriter::new(std::fs::File::create(&file)?);
    for n in 0..GAMES {
        writeln!(out, "{}", game(n))?;
    }
    out.flush()?;
    let database = folder.path().join("large.sqlite");
    let text = |path: &std::path::Path| path.to_str().map(str::to_owned).context("a path that is no text");
    let began = Instant::now();
    let done = e2e::run(&["import", "--json", "--database", &text(&database)?, &text(&file)?])?;
    let took = began.elapsed();
    let added = done.last_json()?["added"].as_u64();
    anyhow::ensure!(added == Some(GAMES), "{added:?} games were added");
    figures.print(
        "import_games_per_s",
        GAMES as f64 / took.as_secs_f64(),
        "games/s",
        Target::AtLeast(5_000.0),
    )?;
    let began = Instant::now();
    let mut server = Server::start(&database, &[])?;
    let games = server.http().view("metrics")?["games"].as_u64();
    let took: Duration = began.elapsed();
    anyhow::ensure!(games == Some(GAMES), "the first answer has {games:?} games");
    figures.print("start_150000_games", took.as_secs_f64(), "s", Target::AtMost(2.0))?;
    server.kill()?;
    Ok(())
}
