//! The entries of the feed, out of the state of `view:activity`.

use serde_json::Value;

use crate::i18n::Text;
use crate::moment::EventTime;

/// One row of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The key in the state, which names the entry among all kinds.
    pub key: String,
    /// The id within its kind.
    pub id: String,
    /// The last commit that touched it.
    pub offset: u64,
    /// What it says; empty when the source has nothing.
    pub title: String,
    /// When it took place.
    pub at: Option<EventTime>,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A game.
    Game {
        /// Who won, once that is known.
        winner: Option<Winner>,
        /// Whether it is still played.
        running: bool,
        /// Number of seats.
        players: u64,
        /// Whether it was changed after it was first entered.
        corrected: bool,
    },
    /// A tournament.
    Tournament {
        /// Its status.
        status: TournamentStatus,
    },
    /// An import of a file.
    Import {
        /// How many games it brought.
        games: u64,
    },
}

impl Kind {
    /// The kind alone.
    #[must_use]
    pub fn of(&self) -> EntryKind {
        match self {
            Self::Game { .. } => EntryKind::Game,
            Self::Tournament { .. } => EntryKind::Tournament,
            Self::Import { .. } => EntryKind::Import,
        }
    }
}

/// The kinds of entries, without what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A game.
    Game,
    /// A tournament.
    Tournament,
    /// An import of a file.
    Import,
}

impl EntryKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Game, Self::Tournament, Self::Import];

    /// The word of the state, also the row's mark.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Game => "game",
            Self::Tournament => "tournament",
            Self::Import => "import",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Game => Text::Game,
            Self::Tournament => Text::Tournament,
            Self::Import => Text::Import,
        }
    }
}

/// Who won a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Winner {
    /// The town.
    Town,
    /// The mafia.
    Mafia,
    /// Nobody.
    Draw,
}

impl Winner {
    fn of_word(word: &str) -> Option<Self> {
        match word {
            "town" => Some(Self::Town),
            "mafia" => Some(Self::Mafia),
            "draw" => Some(Self::Draw),
            _ => None,
        }
    }

    /// The word of the state, also the row's mark for its colour.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Town => "town",
            Self::Mafia => "mafia",
            Self::Draw => "draw",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Town => Text::TownWon,
            Self::Mafia => Text::MafiaWon,
            Self::Draw => Text::Draw,
        }
    }
}

/// How far a tournament is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TournamentStatus {
    /// It has not begun.
    Upcoming,
    /// It is played.
    Running,
    /// It is over.
    Finished,
    /// It will not be played.
    Cancelled,
    /// Anything else.
    Unknown,
}

impl TournamentStatus {
    fn of_word(word: &str) -> Self {
        match word {
            "upcoming" => Self::Upcoming,
            "running" => Self::Running,
            "finished" => Self::Finished,
            "cancelled" => Self::Cancelled,
            _ => Self::Unknown,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Upcoming => Text::Upcoming,
            Self::Running => Text::Ongoing,
            Self::Finished => Text::Finished,
            Self::Cancelled => Text::Cancelled,
            Self::Unknown => Text::StatusUnknown,
        }
    }
}

/// Reads an entry; nothing where it is none.
#[must_use]
pub fn entry(key: &str, value: &Value) -> Option<Entry> {
    let (kind, key_id) = key.split_once(':')?;
    let word = |field: &str| value.get(field).and_then(Value::as_str);
    let number = |field: &str| value.get(field).and_then(Value::as_u64);
    let kind = match kind {
        "game" => Kind::Game {
            winner: word("winner").and_then(Winner::of_word),
            running: word("status") == Some("running"),
            players: number("players").unwrap_or(0),
            corrected: value.get("corrected").and_then(Value::as_bool).unwrap_or(false),
        },
        "tournament" => {
            Kind::Tournament { status: TournamentStatus::of_word(word("status").unwrap_or_default()) }
        }
        "import" => Kind::Import { games: number("games").unwrap_or(0) },
        _ => return None,
    };
    Some(Entry {
        key: key.to_owned(),
        id: key_id.to_owned(),
        offset: number("offset")?,
        title: word("title").unwrap_or_default().to_owned(),
        at: word("at").and_then(EventTime::parse),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::moment::Day;

    fn entries(state: &Value) -> Vec<Entry> {
        let fields = state.as_object().into_iter().flatten();
        fields.filter_map(|(key, value)| entry(key, value)).collect()
    }

    fn game(id: &str, offset: u64) -> Value {
        json!({"kind": "game", "id": id, "offset": offset, "at": "2026-03-01T18:00:00Z", "title": "Cup · #1",
               "winner": "town", "status": "finished", "players": 10, "corrected": false})
    }

    #[test]
    fn a_game_is_read_whole() {
        let all = entries(&json!({"game:g1": game("g1", 3)}));
        let kind = Kind::Game { winner: Some(Winner::Town), running: false, players: 10, corrected: false };
        let expected = Entry {
            key: "game:g1".to_owned(),
            id: "g1".to_owned(),
            offset: 3,
            title: "Cup · #1".to_owned(),
            at: Some(EventTime::Moment(1_772_388_000_000)),
            kind,
        };
        assert_eq!(all, [expected]);
    }

    #[test]
    fn a_running_game_has_no_winner_and_no_date_is_none() {
        let value = json!({"offset": 1, "at": null, "title": "x", "winner": null, "status": "running", "players": 10});
        let all = entries(&json!({"game:g1": value}));
        assert_eq!(all[0].at, None);
        assert_eq!(all[0].kind, Kind::Game { winner: None, running: true, players: 10, corrected: false });
    }

    #[test]
    fn tournaments_and_imports_are_rows_too() {
        let state = json!({
            "tournament:t1": {"kind": "tournament", "id": "t1", "offset": 2, "at": "2026-03-01", "title": "Cup", "status": "odd"},
            "import:3": {"kind": "import", "id": 3, "offset": 1, "at": null, "title": "f.jsonl", "games": 57},
        });
        let all = entries(&state);
        let (import, cup) = (&all[0], &all[1]);
        assert_eq!(cup.kind, Kind::Tournament { status: TournamentStatus::Unknown });
        assert_eq!(cup.at, Some(EventTime::Day(Day { year: 2026, month: 3, day: 1 })));
        assert_eq!((import.id.as_str(), &import.kind), ("3", &Kind::Import { games: 57 }));
    }

    #[test]
    fn what_is_no_entry_is_left_out() {
        let state =
            json!({"odd": 1, "club:1": {"offset": 1}, "game:x": {"title": "no offset"}, "game:y": null});
        assert_eq!(entries(&state), []);
    }
}
