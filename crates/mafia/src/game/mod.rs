//! A game as it was posted: typed where a meaning is known, kept as text where not.

mod flags;
mod identity;
mod json;
mod parse;
mod reader;
mod words;

pub use flags::Flag;
pub use identity::{Identity, PlayerKey, Series};
pub use parse::Parsed;
pub use reader::{Reason, Rejection, TEXT_CHARS_MAX, is_id};
pub use words::{GameStatus, Role, Side, Winner};

pub use crate::tournament::{Alias, AliasKey, Tournament, TournamentStatus, is_tournament_id};
pub(crate) use json::thousandths;
pub(crate) use parse::{PERSONAL, drop_personal, read_date, read_source, read_source_id};
pub(crate) use reader::{Fields, object};

/// The highest number of a seat.
pub const SEAT_MAX: u8 = 30;

/// The source of games that name none.
pub const SOURCE_LOCAL: &str = "local";

/// What the first killed player guessed before leaving.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BestMove {
    /// The seat of the one who guessed.
    pub seat: Option<u8>,
    /// The seats he thought black.
    pub guess: Vec<u8>,
    /// How many of them were black.
    pub hits: Option<u8>,
}

/// The points of a seat in thousandths; absent where the source has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeatPoints {
    /// For the win.
    pub win: Option<i64>,
    /// The referee's bonus.
    pub extra: Option<i64>,
    /// For the best move.
    pub best_move: Option<i64>,
    /// Compensation for having been killed first.
    pub ci: Option<i64>,
    /// Fine, at most 0.
    pub fine: Option<i64>,
    /// Technical fine, at most 0.
    pub tech_fine: Option<i64>,
    /// Automatic points.
    pub auto: Option<i64>,
    /// The sum as the source has it.
    pub total: Option<i64>,
}

/// One player at the table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seat {
    /// The number of the seat, from 1.
    pub seat: u8,
    /// The nickname as it was posted; may be empty.
    pub name: String,
    /// The source's own id of the player.
    pub player_id: Option<String>,
    /// The role, where it is known.
    pub role: Option<Role>,
    /// What the source says about the win; [`Game::won`] says what follows from the winner.
    pub won_posted: Option<bool>,
    /// Fouls, 4 = removed.
    pub fouls: Option<i64>,
    /// The points.
    pub points: SeatPoints,
    /// JSON object text of unknown fields, of typed fields posted as null, and of values whose
    /// exact form the typed field does not hold.
    pub extra: Option<String>,
}

/// One game.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Game {
    /// Where the game comes from.
    pub source: String,
    /// The tournament's name.
    pub tournament: Option<String>,
    /// The source's own id of the tournament: two tournaments of one source may share a name.
    pub tournament_id: Option<String>,
    /// The season's number.
    pub season: Option<i64>,
    /// The round.
    pub round: Option<i64>,
    /// The number of the game in its series.
    pub game_no: Option<i64>,
    /// The table.
    pub table: Option<i64>,
    /// The day, local.
    pub date: Option<jiff::civil::Date>,
    /// The time of the day, local.
    pub time: Option<jiff::civil::Time>,
    /// The referee's nickname.
    pub referee: Option<String>,
    /// Whether the source counts the game.
    pub rated: Option<bool>,
    /// Who won.
    pub winner: Option<Winner>,
    /// Whether it is still played.
    pub status: GameStatus,
    /// The seat first killed in a night.
    pub first_killed_night: Option<u8>,
    /// The seat first killed on a day.
    pub first_killed_day: Option<u8>,
    /// The best move.
    pub best_move: Option<BestMove>,
    /// The players, in the posted order.
    pub seats: Vec<Seat>,
    /// JSON object text of what the typed fields do not hold; see [`Seat::extra`].
    pub extra: Option<String>,
}

impl Game {
    /// Whether `seat` won: none without winner or role, false in a draw.
    #[must_use]
    pub fn won(&self, seat: &Seat) -> Option<bool> {
        let side = seat.role?.side();
        Some(match self.winner? {
            Winner::Town => side == Side::Town,
            Winner::Mafia => side == Side::Mafia,
            Winner::Draw => false,
        })
    }

    /// A title for feeds: tournament or source, season, number and table as far as there are any.
    #[must_use]
    pub fn title(&self) -> String {
        let mut title = self.tournament.clone().unwrap_or_else(|| self.source.clone());
        if let (None, Some(season)) = (&self.tournament, self.season) {
            title.push_str(&format!(" · season {season}"));
        }
        if let Some(number) = self.round.or(self.game_no) {
            title.push_str(&format!(" · #{number}"));
        }
        if let Some(table) = self.table {
            title.push_str(&format!(" · table {table}"));
        }
        title
    }
}

#[cfg(test)]
mod tests;
