//! What every viewer must see: each view counted anew from the rows at every position.

use std::collections::BTreeMap;

use changelog::{Change, Commit, MemoryLog, Op};
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, Position, Topic};

use crate::boards::TABLE;

/// The view that changes without commits.
pub(crate) const SYSTEM: &str = "view:system";

/// A table that no view reads.
pub(crate) const OTHER: &str = "other";
/// More rows than one push may have.
const IMPORT_ROWS: std::ops::Range<u64> = 513..1_300;

/// A view's right answer.
pub(crate) type Expected = BTreeMap<String, i64>;

type Rows = BTreeMap<u64, (String, i64)>;

/// One life of the log, with all that was ever in it.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) log: MemoryLog,
    commits: Vec<Commit>,
    /// By offset; the first is before any commit.
    rows: Vec<Rows>,
    counted: Vec<BTreeMap<&'static str, Expected>>,
    /// What the server saw of itself, by its process and the number of the look.
    pub(crate) observed: BTreeMap<(u64, u64), Expected>,
}

impl Truth {
    pub(crate) fn new(epoch: &str) -> Self {
        let rows = vec![Rows::new()];
        let counted = vec![recount(&rows[0])];
        Self { log: MemoryLog::new(epoch), commits: Vec::new(), rows, counted, observed: BTreeMap::new() }
    }

    /// The log restored from a copy made at `offset`: another epoch with the same beginning.
    pub(crate) fn restored(&self, epoch: &str, offset: u64) -> Self {
        let mut copy = Self::new(epoch);
        for commit in self.commits.iter().take_while(|commit| commit.offset <= offset) {
            copy.append(commit.committed_at_ms, commit.changes.clone());
        }
        copy
    }

    pub(crate) fn append(&mut self, at_ms: u64, changes: Vec<Change>) {
        let mut rows = self.rows.last().cloned().unwrap_or_default();
        for change in changes.iter().filter(|change| change.table == TABLE) {
            let Ok(id) = change.key.parse() else { continue };
            match change.new.as_deref().and_then(|row| row.rsplit_once(':')) {
                Some((team, amount)) => rows.insert(id, (team.to_owned(), amount.parse().unwrap_or(0))),
                None => rows.remove(&id),
            };
        }
        self.counted.push(recount(&rows));
        self.rows.push(rows);
        let offset = self.log.append(at_ms, changes.clone());
        self.commits.push(Commit { offset, committed_at_ms: at_ms, changes });
    }

    /// The last offset.
    pub(crate) fn head(&self) -> u64 {
        self.commits.last().map_or(0, |commit| commit.offset)
    }

    /// Every commit ever, those that retention took as well.
    pub(crate) fn commits(&self) -> &[Commit] {
        &self.commits
    }

    /// What the server last saw of itself.
    pub(crate) fn last_observed(&self) -> Option<&Expected> {
        self.observed.last_key_value().map(|(_, seen)| seen)
    }

    /// The view at an offset.
    pub(crate) fn at(&self, topic: &str, offset: u64) -> Option<&Expected> {
        self.counted.get(usize::try_from(offset).ok()?)?.get(topic)
    }

    /// One commit's rows of an import, which come to viewers in pieces.
    pub(crate) fn import(rng: &mut fastrand::Rng) -> Vec<Change> {
        let row = |key: u64| Change {
            table: OTHER.to_owned(),
            op: Op::Insert,
            key: key.to_string(),
            new: Some(key.to_string()),
            old: None,
        };
        (0..rng.u64(IMPORT_ROWS)).map(row).collect()
    }

    /// A change that fits the rows as they are: an insert, an update or a removal.
    pub(crate) fn change(&self, rng: &mut fastrand::Rng, taken: &[Change]) -> Option<Change> {
        if rng.u8(..10) == 0 {
            let new = Some(rng.u8(..).to_string());
            return Some(Change {
                table: OTHER.to_owned(),
                op: Op::Insert,
                key: "1".to_owned(),
                new,
                old: None,
            });
        }
        let rows = self.rows.last()?;
        let id = rng.u64(1..=9);
        if taken.iter().any(|change| change.key == id.to_string()) {
            return None;
        }
        let old = rows.get(&id).map(|(team, amount)| format!("{team}:{amount}"));
        let is_removed = old.is_some() && rng.u8(..3) == 0;
        let team = ["а", "b\"", "c\u{1f966}", "d:e"][rng.usize(..4)];
        let new = (!is_removed).then(|| format!("{team}:{}", rng.i64(-3..=3)));
        let op = match (&old, &new) {
            (None, _) => Op::Insert,
            (Some(_), Some(_)) => Op::Update,
            (Some(_), None) => Op::Delete,
        };
        Some(Change { table: TABLE.to_owned(), op, key: id.to_string(), new, old })
    }
}

