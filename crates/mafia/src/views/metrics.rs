//! The figures: players, games, tournaments, rating, games over time.

use std::collections::BTreeMap;

use jiff::civil::Date;
use realtime_protocol::Delta;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::game::{GameStatus, TournamentStatus};
use crate::rating::{Mean, Rating, RatingBatch};
use crate::row::{GameRow, PlayerRow, RowChange};

/// What the keys of the games by day begin with; the day follows.
pub(crate) const DAY_PREFIX: &str = "games_by_day/";
/// What the keys of the games by hour begin with; day and hour follow.
pub(crate) const HOUR_PREFIX: &str = "games_by_hour/";

/// The state of the view `metrics`.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics {
    games: i64,
    rated: i64,
    running: i64,
    /// Finished games of each player that has one, counted by seat.
    players: FxHashMap<i64, i64>,
    by_day: BTreeMap<Date, i64>,
    by_hour: BTreeMap<(Date, i8), i64>,
    rating: Rating,
    elo: Elo,
    touched: Touched,
}

/// The Elo that sources bring.
#[derive(Debug, Clone, Copy, Default)]
struct Elo {
    sum_milli: i64,
    players: i64,
}

impl Elo {
    fn count(&mut self, player: Option<&PlayerRow>, by: i64) {
        let Some(milli) = player.and_then(|row| row.elo_milli) else { return };
        self.sum_milli += milli * by;
        self.players += by;
    }

    /// Rounded half up; none when nobody has an Elo.
    fn mean(self) -> Option<Mean> {
        let n = self.players;
        (n > 0).then(|| Mean { mean_milli: (2 * self.sum_milli + n).div_euclid(2 * n), n })
    }
}

/// A mean rating of one kind; the two kinds are on different scales and never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rated {
    kind: &'static str,
    mean: Mean,
}

/// The figures that are one value each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figures {
    players: i64,
    games: i64,
    rated: i64,
    running: i64,
    rating: Option<Rated>,
}

/// What was there before the changes that were not taken yet.
#[derive(Debug, Clone, Default)]
struct Touched {
    /// None while nothing changed.
    figures: Option<Figures>,
    days: BTreeMap<Date, i64>,
    hours: BTreeMap<(Date, i8), i64>,
}

impl Metrics {
    pub(super) fn fold(&mut self, changes: &[RowChange]) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.figures.get_or_insert_with(|| self.figures());
        let mut batch = RatingBatch::default();
        for change in changes {
            match change {
                RowChange::Game { old, new } => {
                    if let Some(row) = old {
                        self.count(row, -1, &mut touched);
                    }
                    if let Some(row) = new {
                        self.count(row, 1, &mut touched);
                    }
                    batch.change(old.as_ref(), new.as_ref());
                }
                RowChange::Tournament { old, new } => {
                    let runs = |status| i64::from(status == Some(TournamentStatus::Running));
                    self.running +=
                        runs(new.as_ref().map(|row| row.status)) - runs(old.as_ref().map(|row| row.status));
                }
                RowChange::Player { old, new } => {
                    self.elo.count(old.as_ref(), -1);
                    self.elo.count(new.as_ref(), 1);
                }
                RowChange::Import { .. } | RowChange::Other => {}
            }
        }
        self.rating.apply(batch);
        self.touched = touched;
    }

    /// What changed since the last call.
    pub(super) fn take_changes(&mut self) -> Delta {
        let touched = std::mem::take(&mut self.touched);
        touched.figures.map_or_else(Delta::default, |before| self.delta(before, touched))
    }

    pub(super) fn rating(&self) -> &Rating {
        &self.rating
    }

    pub(super) fn whole(&self) -> Delta {
        let mut delta = Delta::default();
        let figures = self.figures();
        for (key, value) in figures.counts() {
            delta.put(key, value);
        }
        if let Some(rated) = figures.rating {
            delta.put("rating", rating_value(rated));
        }
        for (day, count) in &self.by_day {
            delta.put(day_key(*day), *count);
        }
        for (hour, count) in &self.by_hour {
            delta.put(hour_key(*hour), *count);
        }
        delta
    }

    fn figures(&self) -> Figures {
        Figures {
            players: i64::try_from(self.players.len()).unwrap_or(i64::MAX),
            games: self.games,
            rated: self.rated,
            running: self.running,
            rating: self.rated(),
        }
    }

    /// The local rating of those who played here; where nobody did, the Elo that sources bring.
    fn rated(&self) -> Option<Rated> {
        let local = self.rating.mean().map(|mean| Rated { kind: "local", mean });
        local.or_else(|| self.elo.mean().map(|mean| Rated { kind: "elo", mean }))
    }

    fn count(&mut self, row: &GameRow, by: i64, touched: &mut Touched) {
        if row.status != GameStatus::Finished {
            return;
        }
        self.games += by;
        self.rated += by * i64::from(row.winner.is_some());
        for player in row.seats.iter().filter_map(|seat| seat.player) {
            let count = self.players.entry(player).or_default();
            *count += by;
            if *count == 0 {
                self.players.remove(&player);
            }
        }
        let Some(day) = row.date else { return };
        count_bar(&mut self.by_day, &mut touched.days, day, by);
        if let Some(time) = row.played_at() {
            count_bar(&mut self.by_hour, &mut touched.hours, (day, time.hour()), by);
        }
    }

    fn delta(&self, before: Figures, touched: Touched) -> Delta {
        let mut delta = Delta::default();
        let after = self.figures();
        for ((key, old), (_, new)) in before.counts().into_iter().zip(after.counts()) {
            if old != new {
                delta.put(key, new);
            }
        }
        if before.rating != after.rating {
            match after.rating {
                Some(rated) => delta.put("rating", rating_value(rated)),
                None => delta.remove("rating"),
            }
        }
        for (day, old) in touched.days {
            put_bar(&mut delta, || day_key(day), old, self.by_day.get(&day).copied());
        }
        for (hour, old) in touched.hours {
            put_bar(&mut delta, || hour_key(hour), old, self.by_hour.get(&hour).copied());
        }
        delta
    }
}

impl Figures {
    fn counts(self) -> [(&'static str, i64); 4] {
        [
            ("players", self.players),
            ("games", self.games),
            ("games_rated", self.rated),
            ("tournaments_running", self.running),
        ]
    }
}

fn count_bar<K: Ord + Copy>(bars: &mut BTreeMap<K, i64>, touched: &mut BTreeMap<K, i64>, key: K, by: i64) {
    let count = bars.entry(key).or_default();
    touched.entry(key).or_insert(*count);
    *count += by;
    if *count == 0 {
        bars.remove(&key);
    }
}

fn put_bar(delta: &mut Delta, key: impl Fn() -> String, old: i64, new: Option<i64>) {
    match new {
        Some(new) if new != old => delta.put(key(), new),
        None if old != 0 => delta.remove(key()),
        Some(_) | None => {}
    }
}

fn day_key(day: Date) -> String {
    format!("{DAY_PREFIX}{day}")
}

fn hour_key((day, hour): (Date, i8)) -> String {
    format!("{HOUR_PREFIX}{day}T{hour:02}")
}

fn rating_value(Rated { kind, mean }: Rated) -> Value {
    json!({ "kind": kind, "mean_milli": mean.mean_milli, "n": mean.n })
}
