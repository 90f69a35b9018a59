//! A tournament as it is told by an organiser.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::game::{Fields, Reason, Rejection, is_id, object, read_date, read_source};
use crate::record::TournamentKind;

/// How far a tournament is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TournamentStatus {
    /// It has not begun.
    Upcoming,
    /// It is being played.
    Running,
    /// It is over.
    Finished,
    /// It does not take place.
    Cancelled,
    /// Nothing was said.
    #[default]
    Unknown,
}

impl TournamentStatus {
    const ALL: [Self; 5] = [Self::Upcoming, Self::Running, Self::Finished, Self::Cancelled, Self::Unknown];

    /// The word as it is posted, stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// The status of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// One tournament.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tournament {
    /// Its id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// Its name; the id when none was told.
    pub title: String,
    /// How far it is.
    pub status: TournamentStatus,
    /// The first day.
    pub start: Option<Date>,
    /// The last day.
    pub end: Option<Date>,
    /// How many rounds are planned.
    pub planned_rounds: Option<i64>,
    /// Individual or team.
    pub kind: Option<TournamentKind>,
    /// The country.
    pub country: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// Stars, 0 to 5.
    pub stars: Option<i64>,
    /// Average Elo of those who take part, in thousandths.
    pub elo_average_milli: Option<i64>,
    /// The source's own word for the status when it is none of ours.
    pub status_word: Option<String>,
}

impl Tournament {
    /// Reads a tournament from an object with `source`, `title`, `status`, `start`, `end` and
    /// `planned_rounds`, all optional. Other fields are passed over.
    ///
    /// # Errors
    /// All that refuses it.
    pub fn parse(id: &str, json: &str) -> Result<Self, Vec<Rejection>> {
        let fields = object(json).map_err(|rejection| vec![rejection])?;
        let mut fields = Fields::new(fields, "");
        if !is_id(id) {
            fields.refuse(Reason::BadId, "id", "1 to 64 of A-Z a-z 0-9 . _ ~ - are expected");
        }
        let source = read_source(&mut fields);
        let title = fields.text("title").filter(|title| !title.trim().is_empty());
        let tournament = Self {
            id: id.to_owned(),
            source,
            title: title.unwrap_or_else(|| id.to_owned()),
            status: fields
                .word("status", TournamentStatus::from_word, Reason::UnknownStatus)
                .unwrap_or_default(),
            start: read_date(&mut fields, "start"),
            end: read_date(&mut fields, "end"),
            planned_rounds: fields.integer("planned_rounds"),
            kind: None,
            country: fields.text("country"),
            city: fields.text("city"),
            stars: fields.integer("stars"),
            elo_average_milli: None,
            status_word: None,
        };
        let (_, rejections) = fields.finish();
        if rejections.is_empty() { Ok(tournament) } else { Err(rejections) }
    }
}
