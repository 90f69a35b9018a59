//! The local rating: two parts for each player, changed game by game in the order of play.
//!
//! Amounts are integers in thousandths, so that a game is undone by subtracting what it added:
//! a game that comes, goes or changes in the past rewinds to its place and plays the rest again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

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

/// One rated game of one player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The game's id.
    pub game: String,
    /// The day of play.
    pub date: Option<Date>,
    /// On which side; a player on two seats of one game has a step for each.
    pub side: Side,
    /// What the game gave or took, in thousandths.
    pub change: i64,
    /// The parts after the game.
    pub after: Parts,
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
    seats: Box<[Chair]>,
    /// What red and black seats got, in thousandths, once it is rated.
    change: (i64, i64),
}

/// A seat that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chair {
    player: i64,
    side: Side,
    /// Where the player's parts stand; known once the game is taken in.
    slot: usize,
}

/// The ratings of all players after all rated games.
#[derive(Debug, Clone, Default)]
pub struct Rating {
    games: Vec<Played>,
    /// Where each player's parts stand: rating a game again looks up no player.
    slots: FxHashMap<i64, usize>,
    parts: Vec<Parts>,
    /// How many players have a rated game.
    rated: i64,
    /// All parts together.
    sum: i64,
}

/// Changes of games that take effect together.
#[derive(Debug, Default)]
pub struct RatingBatch(BTreeMap<Box<str>, Box<Swap>>);

/// A game before and after; boxed where it stands in a map, whose nodes hold eleven.
#[derive(Debug)]
struct Swap {
    old: Option<Played>,
    new: Option<Played>,
}

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
            Some(known) => known.new = after,
            None if before.is_none() && after.is_none() => {}
            None => {
                self.0.insert(id.into(), Box::new(Swap { old: before, new: after }));
            }
        }
    }
}

