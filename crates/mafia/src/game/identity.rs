//! Which game a game is, and who its players are.

use jiff::civil::Date;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::json::{canonical_text, hex_sha256};
use super::{Game, Seat};

/// What a number of a game counts within.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Series {
    /// The tournament of this name.
    Tournament(String),
    /// The tournament to which its source gave this id.
    TournamentId(String),
    /// The season of this number.
    Season(i64),
    /// The day.
    Day(Date),
}

/// What makes a game the same game wherever it comes from.
///
/// Without a number it names no single game.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// Where the game comes from.
    pub source: String,
    /// The tournament, else the season, else the day.
    pub series: Option<Series>,
    /// The round, else the number of the game.
    pub number: Option<i64>,
    /// The table.
    pub table: Option<i64>,
}

impl Identity {
    /// `{"source","series","number","table"}`; the series is a name, a number or a day.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let series = match &self.series {
            None => Value::Null,
            Some(Series::Tournament(name) | Series::TournamentId(name)) => Value::from(name.as_str()),
            Some(Series::Season(number)) => Value::from(*number),
            Some(Series::Day(day)) => Value::from(day.to_string()),
        };
        json!({ "source": self.source, "series": series, "number": self.number, "table": self.table })
    }

    /// One text for one identity: the kind of the series is named, so that a tournament called
    /// like a day is not that day.
    fn canonical(&self) -> String {
        let series = match &self.series {
            None => Value::Null,
            Some(Series::Tournament(name)) => json!(["tournament", name]),
            Some(Series::TournamentId(id)) => json!(["tournament_id", id]),
            Some(Series::Season(number)) => json!(["season", number]),
            Some(Series::Day(day)) => json!(["day", day.to_string()]),
        };
        canonical_text(&json!([self.source, series, self.number, self.table]))
    }
}

/// Who a player is within all sources.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayerKey {
    /// The source that knows the player.
    pub source: String,
    /// `id:` and the source's id, else `name:` and the nickname in NFC without outer spaces.
    pub key: String,
}

impl Seat {
    /// The nickname in NFC without outer spaces.
    #[must_use]
    pub fn clean_name(&self) -> String {
        clean_name(&self.name)
    }

    /// Who sits here; `None` when the seat has no name.
    #[must_use]
    pub fn player_key(&self, source: &str) -> Option<PlayerKey> {
        let name = self.clean_name();
        if name.is_empty() {
            return None;
        }
        let key = match &self.player_id {
            Some(id) => format!("id:{id}"),
            None => format!("name:{name}"),
        };
        Some(PlayerKey { source: source.to_owned(), key })
    }
}

pub(super) fn clean_name(name: &str) -> String {
    name.trim().nfc().collect()
}

impl Game {
    /// The identity of the game.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let series = match (&self.tournament_id, &self.tournament, self.season, self.date) {
            (Some(id), _, _, _) => Some(Series::TournamentId(id.clone())),
            (None, Some(name), _, _) => Some(Series::Tournament(name.clone())),
            (None, None, Some(season), _) => Some(Series::Season(season)),
            (None, None, None, Some(day)) => Some(Series::Day(day)),
            (None, None, None, None) => None,
        };
        Identity {
            source: self.source.clone(),
            series,
            number: self.round.or(self.game_no),
            table: self.table,
        }
    }

    /// The id that follows from the identity, the same in every database: `g` and 20 hex digits.
    ///
    /// A game without a number is known by all that it holds.
    #[must_use]
    pub fn id(&self) -> String {
        let identity = self.identity();
        let text = if identity.number.is_some() { identity.canonical() } else { self.canonical() };
        let mut id = hex_sha256(text.as_bytes(), 10);
        id.insert(0, 'g');
        id
    }
}
