//! The entries of the feed, out of the state of `view:activity`.

use realtime_manager::{Activities, Cut, Instant};
use realtime_protocol::message::Entries;
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

/// The entries that are shown, and the limit that leaves something out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Newest commit first, equal ones by key.
    pub entries: Vec<Entry>,
    /// The limit.
    pub cut: Option<Cut>,
}

/// Brings `feed` up to `state` and reads its entries.
///
/// A value that is no entry is left out: it never breaks the page.
#[must_use]
pub fn shown(feed: &mut Activities, now: Instant, state: &Entries) -> Shown {
    feed.update(now, state, |value| value.get("offset").and_then(Value::as_u64).unwrap_or(0));
    let entries = feed.shown().iter().filter_map(|activity| entry(&activity.key, &activity.value)).collect();
    Shown { entries, cut: feed.cut_by() }
}

fn entry(key: &str, value: &Value) -> Option<Entry> {
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

    fn state(value: Value) -> Entries {
        let Value::Object(fields) = value else { panic!("an object") };
        fields.into_iter().collect()
    }

    fn entries(state: &Entries) -> Vec<Entry> {
        shown(&mut Activities::default(), Instant::default(), state).entries
    }

    fn game(id: &str, offset: u64) -> Value {
        json!({"kind": "game", "id": id, "offset": offset, "at": "2026-03-01T18:00:00Z", "title": "Cup · #1",
               "winner": "town", "status": "finished", "players": 10, "corrected": false})
    }

    #[test]
    fn the_newest_commit_is_first_and_equal_ones_go_by_key() {
        let state = state(json!({"game:b": game("b", 4), "game:a": game("a", 4), "game:z": game("z", 9)}));
        let ids: Vec<String> = entries(&state).into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, ["z", "a", "b"]);
    }

    #[test]
    fn a_game_is_read_whole() {
        let all = entries(&state(json!({"game:g1": game("g1", 3)})));
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
        let all = entries(&state(json!({"game:g1": value})));
        assert_eq!(all[0].at, None);
        assert_eq!(all[0].kind, Kind::Game { winner: None, running: true, players: 10, corrected: false });
    }

    #[test]
    fn tournaments_and_imports_are_rows_too() {
        let state = state(json!({
            "tournament:t1": {"kind": "tournament", "id": "t1", "offset": 2, "at": "2026-03-01", "title": "Cup", "status": "odd"},
            "import:3": {"kind": "import", "id": 3, "offset": 1, "at": null, "title": "f.jsonl", "games": 57},
        }));
        let all = entries(&state);
        assert_eq!(all[0].kind, Kind::Tournament { status: TournamentStatus::Unknown });
        assert_eq!(all[0].at, Some(EventTime::Day(Day { year: 2026, month: 3, day: 1 })));
        assert_eq!((all[1].id.as_str(), &all[1].kind), ("3", &Kind::Import { games: 57 }));
    }

    #[test]
    fn what_is_no_entry_is_left_out() {
        let state = state(
            json!({"odd": 1, "club:1": {"offset": 1}, "game:x": {"title": "no offset"}, "game:y": null}),
        );
        assert_eq!(entries(&state), []);
    }

    #[test]
    fn the_limit_that_cuts_is_told_with_the_entries() {
        let many: serde_json::Map<_, _> =
            (0..101).map(|n| (format!("game:{n}"), game(&n.to_string(), n))).collect();
        let told = shown(&mut Activities::default(), Instant::default(), &state(Value::Object(many)));
        assert_eq!((told.entries.len(), told.cut), (100, Some(Cut::Entries)));
        assert_eq!(told.entries[0].id, "100");
    }
}
