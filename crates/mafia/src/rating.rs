//! The local rating: two parts for each player, changed game by game in the order of play.
//!
//! Amounts are integers in thousandths, so that a game is undone by subtracting what it added:
//! a game that comes, goes or changes in the past rewinds to its place and plays the rest again.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use crate::game::{GameStatus, Side, Winner};
use crate::row::GameRow;

/// What everybody starts with when it is shown, in thousandths.
pub const START_MILLI: i64 = 1_000_000;

/// Difference of ratings, in thousandths, at which the odds are ten to one.
const SCALE_MILLI: f64 = 400_000.0;

/// The mean over all rated players.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mean {
    /// The mean in thousandths, rounded half up.
    pub mean_milli: i64,
    /// How many players it is over.
    pub n: i64,
}

/// A player's rating in thousandths, without the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Won and lost as red.
    pub red: i64,
    /// Won and lost as black.
    pub black: i64,
    /// Seats in rated games.
    pub rated: u32,
}

/// The place of a game: games without a day first, then by number and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    date: Option<Date>,
    game_no: Option<i64>,
    id: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Played {
    place: Place,
    winner: Winner,
    in_tournament: bool,
    full: bool,
    seats: Box<[(i64, Side)]>,
    /// What red and black seats got, in thousandths, once it is rated.
    change: (i64, i64),
}

/// The ratings of all players after all rated games.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rating {
    games: Vec<Played>,
    players: HashMap<i64, Parts>,
    sum: i64,
}

/// Changes of games that take effect together.
#[derive(Debug, Default)]
pub struct RatingBatch(BTreeMap<Box<str>, (Option<Played>, Option<Played>)>);

impl RatingBatch {
    /// Adds the change of one game; later ones of the same game follow earlier ones.
    pub fn change(&mut self, old: Option<&GameRow>, new: Option<&GameRow>) {
        // Under one id at most one game stands: a change is from the first old to the last new.
        let ids = (old.map(|row| row.id.as_str()), new.map(|row| row.id.as_str()));
        if let (Some(before), Some(after)) = ids
            && before != after
        {
            self.change(old, None);
            self.change(None, new);
            return;
        }
        let Some(id) = ids.0.or(ids.1) else { return };
        let (before, after) = (old.and_then(Played::of), new.and_then(Played::of));
        match self.0.get_mut(id) {
            Some(known) => known.1 = after,
            None if before.is_none() && after.is_none() => {}
            None => {
                self.0.insert(id.into(), (before, after));
            }
        }
    }
}

impl Rating {
    /// Applies a batch: all its changes, then one rating from the earliest place they touch.
    pub fn apply(&mut self, batch: RatingBatch) {
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for (old, new) in batch.0.into_values().filter(|(old, new)| old != new) {
            gone.extend(old.map(|game| game.place));
            come.extend(new);
        }
        let places = gone.iter().chain(come.iter().map(|game| &game.place));
        let Some(first) = places.min() else { return };
        let first = self.games.partition_point(|game| game.place < *first);
        for n in (first..self.games.len()).rev() {
            self.count(n, -1);
        }
        if first == self.games.len() {
            come.sort_unstable_by(|a, b| a.place.cmp(&b.place));
            self.games.append(&mut come);
        } else {
            let mut tail = self.games.split_off(first);
            gone.sort_unstable();
            tail.retain(|game| gone.binary_search(&game.place).is_err());
            tail.append(&mut come);
            tail.sort_by(|a, b| a.place.cmp(&b.place));
            self.games.append(&mut tail);
        }
        for n in first..self.games.len() {
            let change = self.changes_of(n);
            if let Some(game) = self.games.get_mut(n) {
                game.change = change;
            }
            self.count(n, 1);
        }
    }

