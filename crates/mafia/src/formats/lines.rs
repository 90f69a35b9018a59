//! Files of lines: each line stands for itself.

use super::player_years::PlayerYears;
use super::raw::raw_of_line;
use super::{Format, Refused};
use crate::game::{Game, Reason, Rejection};
use crate::record::Record;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a file line by line.
#[derive(Debug, Clone)]
pub struct LineReader {
    columns: Columns,
}

#[derive(Debug, Clone)]
enum Columns {
    /// Each line is an object of its own.
    None,
    /// The line of column names is still to come.
    Awaited,
    Known(Box<PlayerYears>),
}

impl LineReader {
    /// A reader of files of this format; none when the format has no lines.
    #[must_use]
    pub fn new(format: Format) -> Option<Self> {
        let columns = match format {
            Format::GameLines => Columns::None,
            Format::PlayerYears => Columns::Awaited,
            Format::GomafiaDocument => return None,
        };
        Some(Self { columns })
    }

    /// What a line tells; none for a blank one and for the names of columns. Line ends and a
    /// byte-order mark are no part of it.
    ///
    /// # Errors
    /// [`Refused`] with all that refuses the line; the lines after it are not concerned.
    pub fn read(&mut self, line: &[u8]) -> Option<Result<Record, Refused>> {
        let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return None;
        }
        let refuse = |rejections| Refused { rejections, raw: raw_of_line(line) };
        // A damaged line is set aside as a whole instead of being kept with damaged names.
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => {
                let reason = match self.columns {
                    Columns::None => Reason::NotJson,
                    Columns::Awaited | Columns::Known(_) => Reason::NotText,
                };
                let rejection = Rejection::new(reason, "", error.to_string());
                return Some(Err(refuse(vec![rejection])));
            }
        };
        let record = match &self.columns {
            Columns::None => Game::parse(text).map(|parsed| Record::Game(parsed.game)),
            Columns::Awaited => match PlayerYears::of_header(text) {
                Ok(columns) => {
                    self.columns = Columns::Known(Box::new(columns));
                    return None;
                }
                Err(rejection) => Err(vec![rejection]),
            },
            Columns::Known(columns) if columns.is_header(text) => return None,
            Columns::Known(columns) => columns.read(text).map(Record::PlayerYear),
        };
        Some(record.map_err(refuse))
    }
}
