//! `gomafia import`: files with one game a line, straight into the database.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use mafia::game::{Game, Reason, Rejection};
use realtime_protocol::Position;
use serde::Serialize;
use serde_json::json;
use store_sqlite::{BatchCounts, IMPORT_GAMES_PER_COMMIT, Imported, Store};

use crate::cli::{Done, ImportOptions, SET_ASIDE};
use crate::limits::LINE_BYTES_MAX;

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
}

/// Imports every file in one import; says what was set aside.
pub(crate) fn run(options: &ImportOptions) -> Done {
    // Every file is opened first: a wrong name must not leave half an import.
    let mut files = Vec::new();
    for path in &options.files {
        let file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
        let bytes = file.metadata()?.len();
        files.push((path.clone(), file, bytes));
    }
    let database = options.database.display();
    let mut store = Store::open(&options.database).with_context(|| format!("failed to open {database}"))?;
    if let Some(origin) = store.origin()?.filter(|origin| origin != "live") {
        return Err(anyhow::anyhow!(
            "{database} holds {origin} data: import into another one with --database"
        )
        .into());
    }
    let mut report = match &options.report {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("failed to write {}", path.display()))?;
            Some(BufWriter::new(file))
        }
        None => None,
    };
    let progress = progress(files.iter().map(|(_, _, bytes)| bytes).sum());
    let summary = import(&mut store, files, report.as_mut(), &progress)?;
    progress.finish_and_clear();
    if let Some(mut report) = report {
        report.flush().context("failed to write the report")?;
    }
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

type Files = Vec<(PathBuf, File, u64)>;

fn import(
    store: &mut Store,
    files: Files,
    mut report: Option<&mut BufWriter<File>>,
    progress: &ProgressBar,
) -> anyhow::Result<Summary> {
    let mut tally = Tally::default();
    let count = files.len();
    let name = name(&files);
    let mut import = store.begin_import(&name)?;
    let mut batch = Vec::with_capacity(IMPORT_GAMES_PER_COMMIT);
    for (path, file, _) in files {
        let mut lines = Lines::new(file);
        while let Some(line) = lines.next().with_context(|| format!("failed to read {}", path.display()))? {
            match line.parse() {
                Ok(game) => {
                    tally.keep(&game);
                    batch.push(game);
                }
                Err(rejections) => {
                    tally.set_aside(&rejections);
                    if let Some(report) = report.as_deref_mut() {
                        write_rejections(report, &path, &line, &rejections)
                            .context("failed to write the report")?;
                    }
                }
            }
            if batch.len() == IMPORT_GAMES_PER_COMMIT {
                import.write(&batch)?;
                batch.clear();
            }
            progress.set_position(lines.bytes);
            progress.set_message(format!("{} games", tally.read));
        }
    }
    import.write(&batch)?;
    let Imported { counts: BatchCounts { added, changed, unchanged }, position, .. } = import.finish()?;
    let Tally { read, set_aside, flags, reasons } = tally;
    Ok(Summary { files: count, read, added, changed, unchanged, set_aside, flags, reasons, position })
}

fn name(files: &Files) -> String {
    let first = files.first().and_then(|(path, _, _)| path.file_name());
    let first = first.map_or_else(|| "import".to_owned(), |name| name.to_string_lossy().into_owned());
    if files.len() > 1 { format!("{first} +{}", files.len() - 1) } else { first }
}

#[derive(Debug, Default)]
struct Tally {
    read: u64,
    set_aside: u64,
    flags: BTreeMap<&'static str, u64>,
    reasons: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn keep(&mut self, game: &Game) {
        self.read += 1;
        for flag in game.flags() {
            *self.flags.entry(flag.as_str()).or_default() += 1;
        }
    }

    fn set_aside(&mut self, rejections: &[Rejection]) {
        self.read += 1;
        self.set_aside += 1;
        if let Some(first) = rejections.first() {
            *self.reasons.entry(first.reason.as_str()).or_default() += 1;
        }
    }
}

fn write_rejections(
    out: &mut impl Write,
    path: &std::path::Path,
    line: &Line,
    rejections: &[Rejection],
) -> std::io::Result<()> {
    for rejection in rejections {
        let object = json!({
            "file": path.display().to_string(),
            "line": line.number,
            "reason": rejection.reason.as_str(),
            "field": rejection.pointer,
            "message": rejection.message,
            "raw": String::from_utf8_lossy(&line.bytes),
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
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
    for (title, counts) in [("kept with flag", &summary.flags), ("set aside for", &summary.reasons)] {
        for (word, count) in counts {
            writeln!(out, "{title} {word}: {count}")?;
        }
    }
    Ok(())
}

/// One line of a file, numbered from 1.
struct Line {
    number: u64,
    bytes: Vec<u8>,
}

impl Line {
    fn parse(&self) -> Result<Game, Vec<Rejection>> {
        let refuse = |reason, message| vec![Rejection { reason, pointer: String::new(), message }];
        if self.bytes.len() > LINE_BYTES_MAX {
            return Err(refuse(Reason::TooLong, format!("a line has at most {LINE_BYTES_MAX} bytes")));
        }
        // A damaged line is set aside as a whole instead of being kept with damaged names.
        let text =
            std::str::from_utf8(&self.bytes).map_err(|error| refuse(Reason::NotJson, error.to_string()))?;
        Game::parse(text).map(|parsed| parsed.game)
    }
}

/// Lines of a file without blank ones, byte-order mark and line ends; memory stays flat.
struct Lines {
    reader: BufReader<File>,
    number: u64,
    bytes: u64,
}

impl Lines {
    fn new(file: File) -> Self {
        Self { reader: BufReader::with_capacity(1 << 16, file), number: 0, bytes: 0 }
    }

    fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let limit = LINE_BYTES_MAX as u64 + 2;
            let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.bytes += read as u64;
            self.number += 1;
            if !bytes.ends_with(b"\n") && read as u64 == limit {
                self.bytes += skip_line(&mut self.reader)?;
            }
            while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                bytes.pop();
            }
            if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Line { number: self.number, bytes }));
            }
        }
    }
}

/// Reads to the end of the line and forgets it.
fn skip_line(reader: &mut BufReader<File>) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let available = reader.fill_buf()?;
        let end = available.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(available.len(), |at| at + 1);
        reader.consume(used);
        skipped += used as u64;
        if end.is_some() || used == 0 {
            return Ok(skipped);
        }
    }
}
