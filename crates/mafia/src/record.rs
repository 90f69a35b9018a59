//! What a source can tell: one record of any kind, as the readers of import formats give it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::game::{Game, Tournament};

/// One thing that a source tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A game.
    Game(Game),
    /// A tournament.
    Tournament(Tournament),
    /// What a player did in one year.
    PlayerYear(PlayerYear),
    /// What a source knows of a player apart from games.
    Player(PlayerFacts),
    /// A club.
    Club(Club),
}

/// A player as a ranking or a player's page tells him; personal names are never read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlayerFacts {
    /// Where it comes from.
    pub source: String,
    /// The source's id of the player.
    pub id: String,
    /// The nickname.
    pub name: String,
    /// Current Elo in thousandths, as the source gives it.
    pub elo_milli: Option<i64>,
    /// The key of his region.
    pub region: Option<String>,
    /// The source's id of his club.
    pub club: Option<String>,
}

/// A club.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Club {
    /// Where it comes from.
    pub source: String,
    /// The source's id of the club.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The country.
    pub country: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// Average Elo of its players in thousandths.
    pub elo_average_milli: Option<i64>,
    /// Its score in the ranking of clubs, in thousandths.
    pub score_milli: Option<i64>,
}

/// A player's year: games and wins by role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlayerYear {
    /// Where it comes from.
    pub source: String,
    /// The source's id of the player.
    pub player: String,
    /// The nickname.
    pub name: String,
    /// The year.
    pub year: i16,
    /// The key of the region.
    pub region: Option<String>,
    /// Games as a civilian.
    pub civilian: RoleYear,
    /// Games as the sheriff.
    pub sheriff: RoleYear,
    /// Games as a mafia member.
    pub mafia: RoleYear,
    /// Games as the don.
    pub don: RoleYear,
    /// Extra points for ten games, in thousandths.
    pub extra_per_ten_milli: Option<i64>,
}

/// A year in one role. A source that rounds its win rate tells the wins only as a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleYear {
    /// Games played.
    pub games: i64,
    /// The win rate as told, in whole per cent; none when the source tells the wins themselves.
    pub win_percent: Option<i64>,
    /// The fewest wins that this can be.
    pub wins_min: i64,
    /// The most wins that this can be.
    pub wins_max: i64,
    /// Extra points a game in this role, in thousandths.
    pub extra_milli: Option<i64>,
}

/// How the places of a tournament are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TournamentKind {
    /// Each for himself.
    Individual,
    /// Teams.
    Team,
}

impl TournamentKind {
    /// The word as it is posted, stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Team => "team",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Individual, Self::Team].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Days from `start` to `end`, put in order: sources have been seen to exchange them.
#[must_use]
pub fn in_order(start: Option<Date>, end: Option<Date>) -> (Option<Date>, Option<Date>) {
    match (start, end) {
        (Some(first), Some(last)) if last < first => (Some(last), Some(first)),
        days => days,
    }
}
