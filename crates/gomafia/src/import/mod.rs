//! `gomafia import`: files of any known format straight into the database.

mod files;
mod lines;
mod read;
mod report;
mod seen;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use realtime_protocol::Position;
use serde::Serialize;
use store_sqlite::{BatchCounts, Imported, Store};

use crate::cli::{Done, ImportOptions, SET_ASIDE};
use files::Found;
use read::Reading;
use report::{Report, Tally};

/// What an import did; the last line of `--json`.
#[derive(Debug, Serialize)]
struct Summary {
    files: usize,
    read: u64,
    added: u64,
    changed: u64,
    unchanged: u64,
    set_aside: u64,
    flags: BTreeMap<&'static str, u64>,
    reasons: BTreeMap<&'static str, u64>,
    position: Position,
    records: BTreeMap<&'static str, u64>,
    disagreements: u64,
    joined: u64,
    skipped: u64,
}

/// Imports every file in one import; says what was set aside.
pub(crate) fn run(options: &ImportOptions) -> Done {
    // Every name is looked up first: a wrong one must not leave half an import.
    let found = files::find(&options.files)?;
    let database = options.database.display();
    let mut store = Store::open(&options.database).with_context(|| format!("failed to open {database}"))?;
    if let Some(origin) = store.origin()?.filter(|origin| origin != "live") {
        return Err(anyhow::anyhow!(
            "{database} holds {origin} data: import into another one with --database"
        )
        .into());
    }
    let mut report = Report::create(options.report.as_deref())?;
    let progress = progress(found.iter().map(|file| file.bytes).sum());
    let summary = import(&mut store, &found, &mut report, &progress)?;
    progress.finish_and_clear();
    report.finish()?;
    print(&summary, options.json)?;
    Ok(if summary.set_aside > 0 { ExitCode::from(SET_ASIDE) } else { ExitCode::SUCCESS })
}

fn progress(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn import(
    store: &mut Store,
    found: &[Found],
    report: &mut Report,
    progress: &ProgressBar,
) -> anyhow::Result<Summary> {
    let mut reading = Reading::new(store.begin_import(&name(found))?, report, progress);
    for file in found {
        reading.read(file)?;
    }
    let (Imported { counts, position, joined, disagreements }, tally) = reading.finish()?;
    for joined in &joined {
        report.joined(joined)?;
    }
    for disagreement in &disagreements {
        report.disagreement(disagreement)?;
    }
    let Tally { files, read, known, set_aside, flags, reasons, records, skipped, .. } = tally;
    let BatchCounts { added, changed, unchanged } = counts;
    Ok(Summary {
        files,
        read,
        added,
        changed,
        unchanged: unchanged + known,
        set_aside,
        flags,
        reasons,
        position,
        records,
        disagreements: tally.disagreements + disagreements.len() as u64,
        joined: joined.len() as u64,
        skipped,
    })
}

/// The name of the import's entry in the feed.
fn name(found: &[Found]) -> String {
    let first = found.first().and_then(|file| file.path.file_name());
    let first = first.map_or_else(|| "import".to_owned(), |name| name.to_string_lossy().into_owned());
    if found.len() > 1 { format!("{first} +{}", found.len() - 1) } else { first }
}

fn print(summary: &Summary, json: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(summary)?)?;
        return Ok(());
    }
    let Summary { read, added, changed, unchanged, set_aside, position, .. } = summary;
    writeln!(
        out,
        "read {read}: {added} added, {changed} changed, {unchanged} unchanged, {set_aside} set aside; at {position}"
    )?;
    for (title, counts) in
        [("read", &summary.records), ("kept with flag", &summary.flags), ("set aside for", &summary.reasons)]
    {
        for (word, count) in counts.iter().filter(|(_, count)| **count > 0) {
            writeln!(out, "{title} {word}: {count}")?;
        }
    }
    let others = [
        ("told differently before", summary.disagreements),
        ("joined to a tournament of another source", summary.joined),
        ("files of no known format skipped", summary.skipped),
    ];
    for (title, count) in others.into_iter().filter(|(_, count)| *count > 0) {
        writeln!(out, "{title}: {count}")?;
    }
    Ok(())
}
