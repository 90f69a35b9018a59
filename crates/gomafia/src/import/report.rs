//! What an import tells of what it did: counts, and a line for each thing set aside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use mafia::formats::Refused;
use mafia::game::Rejection;
use mafia::record::Record;
use serde_json::json;
use store_sqlite::{Disagreement, Joined};

/// Counts of an import.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) files: usize,
    pub(crate) read: u64,
    /// Read again within this import.
    pub(crate) known: u64,
    pub(crate) set_aside: u64,
    pub(crate) flags: BTreeMap<&'static str, u64>,
    pub(crate) reasons: BTreeMap<&'static str, u64>,
    pub(crate) records: BTreeMap<&'static str, u64>,
    pub(crate) disagreements: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let kinds = ["clubs", "games", "player_years", "players", "tournaments"];
        Self {
            files: 0,
            read: 0,
            known: 0,
            set_aside: 0,
            flags: BTreeMap::new(),
            reasons: BTreeMap::new(),
            records: kinds.into_iter().map(|kind| (kind, 0)).collect(),
            disagreements: 0,
            skipped: 0,
        }
    }

    pub(crate) fn keep(&mut self, record: &Record) {
        let kind = match record {
            Record::Game(game) => {
                for flag in game.flags() {
                    *self.flags.entry(flag.as_str()).or_default() += 1;
                }
                "games"
            }
            Record::Tournament(_) => "tournaments",
            Record::PlayerYear(_) => "player_years",
            Record::Player(_) => "players",
            Record::Club(_) => "clubs",
        };
        self.read += 1;
        *self.records.entry(kind).or_default() += 1;
    }

    pub(crate) fn set_aside(&mut self, refused: &Refused) {
        self.read += 1;
        self.set_aside += 1;
        if let Some(first) = refused.rejections.first() {
            *self.reasons.entry(first.reason.as_str()).or_default() += 1;
        }
    }
}

/// The file of `--report`; nothing is written without one.
pub(crate) struct Report(Option<BufWriter<File>>);

impl Report {
    pub(crate) fn create(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self(None)) };
        let file = File::create(path).with_context(|| format!("failed to write {}", path.display()))?;
        Ok(Self(Some(BufWriter::new(file))))
    }

    pub(crate) fn refused(
        &mut self,
        file: &Path,
        line: Option<u64>,
        refused: &Refused,
    ) -> anyhow::Result<()> {
        refused
            .rejections
            .iter()
            .try_for_each(|rejection| self.rejection(file, line, rejection, &refused.raw))
    }

    pub(crate) fn rejection(
        &mut self,
        file: &Path,
        line: Option<u64>,
        rejection: &Rejection,
        raw: &str,
    ) -> anyhow::Result<()> {
        self.write(&json!({
            "file": file.display().to_string(),
            "line": line,
            "reason": rejection.reason.as_str(),
            "field": rejection.pointer,
            "message": rejection.message,
            "raw": raw,
        }))
    }

    /// What two sources tell differently of one tournament; it is of no single file.
    pub(crate) fn disagreement(&mut self, told: &Disagreement) -> anyhow::Result<()> {
        let of = told.game.as_deref().map_or_else(String::new, |game| format!(" game {game}"));
        let Disagreement { tournament, source, kept, told: value, field, .. } = told;
        self.write(&json!({
            "file": "",
            "line": null,
            "reason": "disagreement",
            "field": field,
            "message": format!("tournament {tournament}{of}: {kept} stands, {source} tells {value}"),
            "raw": "",
        }))
    }

    pub(crate) fn joined(&mut self, joined: &Joined) -> anyhow::Result<()> {
        let Joined { source, key, tournament, .. } = joined;
        self.write(&json!({
            "file": "",
            "line": null,
            "reason": "joined",
            "field": "tournament",
            "message": format!("{key} of {source} is tournament {tournament}"),
            "raw": "",
        }))
    }

    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        match &mut self.0 {
            Some(out) => out.flush().context("failed to write the report"),
            None => Ok(()),
        }
    }

    fn write(&mut self, object: &serde_json::Value) -> anyhow::Result<()> {
        match &mut self.0 {
            Some(out) => writeln!(out, "{object}").context("failed to write the report"),
            None => Ok(()),
        }
    }
}
