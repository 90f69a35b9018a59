//! `gomafia report`: what a database holds, and what its sources tell differently.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use store_sqlite::{Report, Store};

use crate::cli::{Done, ReportOptions};

/// Counts and prints; the file is only read.
pub(crate) fn run(options: &ReportOptions) -> Done {
    let path = options.database.display();
    if !options.database.exists() {
        return Err(anyhow::anyhow!("there is no database {path}: name it with --database").into());
    }
    let mut store = Store::open(&options.database).with_context(|| format!("failed to open {path}"))?;
    let report = store.report().with_context(|| format!("failed to read {path}"))?;
    let mut out = std::io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        print(&mut out, &report)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    writeln!(out, "at {}", report.position)?;
    counts(out, "rows", &report.tables)?;
    counts(out, "games of source", &report.games_by_source)?;
    counts(out, "games of season", &report.games_by_season)?;
    counts(out, "games with flag", &report.games_by_flag)?;
    for join in &report.joins {
        let how = if join.automatic { "by title and day" } else { "by an alias" };
        writeln!(out, "{} {} is {} {how}", join.source, join.key, join.tournament)?;
    }
    for one in &report.disagreements {
        let game = one.game.as_deref().map(|game| format!(" game {game}")).unwrap_or_default();
        let (tournament, field, kept, told) = (&one.tournament, &one.field, &one.kept, &one.told);
        writeln!(out, "{tournament}{game} {field}: {kept} stands, {} says {told}", one.source)?;
    }
    Ok(())
}

fn counts<K: Display>(
    out: &mut impl Write,
    title: &str,
    counts: &std::collections::BTreeMap<K, u64>,
) -> std::io::Result<()> {
    for (key, count) in counts {
        writeln!(out, "{title} {key}: {count}")?;
    }
    Ok(())
}