impl Rating {
    /// Applies a batch: all its changes, then one rating from the earliest place they touch.
    pub fn apply(&mut self, batch: RatingBatch) {
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for swap in batch.0.into_values().filter(|swap| swap.old != swap.new) {
            let Swap { old, new } = *swap;
            gone.extend(old.map(|game| game.place));
            come.extend(new);
        }
        for game in &mut come {
            self.seat(game);
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
        let n = self.rated;
        let total = START_MILLI.saturating_mul(n).saturating_add(self.sum);
        (n > 0).then(|| Mean { mean_milli: (2 * total + n).div_euclid(2 * n), n })
    }

    /// The parts of a player with a rated game.
    #[must_use]
    pub fn player(&self, id: i64) -> Option<Parts> {
        let slot = *self.slots.get(&id)?;
        self.parts.get(slot).copied().filter(|parts| parts.rated > 0)
    }

    /// The rated games of a player in the order of play; empty for who has none.
    #[must_use]
    pub fn history(&self, id: i64) -> Vec<Step> {
        let Some(&slot) = self.slots.get(&id) else { return Vec::new() };
        let mut parts = Parts::default();
        let mut steps = Vec::new();
        for game in &self.games {
            for chair in game.seats.iter().filter(|chair| chair.slot == slot) {
                let change = game.change_of(chair.side);
                match chair.side {
                    Side::Town => parts.red += change,
                    Side::Mafia => parts.black += change,
                }
                parts.rated += 1;
                let Place { date, id, .. } = &game.place;
                let side = chair.side;
                steps.push(Step { game: id.to_string(), date: *date, side, change, after: parts });
            }
        }
        steps
    }

    /// Gives the players of a game their slots.
    fn seat(&mut self, game: &mut Played) {
        for chair in &mut game.seats {
            let next = self.parts.len();
            chair.slot = *self.slots.entry(chair.player).or_insert(next);
            if chair.slot == next {
                self.parts.push(Parts::default());
            }
        }
    }

    /// Adds (`sign` 1) or takes away (`sign` -1) what the game at place `n` gave.
    fn count(&mut self, n: usize, sign: i64) {
        let Some(game) = self.games.get(n) else { return };
        for chair in &game.seats {
            let Some(parts) = self.parts.get_mut(chair.slot) else { continue };
            let amount = game.change_of(chair.side) * sign;
            let part = match chair.side {
                Side::Town => &mut parts.red,
                Side::Mafia => &mut parts.black,
            };
            *part += amount;
            self.sum += amount;
            if sign > 0 {
                self.rated += i64::from(parts.rated == 0);
                parts.rated += 1;
            } else {
                parts.rated = parts.rated.saturating_sub(1);
                self.rated -= i64::from(parts.rated == 0);
            }
        }
    }

    /// What each red and each black seat of the game at place `n` gets.
    fn changes_of(&self, n: usize) -> (i64, i64) {
        let Some(game) = self.games.get(n) else { return (0, 0) };
        let mut teams = [(0_i64, 0_i64); 2];
        for chair in &game.seats {
            let parts = self.parts.get(chair.slot).copied().unwrap_or_default();
            let (team, part) = match chair.side {
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
        let chairs = row
            .seats
            .iter()
            .filter_map(|seat| Some(Chair { player: seat.player?, side: seat.side?, slot: 0 }));
        let seats: Box<[Chair]> = chairs.collect();
        let sits = |side| seats.iter().any(|chair| chair.side == side);
        (sits(Side::Town) && sits(Side::Mafia)).then(|| Self {
            place: Place { date: row.date, game_no: row.game_no, id: row.id.as_str().into() },
            winner,
            in_tournament: row.tournament.is_some(),
            full: row.seats.len() >= 10,
            seats,
            change: (0, 0),
        })
    }

    fn change_of(&self, side: Side) -> i64 {
        match side {
            Side::Town => self.change.0,
            Side::Mafia => self.change.1,
        }
    }

    /// The factors of a gain and of a loss.
    fn factors(&self) -> (f64, f64) {
        let (gain, loss) = if self.in_tournament { (16.0, 12.0) } else { (4.0, 3.0) };
        if self.full { (gain, loss) } else { (gain / 2.0, loss / 2.0) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::row::SeatRow;

    /// A game of `reds` and `blacks` by row id, on a day of May.
    fn game(id: &str, day: i8, winner: Winner, reds: &[i64], blacks: &[i64]) -> GameRow {
        let seat = |side| move |&player: &i64| SeatRow { seat: 1, player: Some(player), side: Some(side) };
        GameRow {
            id: id.to_owned(),
            source: "club".to_owned(),
            tournament: None,
            season: None,
            round: None,
            game_no: None,
            table: None,
            date: (day > 0).then(|| jiff::civil::date(2024, 5, day)),
            time: None,
            winner: Some(winner),
            status: GameStatus::Finished,
            title: "club".to_owned(),
            flags: BTreeSet::new(),
            offset: 1,
            import_id: None,
            corrected: false,
            seats: reds.iter().map(seat(Side::Town)).chain(blacks.iter().map(seat(Side::Mafia))).collect(),
        }
    }

    fn apply(rating: &mut Rating, changes: &[(Option<&GameRow>, Option<&GameRow>)]) {
        let mut batch = RatingBatch::default();
        for (old, new) in changes {
            batch.change(*old, *new);
        }
        rating.apply(batch);
    }

    /// All that can be seen of a rating.
    fn seen(rating: &Rating) -> (Vec<Option<Parts>>, Option<Mean>) {
        ((0..20).map(|player| rating.player(player)).collect(), rating.mean())
    }

    fn rated(games: &[&GameRow]) -> Rating {
        let mut rating = Rating::default();
        for game in games {
            apply(&mut rating, &[(None, Some(game))]);
        }
        rating
    }

    const REDS: [i64; 7] = [1, 2, 3, 4, 5, 6, 7];
    const BLACKS: [i64; 3] = [8, 9, 10];

    #[test]
    fn the_first_full_game_of_a_club_moves_two_up_and_one_and_a_half_down() {
        let rating = rated(&[&game("g", 1, Winner::Town, &REDS, &BLACKS)]);
        assert_eq!(rating.player(1), Some(Parts { red: 2000, black: 0, rated: 1 }));
        assert_eq!(rating.player(8), Some(Parts { red: 0, black: -1500, rated: 1 }));
        assert_eq!(rating.mean(), Some(Mean { mean_milli: 1_000_950, n: 10 }));
    }

    #[test]
    fn a_tournament_moves_four_times_as_much_and_a_small_table_half() {
        let mut cup = game("g", 1, Winner::Mafia, &REDS, &BLACKS);
        cup.tournament = Some("Кубок".to_owned());
        let rating = rated(&[&cup]);
        assert_eq!((rating.player(1).unwrap().red, rating.player(8).unwrap().black), (-6000, 8000));
        let nine = rated(&[&game("g", 1, Winner::Mafia, &REDS[..6], &BLACKS)]);
        assert_eq!((nine.player(1).unwrap().red, nine.player(8).unwrap().black), (-750, 1000));
    }

    #[test]
    fn a_second_game_knows_the_first() {
        let games = [game("a", 1, Winner::Town, &REDS, &BLACKS), game("b", 2, Winner::Town, &REDS, &BLACKS)];
        let rating = rated(&[&games[0], &games[1]]);
        // Expected of red with 2.0 against -1.5: 1 / (1 + 10^(-3.5 / 400)) = 0.505036…
        assert_eq!(rating.player(1).unwrap().red, 2000 + 1980);
        assert_eq!(rating.player(8).unwrap().black, -1500 - 1485);
    }

    #[test]
    fn a_draw_pulls_the_sides_together() {
        let games = [game("a", 1, Winner::Town, &REDS, &BLACKS), game("b", 2, Winner::Draw, &REDS, &BLACKS)];
        let rating = rated(&[&games[0], &games[1]]);
        assert_eq!(rating.player(1).unwrap().red, 2000 - 15);
        assert_eq!(rating.player(8).unwrap().black, -1500 + 20);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let games = [
            game("c", 0, Winner::Mafia, &[1, 9], &[8, 2]),
            game("b", 1, Winner::Town, &REDS, &BLACKS),
            game("a", 1, Winner::Draw, &[8, 9], &[1, 2]),
            game("d", 2, Winner::Mafia, &REDS, &BLACKS),
        ];
        let one = rated(&[&games[0], &games[1], &games[2], &games[3]]);
        assert_eq!(seen(&rated(&[&games[3], &games[1], &games[0], &games[2]])), seen(&one));
        assert_eq!(seen(&rated(&[&games[2], &games[3], &games[1], &games[0]])), seen(&one));
    }

    #[test]
    fn a_removed_game_leaves_nothing_behind() {
        let games =
            [game("a", 1, Winner::Town, &REDS, &BLACKS), game("b", 2, Winner::Mafia, &[1, 8], &[2, 11])];
        let mut rating = rated(&[&games[0], &games[1]]);
        apply(&mut rating, &[(Some(&games[0]), None)]);
        assert_eq!(seen(&rating), seen(&rated(&[&games[1]])));
        assert_eq!(rating.player(9), None);
        apply(&mut rating, &[(Some(&games[1]), None)]);
        assert_eq!(seen(&rating), seen(&Rating::default()));
        assert_eq!(rating.mean(), None);
    }

    #[test]
    fn changes_of_one_game_within_a_batch_end_at_the_last() {
        let game_b = game("b", 3, Winner::Town, &REDS, &BLACKS);
        let [first, second, third] = [(1, Winner::Town), (2, Winner::Mafia), (4, Winner::Draw)]
            .map(|(day, winner)| game("a", day, winner, &REDS, &BLACKS));
        let mut rating = rated(&[&game_b, &first]);
        apply(&mut rating, &[(Some(&first), Some(&second)), (Some(&second), None), (None, Some(&third))]);
        assert_eq!(seen(&rating), seen(&rated(&[&game_b, &third])));
        apply(&mut rating, &[(Some(&third), None), (None, Some(&third))]);
        assert_eq!(seen(&rating), seen(&rated(&[&game_b, &third])));
    }

    #[test]
    fn games_without_winner_or_with_one_side_do_not_count() {
        let mut undecided = game("a", 1, Winner::Town, &REDS, &BLACKS);
        undecided.winner = None;
        let mut running = game("b", 1, Winner::Town, &REDS, &BLACKS);
        running.status = GameStatus::Running;
        let one_sided = game("c", 1, Winner::Town, &REDS, &[]);
        assert_eq!(seen(&rated(&[&undecided, &running, &one_sided])), seen(&Rating::default()));
    }

    #[test]
    fn a_player_on_two_seats_is_changed_for_each() {
        let rating = rated(&[&game("g", 1, Winner::Town, &[1, 1, 2, 3, 4, 5, 6], &[1, 8, 9])]);
        assert_eq!(rating.player(1), Some(Parts { red: 4000, black: -1500, rated: 3 }));
        assert_eq!(rating.mean().unwrap().n, 8);
    }

    #[test]
    fn a_history_adds_up_to_the_parts_and_follows_a_game_inserted_before() {
        let later = game("b", 3, Winner::Mafia, &REDS, &BLACKS);
        let mut rating = rated(&[&later]);
        let alone = rating.history(8);
        assert_eq!((alone.len(), alone[0].change, alone[0].side), (1, 2000, Side::Mafia));
        apply(&mut rating, &[(None, Some(&game("a", 1, Winner::Mafia, &REDS, &BLACKS)))]);
        let steps = rating.history(8);
        let games: Vec<(&str, Option<Date>)> =
            steps.iter().map(|step| (step.game.as_str(), step.date)).collect();
        assert_eq!(
            games,
            [("a", Some(jiff::civil::date(2024, 5, 1))), ("b", Some(jiff::civil::date(2024, 5, 3)))]
        );
        assert_eq!(steps[0].change, 2000);
        assert!(steps[1].change < 2000, "the stronger side wins less");
        assert_eq!(Some(steps[1].after), rating.player(8));
        assert_eq!(rating.history(99), []);
    }

    #[test]
    fn a_mean_rounds_half_up() {
        let mean = |sum: i64| Rating { rated: 2, sum, ..Rating::default() }.mean().unwrap().mean_milli;
        assert_eq!(
            [mean(0), mean(1), mean(2), mean(-1), mean(-3)],
            [1_000_000, 1_000_001, 1_000_001, 1_000_000, 999_999]
        );
    }
}
