//! The feed: what was touched last.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;

use realtime_protocol::Delta;
use serde_json::{Value, json};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::game::{GameStatus, TournamentStatus, Winner};
use crate::row::{GameRow, ImportRow, RowChange, TournamentRow};

/// How many entries the view shows.
pub(super) const SHOWN_MAX: usize = 100;

/// The place of an entry: the last touched first, then by key.
type Place = (Reverse<u64>, String);

/// The state of the view `activity`: all entries, so that what falls out can come back.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    entries: BTreeMap<Place, Box<Entry>>,
    /// The place of the last shown entry; none while all are shown.
    last: Option<Place>,
    moves: Moves,
    /// Where the games' clocks hang.
    zone: TimeZone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Game {
        id: String,
        date: Option<Date>,
        time: Option<Time>,
        title: String,
        winner: Option<Winner>,
        status: GameStatus,
        players: usize,
        corrected: bool,
    },
    Tournament {
        id: String,
        start: Option<Date>,
        title: String,
        status: TournamentStatus,
    },
    Import {
        id: i64,
        title: String,
        games: i64,
    },
}

/// What moved since the changes were last taken.
#[derive(Debug, Clone, Default)]
struct Moves {
    /// Boxed, as is [`Activity::entries`]: a map's node holds eleven, and an allocation of kilobytes
    /// costs more than the whole fold.
    by_key: BTreeMap<String, Box<Move>>,
    /// The place of the last shown entry before the first move.
    last_before: Option<Place>,
    /// How many more entries stand up to the last shown one than before this fold.
    above: isize,
}

/// An entry at its place, as it was before the moves and as it is after.
#[derive(Debug, Clone, Default)]
struct Move {
    before: Option<(u64, Box<Entry>)>,
    after: Option<u64>,
}

impl Activity {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { entries: BTreeMap::new(), last: None, moves: Moves::default(), zone }
    }

    pub(super) fn fold(&mut self, changes: &[RowChange]) {
        let mut moves = std::mem::take(&mut self.moves);
        let untouched = moves.by_key.is_empty();
        for change in changes {
            let (old, new) = match change {
                RowChange::Game { old, new } => {
                    (old.as_ref().and_then(of_game), new.as_ref().and_then(of_game))
                }
                RowChange::Tournament { old, new } => {
                    (old.as_ref().and_then(of_tournament), new.as_ref().and_then(of_tournament))
                }
                RowChange::Import { old, new } => (old.as_ref().map(of_import), new.as_ref().map(of_import)),
                RowChange::Player { .. } | RowChange::Other => (None, None),
            };
            if let Some((key, offset, _)) = old {
                self.take(key, offset, &mut moves);
            }
            if let Some((key, offset, entry)) = new {
                self.set(key, offset, entry, &mut moves);
            }
        }
        let last = self.last_shown(std::mem::take(&mut moves.above));
        let last_before = std::mem::replace(&mut self.last, last);
        if untouched {
            moves.last_before = last_before;
        }
        self.moves = moves;
    }

    /// What changed since the last call.
    pub(super) fn take_changes(&mut self) -> Delta {
        let moves = std::mem::take(&mut self.moves);
        if moves.by_key.is_empty() { Delta::default() } else { self.delta(&moves) }
    }

    pub(super) fn whole(&self) -> Delta {
        let mut delta = Delta::default();
        for ((Reverse(offset), key), entry) in self.entries.iter().take(SHOWN_MAX) {
            delta.put(key.as_str(), entry.to_json(*offset, &self.zone));
        }
        delta
    }

    /// The place of the last entry to show, after `above` entries came up to the one before.
    fn last_shown(&self, above: isize) -> Option<Place> {
        let Some(last) = &self.last else {
            return self.entries.keys().nth(SHOWN_MAX - 1).cloned();
        };
        let steps = above.unsigned_abs();
        let found = if above >= 0 {
            self.entries.range(..=last).nth_back(steps)
        } else {
            self.entries.range((Bound::Excluded(last), Bound::Unbounded)).nth(steps - 1)
        };
        found.map(|(place, _)| place.clone())
    }

    fn take(&mut self, key: String, offset: u64, moves: &mut Moves) {
        let place = (Reverse(offset), key);
        let entry = self.entries.remove(&place);
        if entry.is_some() && is_shown(offset, &place.1, self.last.as_ref()) {
            moves.above -= 1;
        }
        match moves.by_key.get_mut(&place.1) {
            Some(known) => known.after = None,
            None => {
                let before = entry.map(|entry| (offset, entry));
                moves.by_key.insert(place.1, Box::new(Move { before, after: None }));
            }
        }
    }

    fn set(&mut self, key: String, offset: u64, entry: Box<Entry>, moves: &mut Moves) {
        let shown = is_shown(offset, &key, self.last.as_ref());
        moves.by_key.entry(key.clone()).or_default().after = Some(offset);
        if self.entries.insert((Reverse(offset), key), entry).is_none() && shown {
            moves.above += 1;
        }
    }

    fn delta(&self, moves: &Moves) -> Delta {
        let mut delta = Delta::default();
        let (last, last_before) = (self.last.as_ref(), moves.last_before.as_ref());
        for (key, moved) in &moves.by_key {
            let before = moved.before.as_ref().filter(|(offset, _)| is_shown(*offset, key, last_before));
            let place = moved.after.map(|offset| (Reverse(offset), key.clone()));
            let after = place.filter(|place| is_shown(place.0.0, key, last)).and_then(|place| {
                let entry = self.entries.get(&place)?;
                Some((place.0.0, entry))
            });
            match (before, after) {
                (Some((old_offset, old)), Some((offset, entry))) if *old_offset == offset && old == entry => {
                }
                (_, Some((offset, entry))) => delta.put(key.as_str(), entry.to_json(offset, &self.zone)),
                (Some(_), None) => delta.remove(key.as_str()),
                (None, None) => {}
            }
        }
        self.slide(moves, &mut delta);
        delta
    }

    /// Entries that nobody touched but that others pushed out of the shown ones, or let in.
    fn slide(&self, moves: &Moves, delta: &mut Delta) {
        let end = |last: Option<&Place>| last.cloned().map_or(Bound::Unbounded, Bound::Included);
        let start = |last: &Place| Bound::Excluded(last.clone());
        let untouched = |place: &Place| !moves.by_key.contains_key(&place.1);
        match (moves.last_before.as_ref(), self.last.as_ref()) {
            (before, Some(last)) if before.is_none_or(|before| before > last) => {
                for (place, _) in
                    self.entries.range((start(last), end(before))).filter(|(place, _)| untouched(place))
                {
                    delta.remove(place.1.as_str());
                }
            }
            (Some(before), last) if last.is_none_or(|last| before < last) => {
                let range = self.entries.range((start(before), end(last)));
                for (place, entry) in range.filter(|(place, _)| untouched(place)) {
                    delta.put(place.1.as_str(), entry.to_json(place.0.0, &self.zone));
                }
            }
            (Some(_) | None, Some(_) | None) => {}
        }
    }
}

