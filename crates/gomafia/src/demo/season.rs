//! A seeded simulation: a club's evenings and weekend cups for a year, and marathons that are played now.
//!
//! What a day or a round holds depends on the seed and on that day or round alone, so that a demo that is
//! started again tells the same games. The day and the time come in. No player, game or score is real.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use super::calendar::{CUP_ROUNDS, CUP_TABLES, Cup, clock, days, evening};
use super::dice::Dice;
use super::names::PLAYERS;
use super::table::{correct, play, running};

/// Length of the season before today.
const PAST_DAYS: i64 = 365;
/// Next cup that is told before it begins: at most so far ahead.
const AHEAD_DAYS: i64 = 40;
/// Last games before today that are told one by one.
const RECENT_GAMES: usize = 40;
/// Of 1,000 games: with nine seats, corrected afterwards, of live ones told while they run.
const NINE_SEATS: i64 = 30;
const CORRECTED: i64 = 40;
const TOLD_RUNNING: i64 = 600;
const SEATS: usize = 10;
const MARATHON_TABLES: i64 = 3;
const MARATHON_ROUNDS: i64 = 15;
/// The club plays live at a table of its own, so that its games are none of the evening before today.
const LIVE_TABLE: i64 = 9;
/// Of so many live games one is the club's.
const LIVE_GAMES_A_CLUB_GAME: u64 = 3;

// What dice are thrown for; each live game of the club counts on from the last.
const EVENING: u64 = 1;
const CUP_FIELD: u64 = 2;
const CUP_DAY: u64 = 3;
const MARATHON_FIELD: u64 = 4;
const MARATHON_ROUND: u64 = 5;
const LIVE_CLUB: u64 = 6;

/// A game and what is told of it, in order: perhaps that it runs, that it ended, perhaps a correction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// Posted first.
    pub(crate) first: Value,
    /// Then put under the same id.
    pub(crate) then: Vec<Value>,
}

impl Told {
    /// The game as it stands in the end.
    pub(crate) fn last(&self) -> &Value {
        self.then.last().unwrap_or(&self.first)
    }
}

/// The season before today.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Past {
    /// Tournaments by their ids; they are told before their games.
    pub(crate) tournaments: Vec<(String, Value)>,
    /// Games as they stand in the end.
    pub(crate) bulk: Vec<Value>,
    /// The last games, each with its story.
    pub(crate) recent: Vec<Told>,
}

/// What happens now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Live {
    /// A tournament begins or ends; its id.
    Tournament(String, Value),
    /// A game is played.
    Game(Told),
}

/// The tournament that is played now.
#[derive(Debug, Clone)]
struct Marathon {
    number: u64,
    told: Value,
    round: i64,
    table: i64,
}

/// The simulated season.
#[derive(Debug, Clone)]
pub(crate) struct Season {
    seed: u64,
    today: Date,
    marathon: Option<Marathon>,
    marathons: u64,
    games: u64,
    club_games: u64,
}

impl Season {
    /// A season whose evenings lead up to `today`.
    pub(crate) fn new(seed: u64, today: Date) -> Self {
        Self { seed, today, marathon: None, marathons: 0, games: 0, club_games: 0 }
    }

    /// The games of a year before today.
    pub(crate) fn past(&self) -> Past {
        let from = self.today.saturating_sub(PAST_DAYS.days());
        let ahead = self.today.saturating_add(AHEAD_DAYS.days());
        // Half a cup at the edge of the year is left out.
        let mut cups: Vec<_> =
            days(from, ahead).filter_map(Cup::on).filter(|cup| cup.start >= from).collect();
        cups.dedup();
        let begun = cups.iter().filter(|cup| cup.start <= self.today).count();
        cups.truncate(begun + 1);
        let mut told = Vec::new();
        for day in days(from, self.today) {
            match Cup::on(day) {
                Some(cup) if cup.start >= from => self.cup_day(&cup, day, &mut told),
                Some(_) | None => self.evening(day, &mut told),
            }
        }
        let recent = told.split_off(told.len().saturating_sub(RECENT_GAMES));
        let tournaments = cups.iter().map(|cup| (cup.id.clone(), cup.told(self.today)));
        Past {
            tournaments: tournaments.collect(),
            bulk: told.iter().map(|told| told.last().clone()).collect(),
            recent,
        }
    }

    fn evening(&self, day: Date, told: &mut Vec<Told>) {
        let dice = &mut Dice::of_day(self.seed, EVENING, day);
        let Some(evening) = evening(dice, day) else { return };
        let seats = usize::try_from(evening.tables).unwrap_or(1) * SEATS;
        let spare = dice.index(5);
        let mut guests = guests(dice, seats + spare);
        for n in 0..evening.games {
            dice.shuffle(&mut guests);
            for (table, sitting) in (1..=evening.tables).zip(guests.chunks_exact(SEATS)) {
                let head = json!({
                    "source": "demo", "date": day.to_string(), "time": minutes(clock(evening.begins, n)),
                    "game_no": n * evening.tables + table, "table": table,
                });
                let nine = dice.chance(NINE_SEATS);
                let sitting = if nine { sitting.get(1..).unwrap_or(sitting) } else { sitting };
                told.push(story(dice, &head, sitting, false));
            }
        }
    }

