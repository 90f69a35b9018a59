//! `gomafia verify`: every view recounted in SQL.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;
use store_sqlite::Store;

use crate::cli::{Done, VerifyOptions};

/// Recounts and prints the differences; fails when there is one.
pub(crate) fn run(options: &VerifyOptions) -> Done {
    let path = options.database.display();
    if !options.database.exists() {
        return Err(anyhow::anyhow!("there is no database {path}: name it with --database").into());
    }
    let mut store = Store::open(&options.database).with_context(|| format!("failed to open {path}"))?;
    let position = store.position()?;
    let differences = store.verify().with_context(|| format!("failed to recount {path}"))?;
    let mut out = std::io::stdout().lock();
    for found in &differences {
        if options.json {
            let line =
                json!({"view": found.view, "key": found.key, "fold": found.fold, "recount": found.recount});
            writeln!(out, "{line}")?;
        } else {
            let text = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or_else(|| "absent".to_owned(), ToString::to_string)
            };
            writeln!(
                out,
                "{} {}: view says {}, recount says {}",
                found.view,
                found.key,
                text(&found.fold),
                text(&found.recount)
            )?;
        }
    }
    if options.json {
        writeln!(out, "{}", json!({"differences": differences.len(), "position": position}))?;
    } else if differences.is_empty() {
        writeln!(out, "every view equals its recount at {position}")?;
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
