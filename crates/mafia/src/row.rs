//! Rows as they stand in a commit's changes: one type for writing and reading.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::game::{Flag, Game, GameStatus, Side, TournamentStatus, Winner, thousandths};
use crate::record::TournamentKind;

/// A seat in the row of a game.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRow {
    /// The number of the seat.
    pub seat: u8,
    /// The player's row id; none on a seat without a name.
    pub player: Option<i64>,
    /// The side; none when the role is unknown or the game is running.
    pub side: Option<Side>,
}

/// A row of the table `games`. Its key is the game's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameRow {
    /// The game's id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// The tournament's name.
    pub tournament: Option<String>,
    /// The season.
    pub season: Option<i64>,
    /// The round.
    pub round: Option<i64>,
    /// The number in its series.
    pub game_no: Option<i64>,
    /// The table.
    pub table: Option<i64>,
    /// The day.
    #[serde(with = "civil")]
    pub date: Option<Date>,
    /// The time of the day.
    #[serde(with = "civil")]
    pub time: Option<Time>,
    /// Who won; none while the game is running.
    pub winner: Option<Winner>,
    /// Whether it is over.
    pub status: GameStatus,
    /// Its title in feeds.
    pub title: String,
    /// Its oddities; while it is running only those that say nothing of roles, and `unrated`.
    pub flags: BTreeSet<Flag>,
    /// The last commit that touched it.
    pub offset: u64,
    /// The import that brought it.
    pub import_id: Option<i64>,
    /// Whether it was changed after it was finished.
    pub corrected: bool,
    /// The seats.
    pub seats: Vec<SeatRow>,
}

impl GameRow {
    /// The row of `game` under `id`, touched by the commit `offset`; `players` has the row id of
    /// each seat's player, in the order of the game's seats (missing ones are none).
    ///
    /// Winner and sides of a running game are withheld.
    #[must_use]
    pub fn of(game: &Game, id: &str, players: &[Option<i64>], offset: u64) -> Self {
        let running = game.status == GameStatus::Running;
        let mut flags = game.flags();
        if running {
            flags.retain(|flag| !flag.reveals_roles());
            flags.insert(Flag::Unrated);
        }
        let seats = game.seats.iter().enumerate().map(|(n, seat)| SeatRow {
            seat: seat.seat,
            player: players.get(n).copied().flatten(),
            side: seat.role.filter(|_| !running).map(crate::game::Role::side),
        });
        Self {
            id: id.to_owned(),
            source: game.source.clone(),
            tournament: game.tournament.clone(),
            season: game.season,
            round: game.round,
            game_no: game.game_no,
            table: game.table,
            date: game.date,
            time: game.time,
            winner: game.winner.filter(|_| !running),
            status: game.status,
            title: game.title(),
            flags,
            offset,
            import_id: None,
            corrected: false,
            seats: seats.collect(),
        }
    }

    /// The time of play: `time`, unless the source is known to tell the time of its page.
    #[must_use]
    pub fn played_at(&self) -> Option<Time> {
        self.time.filter(|_| !self.source.starts_with("mafiauniverse/"))
    }
}

/// A row of the table `tournaments`. Its key is the tournament's id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TournamentRow {
    /// The tournament's id.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// Its name.
    pub title: String,
    /// How far it is.
    pub status: TournamentStatus,
    /// The first day.
    #[serde(with = "civil")]
    pub start: Option<Date>,
    /// The last day.
    #[serde(with = "civil")]
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
    /// The source's own word for a status that is none of ours.
    pub status_word: Option<String>,
    /// The last commit in which someone put it; none when games or an import alone tell of it.
    pub offset: Option<u64>,
}

impl TournamentRow {
    /// The fields as they are answered: `kind` as `type`, Elo in points, `status_word` where there is one.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let day = |day: Option<Date>| Value::from(day.map(|day| day.to_string()));
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("id", self.id.as_str().into());
        put("source", self.source.as_str().into());
        put("title", self.title.as_str().into());
        put("status", self.status.as_str().into());
        if let Some(word) = &self.status_word {
            put("status_word", word.as_str().into());
        }
        put("type", self.kind.map(TournamentKind::as_str).into());
        put("start", day(self.start));
        put("end", day(self.end));
        put("planned_rounds", self.planned_rounds.into());
        put("country", self.country.as_deref().into());
        put("city", self.city.as_deref().into());
        put("stars", self.stars.into());
        put("elo_average", self.elo_average_milli.map_or(Value::Null, thousandths));
        object
    }
}

/// A row of the table `imports`. Its key is the id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// The import's id.
    pub id: i64,
    /// The file's name.
    pub name: String,
    /// Games added or changed so far.
    pub games: i64,
    /// When it happened; enters no view.
    pub at: Option<String>,
    /// The last commit that touched it.
    pub offset: u64,
}

/// A row of the table `players`. Its key is the id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlayerRow {
    /// The player's row id.
    pub id: i64,
    /// Who it is within the source; see [`crate::game::PlayerKey::key`].
    pub key: String,
    /// The source that knows the player.
    pub source: String,
    /// The nickname.
    pub name: String,
    /// Current Elo in thousandths, as the source gives it.
    pub elo_milli: Option<i64>,
    /// The key of his region.
    pub region: Option<String>,
    /// The source's id of his club.
    pub club: Option<String>,
}

/// The change of one row: before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// In `games`.
    Game {
        /// Before.
        old: Option<GameRow>,
        /// After.
        new: Option<GameRow>,
    },
    /// In `tournaments`.
    Tournament {
        /// Before.
        old: Option<TournamentRow>,
        /// After.
        new: Option<TournamentRow>,
    },
    /// In `imports`.
    Import {
        /// Before.
        old: Option<ImportRow>,
        /// After.
        new: Option<ImportRow>,
    },
    /// In `players`.
    Player {
        /// Before.
        old: Option<PlayerRow>,
        /// After.
        new: Option<PlayerRow>,
    },
    /// In a table that no view reads.
    Other,
}

