//! `gomafia report`: what a database holds, and what its sources tell differently.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mafia::rating::Rating;
use mafia::window::{Timeframe, games_by_day};
use serde::Serialize;
use store_sqlite::{Named, Report, Store, StoreError, WinRate};

use crate::cli::{Done, ReportOptions};

/// What is printed.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    report: Report,
    /// Finished games by timeframe up to today, days of the calendar in UTC.
    games_by_timeframe: BTreeMap<&'static str, i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    players: Option<Vec<PlayerRating>>,
}

/// The local rating of one player, in thousandths.
#[derive(Debug, Serialize)]
struct PlayerRating {
    source: String,
    key: String,
    red: i64,
    black: i64,
    games: Vec<RatedGame>,
}

#[derive(Debug, Serialize)]
struct RatedGame {
    game: String,
    date: Option<String>,
    side: &'static str,
    change: i64,
}

/// Counts and prints; the file is only read.
pub(crate) fn run(options: &ReportOptions) -> Done {
    let path = options.database.display();
    if !options.database.exists() {
        return Err(anyhow::anyhow!("there is no database {path}: name it with --database").into());
    }
    let mut store = Store::open(&options.database).with_context(|| format!("failed to open {path}"))?;
    let told =
        tell(&mut store, options.player.as_deref()).with_context(|| format!("failed to read {path}"))?;
    let mut out = std::io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&told)?)?;
    } else {
        print(&mut out, &told)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(store: &mut Store, player: Option<&str>) -> Result<Told, StoreError> {
    let report = store.report()?;
    let (_, views) = store.views()?;
    let metrics = views.state("metrics").unwrap_or_default();
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let games =
        |timeframe| games_by_day(&metrics, timeframe, today).into_iter().map(|(_, games)| games).sum();
    let games_by_timeframe = Timeframe::ALL.map(|timeframe| (timeframe.as_str(), games(timeframe)));
    let players = match player {
        Some(name) => {
            let named = store.players_named(name)?;
            Some(named.into_iter().map(|named| rating(views.rating(), named)).collect())
        }
        None => None,
    };
    Ok(Told { report, games_by_timeframe: games_by_timeframe.into(), players })
}

fn rating(ratings: &Rating, Named { id, source, key }: Named) -> PlayerRating {
    let games = ratings.history(id).into_iter().map(|step| RatedGame {
        game: step.game,
        date: step.date.map(|date| date.to_string()),
        side: step.side.as_str(),
        change: step.change,
    });
    let parts = ratings.player(id).unwrap_or_default();
    PlayerRating { source, key, red: parts.red, black: parts.black, games: games.collect() }
}

fn print(out: &mut impl Write, told: &Told) -> std::io::Result<()> {
    let Told { report, games_by_timeframe, players } = told;
    writeln!(out, "at {}", report.position)?;
    counts(out, "rows", &report.tables)?;
    counts(out, "games of source", &report.games_by_source)?;
    counts(out, "games of season", &report.games_by_season)?;
    counts(out, "games with flag", &report.games_by_flag)?;
    counts(out, "finished games with a day,", games_by_timeframe)?;
    for (side, rate) in &report.win_rate_by_side {
        let WinRate { wins, n, rate_milli } = rate;
        let percent = rate_milli.map(|milli| format!(", {:.1} %", milli as f64 / 10.0)).unwrap_or_default();
        writeln!(out, "{side} won {wins} of {n} games{percent}")?;
    }
    for join in &report.joins {
        let how = if join.automatic { "by title and day" } else { "by an alias" };
        writeln!(out, "{} {} is {} {how}", join.source, join.key, join.tournament)?;
    }
    for one in &report.disagreements {
        let game = one.game.as_deref().map(|game| format!(" game {game}")).unwrap_or_default();
        let (tournament, field, kept, said) = (&one.tournament, &one.field, &one.kept, &one.told);
        writeln!(out, "{tournament}{game} {field}: {kept} stands, {} says {said}", one.source)?;
    }
    for player in players.iter().flatten() {
        let PlayerRating { source, key, red, black, games } = player;
        let points = |milli: i64| milli as f64 / 1000.0;
        writeln!(out, "{source} {key}: red {:+.3}, black {:+.3} local rating", points(*red), points(*black))?;
        for RatedGame { game, date, side, change } in games {
            let date = date.as_deref().unwrap_or("without a day");
            writeln!(out, "  {date} {game} {side} {:+.3}", points(*change))?;
        }
    }
    Ok(())
}

fn counts<K: Display, V: Display>(
    out: &mut impl Write,
    title: &str,
    counts: &BTreeMap<K, V>,
) -> std::io::Result<()> {
    for (key, count) in counts {
        writeln!(out, "{title} {key}: {count}")?;
    }
    Ok(())
}
