//! A tournament as it is told by an organiser.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::game::{Fields, Reason, Rejection, object, read_date, read_source, read_source_id};
use crate::record::{TournamentKind, in_order};

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

    /// The status that a source means by this word, which is ours or one seen at a source.
    #[must_use]
    pub fn from_told(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase().replace('ё', "е");
        match word.as_str() {
            "planned" | "скоро" => Some(Self::Upcoming),
            "ongoing" | "идет" | "в процессе" => Some(Self::Running),
            "завершен" => Some(Self::Finished),
            "отменен" => Some(Self::Cancelled),
            word => Self::from_word(word),
        }
    }
}

/// Most bytes of a tournament's id: it stands in addresses, where Cyrillic takes six for a letter.
const TOURNAMENT_ID_BYTES_MAX: usize = 200;

/// What an alias names a tournament by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AliasKey {
    /// The id that its source gave it.
    Id(String),
    /// Its exact title.
    Title(String),
}

/// A tournament of another source that is this one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias {
    /// The other source.
    pub source: String,
    /// What that source calls it.
    pub key: AliasKey,
}

/// One tournament.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// Tournaments of other sources that are this one, as an organiser says.
    pub aliases: Vec<Alias>,
}

impl Tournament {
    /// Reads a tournament from an object with `source`, `title`, `status`, `start`, `end`,
    /// `planned_rounds`, `type` (or `kind`), `country`, `city`, `stars`, `elo_average` (points, a number or
    /// its text) and `aliases`, all optional. Other fields are passed over. A status that is not known is
    /// kept as a word; days told in the wrong order are put in order.
    ///
    /// # Errors
    /// All that refuses it.
    pub fn parse(id: &str, json: &str) -> Result<Self, Vec<Rejection>> {
        let fields = object(json).map_err(|rejection| vec![rejection])?;
        let mut fields = Fields::new(fields, "");
        if !is_tournament_id(id) {
            fields.refuse(
                Reason::BadId,
                "id",
                format!("1 to {TOURNAMENT_ID_BYTES_MAX} bytes without control characters are expected"),
            );
        }
        let source = read_source(&mut fields);
        let title = text(&mut fields, "title");
        let (status, status_word) = read_status(&mut fields);
        let (start, end) = in_order(read_date(&mut fields, "start"), read_date(&mut fields, "end"));
        let (aliases, refused) = read_aliases(&mut fields);
        let tournament = Self {
            id: id.to_owned(),
            source,
            title: title.unwrap_or_else(|| id.to_owned()),
            status,
            start,
            end,
            planned_rounds: fields.integer("planned_rounds"),
            kind: read_kind(&mut fields),
            country: text(&mut fields, "country"),
            city: text(&mut fields, "city"),
            stars: fields.integer("stars"),
            elo_average_milli: read_elo(&mut fields),
            status_word,
            aliases,
        };
        let (_, mut rejections) = fields.finish();
        rejections.extend(refused);
        if rejections.is_empty() { Ok(tournament) } else { Err(rejections) }
    }
}

/// Whether `text` may be the id of a tournament: sources call them by names too, in any alphabet.
#[must_use]
pub fn is_tournament_id(text: &str) -> bool {
    text.len() <= TOURNAMENT_ID_BYTES_MAX && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// A text that says something.
fn text(fields: &mut Fields, key: &str) -> Option<String> {
    fields.text(key).filter(|text| !text.trim().is_empty())
}

fn read_status(fields: &mut Fields) -> (TournamentStatus, Option<String>) {
    // An answer that is put again carries the word beside the status.
    let answered = text(fields, "status_word");
    let Some(word) = text(fields, "status") else { return (TournamentStatus::Unknown, answered) };
    match TournamentStatus::from_told(&word) {
        Some(TournamentStatus::Unknown) => (TournamentStatus::Unknown, answered),
        Some(status) => (status, None),
        None => (TournamentStatus::Unknown, Some(word)),
    }
}

fn read_kind(fields: &mut Fields) -> Option<TournamentKind> {
    let kind = fields.word("kind", TournamentKind::from_word, Reason::WrongType);
    fields.word("type", TournamentKind::from_word, Reason::WrongType).or(kind)
}

/// Points in thousandths, told as a number or as its text.
fn read_elo(fields: &mut Fields) -> Option<i64> {
    const KEY: &str = "elo_average";
    let raw = fields.take(KEY)?;
    let number = raw.as_str().and_then(|text| text.trim().parse::<f64>().ok());
    fields.put_back(KEY, number.map_or(raw, Value::from));
    fields.points(KEY)
}

/// The aliases and what refuses them.
fn read_aliases(fields: &mut Fields) -> (Vec<Alias>, Vec<Rejection>) {
    let (mut aliases, mut rejections) = (Vec::new(), Vec::new());
    let items = match fields.take("aliases") {
        None => return (aliases, rejections),
        Some(Value::Array(items)) => items,
        Some(_) => {
            fields.refuse(Reason::WrongType, "aliases", "a list of objects is expected");
            return (aliases, rejections);
        }
    };
    for (n, item) in items.into_iter().enumerate() {
        let Value::Object(item) = item else {
            fields.refuse(Reason::WrongType, &format!("aliases/{n}"), "an object is expected");
            continue;
        };
        let mut item = Fields::new(item, format!("/aliases/{n}"));
        let key = match (read_source_id(&mut item, "id"), text(&mut item, "title")) {
            (Some(id), None) => Some(AliasKey::Id(id)),
            (None, Some(title)) => Some(AliasKey::Title(title)),
            (None, None) | (Some(_), Some(_)) => None,
        };
        match (text(&mut item, "source"), key) {
            (Some(source), Some(key)) => aliases.push(Alias { source, key }),
            (None, _) => item.refuse(Reason::WrongType, "source", "the other source is expected"),
            (Some(_), None) => item.refuse(Reason::WrongType, "id", "either an id or a title is expected"),
        }
        rejections.append(&mut item.rejections);
    }
    (aliases, rejections)
}