fn is_shown(offset: u64, key: &str, last: Option<&Place>) -> bool {
    last.is_none_or(|last| (Reverse(offset), key) <= (last.0, last.1.as_str()))
}

/// Imported games are told by their import, until someone corrects one.
fn of_game(row: &GameRow) -> Option<(String, u64, Box<Entry>)> {
    (row.import_id.is_none() || row.corrected).then(|| {
        let entry = Entry::Game {
            id: row.id.clone(),
            date: row.date,
            time: row.played_at(),
            title: row.title.clone(),
            winner: row.winner,
            status: row.status,
            players: row.seats.len(),
            corrected: row.corrected,
        };
        (format!("game:{}", row.id), row.offset, Box::new(entry))
    })
}

fn of_tournament(row: &TournamentRow) -> Option<(String, u64, Box<Entry>)> {
    let offset = row.offset?;
    let entry = Entry::Tournament {
        id: row.id.clone(),
        start: row.start,
        title: row.title.clone(),
        status: row.status,
    };
    Some((format!("tournament:{}", row.id), offset, Box::new(entry)))
}

fn of_import(row: &ImportRow) -> (String, u64, Box<Entry>) {
    let entry = Entry::Import { id: row.id, title: row.name.clone(), games: row.games };
    (format!("import:{}", row.id), row.offset, Box::new(entry))
}

impl Entry {
    fn to_json(&self, offset: u64, zone: &TimeZone) -> Value {
        match self {
            Self::Game { id, date, time, title, winner, status, players, corrected } => json!({
                "kind": "game",
                "id": id,
                "offset": offset,
                "at": at(*date, *time, zone),
                "title": title,
                "winner": winner.map(Winner::as_str),
                "status": status.as_str(),
                "players": players,
                "corrected": corrected,
            }),
            Self::Tournament { id, start, title, status } => json!({
                "kind": "tournament",
                "id": id,
                "offset": offset,
                "at": at(*start, None, zone),
                "title": title,
                "status": status.as_str(),
            }),
            Self::Import { id, title, games } => json!({
                "kind": "import",
                "id": id,
                "offset": offset,
                "at": null,
                "title": title,
                "games": games,
            }),
        }
    }
}

/// The moment in UTC, or the day of a game without a clock time.
fn at(date: Option<Date>, time: Option<Time>, zone: &TimeZone) -> Option<String> {
    let date = date?;
    let moment = time.and_then(|time| Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp()));
    Some(moment.map_or_else(|| date.to_string(), |moment| moment.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_time_is_told_in_utc_and_a_day_stays_a_day() {
        let day = Some(jiff::civil::date(2024, 5, 1));
        let late = Some(jiff::civil::time(1, 30, 0, 0));
        let east = TimeZone::fixed(jiff::tz::offset(3));
        assert_eq!(at(day, late, &east).as_deref(), Some("2024-04-30T22:30:00Z"));
        assert_eq!(at(day, late, &TimeZone::UTC).as_deref(), Some("2024-05-01T01:30:00Z"));
        assert_eq!(at(day, None, &east).as_deref(), Some("2024-05-01"));
        assert_eq!(at(None, late, &east), None);
    }
}
