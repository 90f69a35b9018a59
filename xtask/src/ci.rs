//! What must hold before a change lands.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::page::ensure_target;
use crate::process::{cargo, run, say};
use crate::sim;
use crate::testing;
use crate::workspace::Workspace;

type Part = (&'static str, fn(&Workspace) -> Result<()>);

/// In the order of how soon they tell.
const PARTS: [Part; 6] = [
    ("format", format_check),
    ("lints", lints),
    ("lints of the page", page_lints),
    ("tests", testing::test),
    ("simulation", sim::ci),
    ("documentation", documentation),
];

/// Runs the parts up to the first that fails, and prints what each took.
pub(crate) fn ci(workspace: &Workspace) -> Result<ExitCode> {
    let mut rows = Vec::new();
    let mut failed = false;
    for (name, part) in PARTS {
        let start = Instant::now();
        let result = part(workspace);
        rows.push((name, start.elapsed(), result.is_ok()));
        if let Err(error) = result {
            say(&format!("error: {error:#}"));
            failed = true;
            break;
        }
    }
    say(&table(&rows));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn table(rows: &[(&str, Duration, bool)]) -> String {
    let mut text = String::new();
    for (name, took, ok) in rows {
        let word = if *ok { "ok" } else { "FAILED" };
        text.push_str(&format!("{name:<20} {:>7.1} s  {word}\n", took.as_secs_f64()));
    }
    let sum: Duration = rows.iter().map(|(_, took, _)| *took).sum();
    text.push_str(&format!("{:<20} {:>7.1} s", "all", sum.as_secs_f64()));
    text
}

fn format_check(workspace: &Workspace) -> Result<()> {
    run(cargo().current_dir(workspace.root()).args(["fmt", "--all", "--check"]))
}

fn lints(workspace: &Workspace) -> Result<()> {
    run(cargo().current_dir(workspace.root()).args([
        "clippy",
        "--quiet",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn page_lints(workspace: &Workspace) -> Result<()> {
    ensure_target()?;
    run(cargo().current_dir(workspace.root()).args([
        "clippy",
        "--quiet",
        "-p",
        "realtime-web",
        "-p",
        "realtime-leptos",
        "-p",
        "gomafia-dashboard",
        "-p",
        "gomafia-gallery",
        "-p",
        "server-stats-page",
        "--profile",
        "page-dev",
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ]))
}

fn documentation(workspace: &Workspace) -> Result<()> {
    run(cargo()
        .current_dir(workspace.root())
        .args(["doc", "--quiet", "--no-deps"])
        .env("RUSTDOCFLAGS", "-Dwarnings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_each_part_and_the_sum() {
        let rows =
            [("format", Duration::from_millis(1250), true), ("lints", Duration::from_millis(20_000), false)];
        assert_eq!(
            table(&rows),
            "format                   1.2 s  ok\nlints                   20.0 s  FAILED\nall                     21.2 s"
        );
    }
}