    fn cup_day(&self, cup: &Cup, day: Date, told: &mut Vec<Told>) {
        let seats = usize::try_from(CUP_TABLES).unwrap_or(1) * SEATS;
        let mut field = guests(&mut Dice::of_day(self.seed, CUP_FIELD, cup.start), seats);
        let dice = &mut Dice::of_day(self.seed, CUP_DAY, day);
        let half = CUP_ROUNDS / 2;
        let first = if day == cup.start { 1 } else { half + 1 };
        for n in 0..half {
            dice.shuffle(&mut field);
            for (table, sitting) in (1..=CUP_TABLES).zip(field.chunks_exact(SEATS)) {
                let head = json!({
                    "source": "demo", "tournament": cup.title, "date": day.to_string(),
                    "time": minutes(clock(Time::constant(11, 0, 0, 0), n)), "round": first + n, "table": table,
                });
                told.push(story(dice, &head, sitting, false));
            }
        }
    }

    /// The id of the marathon of this number, from 1.
    pub(crate) fn marathon_id(number: u64) -> String {
        format!("demo-live-{number}")
    }

    /// Goes on with what an earlier start has left: so many marathons have begun, and the last one, if
    /// it is not over, stands as `running`.
    pub(crate) fn resume(&mut self, marathons: u64, running: Option<Value>) {
        self.marathons = marathons;
        self.marathon = running.map(|told| Marathon { number: marathons, told, round: 1, table: 1 });
    }

    /// What happens next: a marathon, one after the other, and games of the club between its games.
    pub(crate) fn live(&mut self, date: Date, time: Time) -> Live {
        let Some(marathon) = &mut self.marathon else { return self.begin(date) };
        if marathon.round > MARATHON_ROUNDS {
            let Marathon { number, told, .. } = marathon;
            told["status"] = "finished".into();
            told["end"] = date.to_string().into();
            let ended = Live::Tournament(Self::marathon_id(*number), told.take());
            self.marathon = None;
            return ended;
        }
        self.games += 1;
        if self.games.is_multiple_of(LIVE_GAMES_A_CLUB_GAME) {
            return Live::Game(self.club_game(date, time));
        }
        let (number, round, table) = (marathon.number, marathon.round, marathon.table);
        (marathon.round, marathon.table) =
            if table < MARATHON_TABLES { (round, table + 1) } else { (round + 1, 1) };
        let head = json!({
            "source": "demo", "tournament": marathon.told["title"], "date": date.to_string(),
            "time": minutes(time), "round": round, "table": table,
        });
        Live::Game(self.marathon_game(number, &head, round, table))
    }

    fn begin(&mut self, date: Date) -> Live {
        self.marathons += 1;
        let number = self.marathons;
        let told = json!({
            "source": "demo", "title": format!("Марафон «Северное сияние» № {number}"), "status": "running",
            "planned_rounds": MARATHON_ROUNDS, "start": date.to_string(),
        });
        self.marathon = Some(Marathon { number, told: told.clone(), round: 1, table: 1 });
        Live::Tournament(Self::marathon_id(number), told)
    }

    fn marathon_game(&self, number: u64, head: &Value, round: i64, table: i64) -> Told {
        let seats = usize::try_from(MARATHON_TABLES).unwrap_or(1) * SEATS;
        let mut field = guests(&mut Dice::of(self.seed, MARATHON_FIELD, number), seats);
        let of_round = |table: i64| {
            let round = (round * (MARATHON_TABLES + 1) + table).unsigned_abs();
            Dice::of(self.seed, MARATHON_ROUND, number * 1_000 + round)
        };
        of_round(0).shuffle(&mut field);
        let at = usize::try_from(table - 1).unwrap_or(0) * SEATS;
        let sitting = field.get(at..at + SEATS).unwrap_or(&[]);
        story(&mut of_round(table), head, sitting, true)
    }

    fn club_game(&mut self, date: Date, time: Time) -> Told {
        self.club_games += 1;
        let head = json!({
            "source": "demo", "date": date.to_string(), "time": minutes(time), "game_no": self.club_games,
            "table": LIVE_TABLE,
        });
        let dice = &mut Dice::of_day(self.seed, LIVE_CLUB + self.club_games, date);
        let guests = guests(dice, SEATS);
        story(dice, &head, &guests, true)
    }
}

/// Players of an evening; the first ones of the list come more often.
fn guests(dice: &mut Dice, count: usize) -> Vec<usize> {
    let mut guests = Vec::with_capacity(count);
    while guests.len() < count.min(PLAYERS.len()) {
        let guest = dice.index(PLAYERS.len()).min(dice.index(PLAYERS.len()));
        if !guests.contains(&guest) {
            guests.push(guest);
        }
    }
    guests
}

/// A game and what becomes of it; a live one may be told while it runs.
fn story(dice: &mut Dice, head: &Value, sitting: &[usize], live: bool) -> Told {
    let game = play(dice, head, sitting);
    let mut then = Vec::new();
    let first = if live && dice.chance(TOLD_RUNNING) { running(&game) } else { game.clone() };
    if first != game {
        then.push(game.clone());
    }
    if dice.chance(CORRECTED) {
        then.push(correct(dice, &game));
    }
    Told { first, then }
}

fn minutes(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests;