fn recount(rows: &Rows) -> BTreeMap<&'static str, Expected> {
    let teams: std::collections::BTreeSet<&String> = rows.values().map(|(team, _)| team).collect();
    let of = |team: &String| rows.values().filter(|row| row.0 == *team).map(|row| row.1).collect::<Vec<_>>();
    let count = |amounts: &[i64]| i64::try_from(amounts.len()).unwrap_or(i64::MAX);
    let all: Vec<i64> = rows.values().map(|row| row.1).collect();
    let total = [("rows".to_owned(), count(&all)), ("sum".to_owned(), all.iter().sum())];
    let sums: Expected = teams.iter().map(|team| ((*team).clone(), of(team).iter().sum())).collect();
    BTreeMap::from([
        ("view:counts", teams.iter().map(|team| ((*team).clone(), count(&of(team)))).collect()),
        ("view:sums", sums.clone()),
        ("view:sums?above=0", sums.into_iter().filter(|(_, sum)| *sum > 0).collect()),
        ("view:total", total.into()),
    ])
}

/// The hash of a state of integers, written after the protocol's document and not with its code.
pub(crate) fn hash_of(state: &Expected) -> u64 {
    state.iter().fold(0, |sum: u64, (key, value)| {
        let text = format!("{key}\u{1f}{value}");
        let one = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        sum.wrapping_add(one)
    })
}

/// The right answer at a position; of the view without commits the look whose number is `shown`.
pub(crate) fn expected<'a>(
    truths: &'a BTreeMap<String, Truth>,
    topic: &Topic,
    position: &Position,
    shown: Option<&Expected>,
) -> Option<&'a Expected> {
    let truth = truths.get(position.epoch.as_str())?;
    if topic.as_str() == SYSTEM {
        return truth.observed.get(&look(shown?)?);
    }
    truth.at(topic.as_str(), position.offset)
}

/// Which look of which process a state of the view without commits is; what comes later is larger.
pub(crate) fn look(shown: &Expected) -> Option<(u64, u64)> {
    let number = |key: &str| shown.get(key).and_then(|number| u64::try_from(*number).ok());
    Some((number("life")?, number("look")?))
}

pub(crate) fn integers(entries: &Entries) -> Option<Expected> {
    entries.iter().map(|(key, value)| Some((key.clone(), value.as_i64()?))).collect()
}

pub(crate) fn changed(mut state: Expected, delta: &Delta) -> Option<Expected> {
    state.retain(|key, _| !delta.drop.contains(key));
    for (key, value) in &delta.put {
        state.insert(key.clone(), value.as_i64()?);
    }
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recount_knows_every_position_and_a_restored_log_begins_alike() {
        let row = |id: &str, old: Option<&str>, new: Option<&str>| Change {
            table: TABLE.to_owned(),
            op: Op::Update,
            key: id.to_owned(),
            new: new.map(str::to_owned),
            old: old.map(str::to_owned),
        };
        let mut truth = Truth::new("one");
        truth.append(0, vec![row("1", None, Some("a:3")), row("2", None, Some("a:4"))]);
        truth.append(0, vec![row("2", Some("a:4"), None)]);
        assert_eq!(truth.at("view:sums", 0), Some(&Expected::new()));
        assert_eq!(truth.at("view:sums", 1), Some(&Expected::from([("a".to_owned(), 7)])));
        assert_eq!(truth.at("view:counts", 2), Some(&Expected::from([("a".to_owned(), 1)])));
        let restored = truth.restored("two", 1);
        assert_eq!((restored.head(), restored.at("view:sums", 1)), (1, truth.at("view:sums", 1)));
        assert_eq!(restored.at("view:sums", 2), None);
    }
}
