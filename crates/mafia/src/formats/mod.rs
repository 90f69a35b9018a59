//! The formats that are imported, told apart by what stands in a file and never by its name.
//!
//! Files of lines ([`Format::GameLines`], [`Format::PlayerYears`]) go through a [`LineReader`] line
//! by line, so that a damaged line costs only itself; a document is read at once by [`gomafia::read`].
//! Nothing here opens a file. Personal fields are in no record, in no message and in no raw text.

pub mod gomafia;
mod lines;
mod loose;
mod player_years;
mod raw;
mod sniff;
mod wins;

pub use lines::LineReader;
pub use sniff::{HEAD_BYTES, sniff};

use crate::game::Rejection;
use crate::record::Record;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A game's JSON object on each line.
    GameLines,
    /// Players' years as comma-separated values with a line of column names.
    PlayerYears,
    /// One JSON document of gomafia.pro: an answer of its API or the data of a player's page.
    GomafiaDocument,
}

/// What was set aside, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// All reasons that were found, at least one.
    pub rejections: Vec<Rejection>,
    /// The refused line or value without personal fields; empty where they cannot be told from
    /// the rest.
    pub raw: String,
}

impl Refused {
    /// A line that was refused before it was read, such as one that is too long.
    #[must_use]
    pub fn of_line(rejection: Rejection, line: &[u8]) -> Self {
        Self { rejections: vec![rejection], raw: raw::raw_of_line(line) }
    }
}

/// What a document told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// Its records, a tournament before its games.
    pub records: Vec<Record>,
    /// What was set aside.
    pub refused: Vec<Refused>,
    /// Where the document contradicts itself; the records are kept.
    pub disagreements: Vec<Rejection>,
}

#[cfg(test)]
mod tests;