    /// The mean over the players with a rated game; none without any.
    #[must_use]
    pub fn mean(&self) -> Option<Mean> {
        let n = i64::try_from(self.players.len()).unwrap_or(i64::MAX);
        let total = START_MILLI.saturating_mul(n).saturating_add(self.sum);
        (n > 0).then(|| Mean { mean_milli: (2 * total + n).div_euclid(2 * n), n })
    }

    /// The parts of a player with a rated game.
    #[must_use]
    pub fn player(&self, id: i64) -> Option<Parts> {
        self.players.get(&id).copied()
    }

    /// Adds (`sign` 1) or takes away (`sign` -1) what the game at place `n` gave.
    fn count(&mut self, n: usize, sign: i64) {
        let Some(game) = self.games.get(n) else { return };
        for &(player, side) in &game.seats {
            let parts = self.players.entry(player).or_default();
            let amount = match side {
                Side::Town => game.change.0,
                Side::Mafia => game.change.1,
            } * sign;
            match side {
                Side::Town => parts.red += amount,
                Side::Mafia => parts.black += amount,
            }
            self.sum += amount;
            if sign > 0 {
                parts.rated += 1;
            } else {
                parts.rated = parts.rated.saturating_sub(1);
                if parts.rated == 0 {
                    self.players.remove(&player);
                }
            }
        }
    }

    /// What each red and each black seat of the game at place `n` gets.
    fn changes_of(&self, n: usize) -> (i64, i64) {
        let Some(game) = self.games.get(n) else { return (0, 0) };
        let mut teams = [(0_i64, 0_i64); 2];
        for &(player, side) in &game.seats {
            let parts = self.player(player).unwrap_or_default();
            let (team, part) = match side {
                Side::Town => (&mut teams[0], parts.red),
                Side::Mafia => (&mut teams[1], parts.black),
            };
            team.0 += part;
            team.1 += 1;
        }
        let [red, black] = teams.map(|(sum, count)| sum as f64 / count as f64);
        let expected = 1.0 / (1.0 + 10_f64.powf((black - red) / SCALE_MILLI));
        let factors = game.factors();
        let change = |side: Side, expected: f64| milli(points(game.winner, side, factors, expected));
        (change(Side::Town, expected), change(Side::Mafia, 1.0 - expected))
    }
}

/// What a seat of `side` gets, in points; `factors` are those of a gain and of a loss.
fn points(winner: Winner, side: Side, factors: (f64, f64), expected: f64) -> f64 {
    let (gain, loss) = factors;
    match (winner, side) {
        (Winner::Town, Side::Town) | (Winner::Mafia, Side::Mafia) => gain * (1.0 - expected),
        (Winner::Town, Side::Mafia) | (Winner::Mafia, Side::Town) => -loss * expected,
        (Winner::Draw, Side::Town | Side::Mafia) => {
            let surplus = 0.5 - expected;
            surplus * if surplus >= 0.0 { gain } else { loss }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a game changes at most 16 points")]
fn milli(points: f64) -> i64 {
    (points * 1000.0).round() as i64
}

impl Played {
    /// The game as the rating needs it; none when it does not count.
    fn of(row: &GameRow) -> Option<Self> {
        if row.status != GameStatus::Finished {
            return None;
        }
        let winner = row.winner?;
        let seats: Box<[_]> = row.seats.iter().filter_map(|seat| Some((seat.player?, seat.side?))).collect();
        let sits = |side| seats.iter().any(|seat| seat.1 == side);
        (sits(Side::Town) && sits(Side::Mafia)).then(|| Self {
            place: Place { date: row.date, game_no: row.game_no, id: row.id.as_str().into() },
            winner,
            in_tournament: row.tournament.is_some(),
            full: row.seats.len() >= 10,
            seats,
            change: (0, 0),
        })
    }

    /// The factors of a gain and of a loss.
    fn factors(&self) -> (f64, f64) {
        let (gain, loss) = if self.in_tournament { (16.0, 12.0) } else { (4.0, 3.0) };
        if self.full { (gain, loss) } else { (gain / 2.0, loss / 2.0) }
    }
}