impl RowChange {
    /// Reads the change of a row of `table`.
    ///
    /// # Errors
    /// When a row is not what this table holds.
    pub fn decode(table: &str, new: Option<&str>, old: Option<&str>) -> Result<Self, serde_json::Error> {
        Ok(match table {
            "games" => Self::Game { old: row(old)?, new: row(new)? },
            "tournaments" => Self::Tournament { old: row(old)?, new: row(new)? },
            "imports" => Self::Import { old: row(old)?, new: row(new)? },
            "players" => Self::Player { old: row(old)?, new: row(new)? },
            _ => Self::Other,
        })
    }

    /// The change that undoes this one.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::Game { old, new } => Self::Game { old: new, new: old },
            Self::Tournament { old, new } => Self::Tournament { old: new, new: old },
            Self::Import { old, new } => Self::Import { old: new, new: old },
            Self::Player { old, new } => Self::Player { old: new, new: old },
            Self::Other => Self::Other,
        }
    }
}

fn row<T: serde::de::DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, serde_json::Error> {
    text.map(serde_json::from_str).transpose()
}

/// Days and times as ISO text.
mod civil {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LINE: &str = r#"{"source":"club","date":"2024-05-01","time":"19:05","game_no":3,"winner":"mafia",
        "players":[{"seat":1,"name":"Анна","role":"don"},{"seat":2,"name":"","role":"civilian"},{"seat":3,"name":"Ян"}]}"#;

    fn row() -> GameRow {
        let game = Game::parse(LINE).unwrap().game;
        GameRow::of(&game, "g1", &[Some(10), None, Some(11)], 5)
    }

    #[test]
    fn a_row_of_a_game_has_this_text() {
        let expected = json!({
            "id": "g1", "source": "club", "tournament": null, "season": null, "round": null, "game_no": 3,
            "table": null, "date": "2024-05-01", "time": "19:05:00", "winner": "mafia", "status": "finished",
            "title": "club · #3", "flags": ["empty_name", "no_role", "odd_roles"], "offset": 5, "import_id": null,
            "corrected": false,
            "seats": [
                {"seat": 1, "player": 10, "side": "mafia"},
                {"seat": 2, "player": null, "side": "town"},
                {"seat": 3, "player": 11, "side": null},
            ],
        });
        assert_eq!(serde_json::to_value(row()).unwrap(), expected);
    }

    fn text(row: &impl Serialize) -> String {
        serde_json::to_string(row).unwrap()
    }

    #[test]
    fn rows_of_every_table_are_read_back() {
        let game = row();
        let tournament = TournamentRow {
            id: "t1".to_owned(),
            source: "club".to_owned(),
            title: "Кубок".to_owned(),
            status: TournamentStatus::Cancelled,
            start: Some(jiff::civil::date(2024, 5, 1)),
            end: None,
            planned_rounds: Some(12),
            kind: Some(TournamentKind::Team),
            country: Some("Россия".to_owned()),
            city: None,
            stars: Some(4),
            elo_average_milli: Some(1_512_400),
            status_word: Some("moved".to_owned()),
            offset: None,
        };
        let import = ImportRow {
            id: 1,
            name: "club.jsonl".to_owned(),
            games: 57,
            at: Some("2024-05-01T00:00:00Z".to_owned()),
            offset: 2,
        };
        let player = PlayerRow {
            id: 10,
            key: "name:Анна".to_owned(),
            source: "club".to_owned(),
            name: "Анна".to_owned(),
            elo_milli: Some(2_087_320),
            region: Some("central".to_owned()),
            club: Some("12".to_owned()),
        };
        let decode = |table: &str, text: &str| RowChange::decode(table, Some(text), None).unwrap();
        assert_eq!(decode("games", &text(&game)), RowChange::Game { old: None, new: Some(game) });
        assert_eq!(
            decode("tournaments", &text(&tournament)),
            RowChange::Tournament { old: None, new: Some(tournament) }
        );
        assert_eq!(decode("imports", &text(&import)), RowChange::Import { old: None, new: Some(import) });
        assert_eq!(decode("players", &text(&player)), RowChange::Player { old: None, new: Some(player) });
        assert_eq!(decode("clubs", "no matter"), RowChange::Other);
    }

    #[test]
    fn a_row_that_its_table_does_not_hold_is_an_error() {
        for (table, text) in
            [("games", "{}"), ("players", "[]"), ("imports", ""), ("tournaments", "{\"id\":1}")]
        {
            assert!(RowChange::decode(table, Some(text), None).is_err(), "{table}");
        }
        let mut text: Value = serde_json::to_value(row()).unwrap();
        text["date"] = json!("01.05.2024");
        assert!(RowChange::decode("games", None, Some(&text.to_string())).is_err());
    }

    #[test]
    fn the_time_of_a_page_is_no_time_of_play() {
        let mut row = row();
        assert_eq!(row.played_at(), Some(jiff::civil::time(19, 5, 0, 0)));
        row.source = "mafiauniverse/8238".to_owned();
        assert_eq!(row.played_at(), None);
    }

    #[test]
    fn an_inverse_swaps_before_and_after() {
        let change = RowChange::Game { old: None, new: Some(row()) };
        assert_eq!(change.clone().inverse(), RowChange::Game { old: Some(row()), new: None });
        assert_eq!(change.clone().inverse().inverse(), change);
    }
}
