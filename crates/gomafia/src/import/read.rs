//! Reading one file after the other into one import.

use std::io::{self, Read as _};
use std::path::Path;

use anyhow::Context as _;
use indicatif::ProgressBar;
use mafia::formats::{Format, LineReader, Refused, gomafia, sniff};
use mafia::game::{Reason, Rejection};
use mafia::record::Record;
use store_sqlite::{IMPORT_GAMES_PER_COMMIT, Import, Imported};

use super::files::{Found, Opened, is_damage};
use super::lines::Lines;
use super::report::{Report, Tally};
use super::seen::Seen;
use crate::limits::{DOCUMENT_BYTES_MAX, LINE_BYTES_MAX};

/// An import while its files are read.
pub(crate) struct Reading<'a> {
    import: Import<'a>,
    report: &'a mut Report,
    progress: &'a ProgressBar,
    batch: Vec<Record>,
    seen: Seen,
    tally: Tally,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(import: Import<'a>, report: &'a mut Report, progress: &'a ProgressBar) -> Self {
        let batch = Vec::with_capacity(IMPORT_GAMES_PER_COMMIT);
        Self { import, report, progress, batch, seen: Seen::default(), tally: Tally::new() }
    }

    /// Writes what is left and ends the import.
    pub(crate) fn finish(mut self) -> anyhow::Result<(Imported, Tally)> {
        self.write()?;
        Ok((self.import.finish()?, self.tally))
    }

    /// Reads a file. What is wrong with its content is set aside, the files after it are read.
    pub(crate) fn read(&mut self, file: &Found) -> anyhow::Result<()> {
        let failed = || format!("failed to read {}", file.path.display());
        match self.read_content(file) {
            Err(Failed::Reading(error)) if is_damage(&error) => {
                // What stood before the damage is kept.
                let rejection = whole_file(Reason::Unreadable, format!("the file breaks off: {error}"));
                self.set_aside(&file.path, None, &rejection)
            }
            Err(Failed::Reading(error)) => Err(error).with_context(failed),
            Err(Failed::Keeping(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    fn read_content(&mut self, file: &Found) -> Result<(), Failed> {
        let opened = Opened::new(file, self.progress)?;
        match sniff(&opened.head) {
            Some(Format::GomafiaDocument) => self.read_document(&file.path, opened),
            Some(format @ (Format::GameLines | Format::PlayerYears)) => match LineReader::new(format) {
                Some(reader) => self.read_lines(&file.path, opened, reader),
                None => Ok(()),
            },
            None if opened.head.trim_ascii().is_empty() => {
                self.tally.files += 1;
                Ok(())
            }
            None => Ok(self.unknown(file)?),
        }
    }

    /// A file that was named is missing from what was asked for; in a folder there may be anything.
    fn unknown(&mut self, file: &Found) -> anyhow::Result<()> {
        let refused =
            whole_file(Reason::UnknownFormat, "neither games, players' years nor a document".to_owned());
        if file.is_named {
            self.tally.files += 1;
            return self.set_aside(&file.path, None, &refused);
        }
        self.tally.skipped += 1;
        tracing::warn!(file = %file.path.display(), "skipped: the format is not known");
        self.report.refused(&file.path, None, &refused)
    }

    fn read_lines(&mut self, path: &Path, opened: Opened, mut reader: LineReader) -> Result<(), Failed> {
        self.tally.files += 1;
        let mut lines = Lines::new(opened.into_reader());
        while let Some(line) = lines.next()? {
            let number = Some(line.number);
            let read = if line.is_too_long {
                let rejection = Rejection {
                    reason: Reason::TooLong,
                    pointer: String::new(),
                    message: format!("a line has at most {LINE_BYTES_MAX} bytes"),
                };
                Some(Err(Refused::of_line(rejection, &line.bytes)))
            } else {
                reader.read(&line.bytes)
            };
            match read {
                Some(Ok(record)) => self.keep(path, number, record)?,
                Some(Err(refused)) => self.set_aside(path, number, &refused)?,
                None => {}
            }
        }
        Ok(())
    }

    fn read_document(&mut self, path: &Path, opened: Opened) -> Result<(), Failed> {
        self.tally.files += 1;
        let mut document = Vec::new();
        opened.into_reader().take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut document)?;
        if document.len() as u64 > DOCUMENT_BYTES_MAX {
            let message = format!("a document has at most {DOCUMENT_BYTES_MAX} bytes: split it");
            return Ok(self.set_aside(path, None, &whole_file(Reason::TooLarge, message))?);
        }
        let told = gomafia::read(&document);
        drop(document);
        for record in told.records {
            self.keep(path, None, record)?;
        }
        for refused in &told.refused {
            self.set_aside(path, None, refused)?;
        }
        for disagreement in &told.disagreements {
            self.disagree(path, None, disagreement)?;
        }
        Ok(())
    }

    fn keep(&mut self, path: &Path, line: Option<u64>, record: Record) -> anyhow::Result<()> {
        self.tally.keep(&record);
        let (news, disagreements) = self.seen.look(record);
        for disagreement in &disagreements {
            self.disagree(path, line, disagreement)?;
        }
        match news {
            Some(record) => self.batch.push(record),
            None => self.tally.known += 1,
        }
        if self.batch.len() == IMPORT_GAMES_PER_COMMIT {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        self.import.write_records(&self.batch)?;
        self.batch.clear();
        self.progress.set_message(format!("{} records", self.tally.read));
        Ok(())
    }

    fn disagree(&mut self, path: &Path, line: Option<u64>, found: &Rejection) -> anyhow::Result<()> {
        self.tally.disagreements += 1;
        self.report.rejection(path, line, found, "")
    }

    fn set_aside(&mut self, path: &Path, line: Option<u64>, refused: &Refused) -> anyhow::Result<()> {
        self.tally.set_aside(refused);
        self.report.refused(path, line, refused)
    }
}

fn whole_file(reason: Reason, message: String) -> Refused {
    Refused { rejections: vec![Rejection { reason, pointer: String::new(), message }], raw: String::new() }
}

/// Why a file was not read to its end.
#[derive(Debug)]
enum Failed {
    Reading(io::Error),
    Keeping(anyhow::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Reading(error)
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Keeping(error)
    }
}
