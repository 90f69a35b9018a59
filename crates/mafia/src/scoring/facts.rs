//! What scoring needs of a game, and the score of one of its seats.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::Score;
use super::ci::Standing;
use super::rules::Row;
use crate::game::{BestMove, Game, GameStatus, PlayerKey, Seat, Side, Winner};

/// Whose first kills are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// In a team event: the team.
    Team(String),
    /// Otherwise: the player.
    Player(PlayerKey),
}

/// Who was killed first in a night, as far as compensation is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstKill {
    /// It is not told, or there is nobody to count it for.
    Untold,
    /// A black player: he gets nothing and it counts for nobody.
    Black,
    /// The red player at this place in the list of seats.
    Red(usize),
}

/// A seat's posted points and whose first kills it shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeatFacts {
    pub(super) seat: u8,
    pub(super) subject: Option<Subject>,
    win: i64,
    extra: i64,
    best_move: Option<i64>,
    ci: Option<i64>,
    fine: i64,
    tech_fine: i64,
    made_best_move: bool,
}

/// A game that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) source: String,
    pub(super) season: Option<i64>,
    pub(super) day: Option<Date>,
    pub(super) round: Option<i64>,
    pub(super) seats: Vec<SeatFacts>,
    /// Whether it belongs to a tournament or a season, so that there is a distance.
    has_distance: bool,
    winner: Winner,
    first_kill: FirstKill,
    hits: Option<u8>,
}

impl Facts {
    /// The facts of a finished game with a winner; none of others.
    pub(super) fn of(game: &Game) -> Option<Self> {
        let winner = game.winner.filter(|_| game.status == GameStatus::Finished)?;
        let mover = best_move_seat(game);
        let seats: Vec<SeatFacts> =
            game.seats.iter().map(|seat| SeatFacts::of(game, seat, mover == Some(seat.seat))).collect();
        Some(Self {
            source: game.source.clone(),
            season: game.season,
            day: game.date,
            round: game.round,
            has_distance: game.tournament_id.is_some() || game.tournament.is_some() || game.season.is_some(),
            winner,
            first_kill: first_kill(game, &seats),
            hits: game.best_move.as_ref().and_then(|best_move| hits(game, best_move)),
            seats,
        })
    }

    /// The place of the red player who was killed first, and for whom it counts.
    pub(super) fn red_first_kill(&self) -> Option<(usize, &Subject)> {
        match self.first_kill {
            FirstKill::Red(place) => Some((place, self.seats.get(place)?.subject.as_ref()?)),
            FirstKill::Untold | FirstKill::Black => None,
        }
    }

    /// The score of the seat at `place`; `standing` is that of whoever was killed first while red.
    pub(super) fn score(&self, place: usize, row: Option<&Row>, standing: Option<Standing>) -> Option<Score> {
        let seat = self.seats.get(place)?;
        let by_hits = |row: &Row| row.best_move.get(usize::from(self.hits?)).copied().flatten();
        let computed = || row.filter(|_| seat.made_best_move).and_then(by_hits);
        Some(Score {
            win: seat.win,
            extra: seat.extra,
            best_move: seat.best_move.or_else(computed).unwrap_or(0),
            ci: self.ci(place, row, standing).or(seat.ci).unwrap_or(0),
            fine: seat.fine,
            tech_fine: seat.tech_fine,
        })
    }

    /// The computed compensation; none where rules, first kill or distance are not known.
    fn ci(&self, place: usize, row: Option<&Row>, standing: Option<Standing>) -> Option<i64> {
        let rule = row?.ci.filter(|_| self.has_distance)?;
        match self.first_kill {
            FirstKill::Untold => None,
            FirstKill::Red(killed) if killed == place => {
                let named = self.seats.get(place).filter(|seat| seat.made_best_move);
                rule.points(standing?, self.winner, named.and(self.hits))
            }
            FirstKill::Red(_) | FirstKill::Black => Some(0),
        }
    }
}

impl SeatFacts {
    fn of(game: &Game, seat: &Seat, made_best_move: bool) -> Self {
        let points = &seat.points;
        let won = || if game.won(seat) == Some(true) { 1000 } else { 0 };
        // Some sheets write a fine as the amount to take off.
        let fine = |posted: Option<i64>| -posted.unwrap_or(0).saturating_abs();
        let player = || seat.player_key(&game.source).map(Subject::Player);
        Self {
            seat: seat.seat,
            subject: team(seat).map(Subject::Team).or_else(player),
            win: points.win.unwrap_or_else(won),
            extra: points.extra.unwrap_or(0),
            best_move: points.best_move,
            ci: points.ci,
            fine: fine(points.fine),
            tech_fine: fine(points.tech_fine),
            made_best_move,
        }
    }
}

/// The team that a seat plays for: `team`, else `team_inferred`, a number or a text, among the
/// fields that are kept as text.
#[must_use]
pub fn team(seat: &Seat) -> Option<String> {
    let text = seat.extra.as_deref().filter(|text| text.contains("\"team"))?;
    let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let word = |value: &Value| match value {
        Value::String(name) => Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    ["team", "team_inferred"].into_iter().find_map(|key| fields.get(key).and_then(word))
}

fn first_kill(game: &Game, seats: &[SeatFacts]) -> FirstKill {
    let killed = game.first_killed_night;
    let place = game.seats.iter().position(|seat| Some(seat.seat) == killed);
    let Some((place, role)) = place.and_then(|place| Some((place, game.seats.get(place)?.role?))) else {
        return FirstKill::Untold;
    };
    let counts = seats.get(place).is_some_and(|seat| seat.subject.is_some());
    match (role.side(), counts) {
        (Side::Mafia, _) => FirstKill::Black,
        (Side::Town, true) => FirstKill::Red(place),
        (Side::Town, false) => FirstKill::Untold,
    }
}

/// The seat that made the best move: the one that is named, else the one killed first.
fn best_move_seat(game: &Game) -> Option<u8> {
    game.best_move.as_ref().and_then(|best_move| best_move.seat.or(game.first_killed_night))
}

/// How many blacks the best move named; none when neither told nor to be seen from all roles.
fn hits(game: &Game, best_move: &BestMove) -> Option<u8> {
    if best_move.hits.is_some() || best_move.guess.is_empty() {
        return best_move.hits;
    }
    let mut black = 0;
    for guessed in &best_move.guess {
        let role = game.seats.iter().find(|seat| seat.seat == *guessed)?.role?;
        black += u8::from(role.side() == Side::Mafia);
    }
    Some(black)
}
