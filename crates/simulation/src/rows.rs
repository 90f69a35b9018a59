//! What must be true of the rows of tables that one viewer is told.

use std::collections::BTreeMap;

use changelog::{Changelog as _, Read};
use realtime_manager::{Manager, RowsUpdate};
use realtime_protocol::filter::{Column, Kind};
use realtime_protocol::message::{ResetReason, Row, RowOp};
use realtime_protocol::{Position, Topic};
use realtime_server::{RowError, Tables};
use serde_json::{Value, json};

use crate::boards::TABLE;
use crate::truth::{OTHER, Truth};

/// The tables that can be joined.
const TABLES: [&str; 2] = [TABLE, OTHER];

/// The topic that is told whole imports.
pub(crate) const IMPORTS: &str = "table:other";

/// What viewers ask of tables.
pub(crate) const TOPICS: [&str; 5] = [
    "table:amounts",
    IMPORTS,
    "table:amounts?amount=gt.0",
    "table:amounts?amount=in.(-3,1,2)&team=not.like.%25%22",
    "table:other?text=like._",
];

/// Shows team and amount of a row of amounts, and the text of another.
#[derive(Debug)]
pub(crate) struct Plain;

impl Tables for Plain {
    fn names(&self) -> &'static [&'static str] {
        &TABLES
    }

    fn columns(&self, table: &str) -> &'static [Column] {
        const AMOUNTS: &[Column] =
            &[Column { name: "team", kind: Kind::Text }, Column { name: "amount", kind: Kind::Integer }];
        const OTHERS: &[Column] = &[Column { name: "text", kind: Kind::Text }];
        if table == TABLE { AMOUNTS } else { OTHERS }
    }

    fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
        Ok(shown(table, text))
    }
}

fn shown(table: &str, text: &str) -> Value {
    match text.rsplit_once(':') {
        Some((team, amount)) if table == TABLE => {
            json!({"team": team, "amount": amount.parse::<i64>().unwrap_or_default()})
        }
        Some(_) | None => json!({"text": text}),
    }
}

/// Whether a row that stands in the log as `text` is asked for, written out for each of [`TOPICS`].
fn is_asked(topic: &str, text: &str) -> bool {
    let (team, amount) = text.rsplit_once(':').unwrap_or((text, ""));
    match topic {
        "table:amounts?amount=gt.0" => !amount.starts_with('-') && amount != "0",
        "table:amounts?amount=in.(-3,1,2)&team=not.like.%25%22" => {
            ["-3", "1", "2"].contains(&amount) && !team.ends_with('"')
        }
        "table:other?text=like._" => text.len() == 1,
        _ => true,
    }
}

/// How far the rows of each table have been told to one viewer.
#[derive(Debug, Default)]
pub(crate) struct Told {
    at: BTreeMap<Topic, Position>,
}

impl Told {
    /// Rows came: exactly those of the log after the last ones; what is wrong with them.
    pub(crate) fn rows(
        &mut self,
        update: &RowsUpdate,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), String> {
        let RowsUpdate { topic, position, rows } = update;
        let Some(at) = self.at.get_mut(topic) else { return Err(format!("{topic} was never joined")) };
        if at.epoch != position.epoch || rows.is_empty() {
            return Err(format!("{topic} from {at} to {position} with {} rows", rows.len()));
        }
        let expected = between(truths, topic, at, position.offset);
        if *rows != expected {
            let told = (brief(rows), brief(&expected));
            return Err(format!(
                "{topic} from {at} to {position} was told {}, the log has {}",
                told.0, told.1
            ));
        }
        *at = position.clone();
        Ok(())
    }

    /// A table starts anew: only where its log or what followed is gone, and it is said how much.
    pub(crate) fn restarted(
        &mut self,
        topic: &Topic,
        reason: ResetReason,
        missed: Option<u64>,
        manager: &Manager,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<Position, String> {
        let (Some(at), Some(now)) = (self.at.get(topic), manager.position(topic)) else {
            return Err(format!("{topic} starts anew before it began"));
        };
        let is_expired = || {
            let log = truths.get(at.epoch.as_str()).map(|truth| truth.log.clone().read_after(at.offset, 1));
            matches!(log, Some(Ok(Read::Expired { .. })))
        };
        let is_right = match reason {
            ResetReason::Epoch => at.epoch != now.epoch && missed.is_none(),
            ResetReason::Expired => {
                at.epoch == now.epoch && missed == now.offset.checked_sub(at.offset) && is_expired()
            }
            ResetReason::Ahead | ResetReason::Hash | ResetReason::Gap | ResetReason::Lag => false,
        };
        if !is_right {
            let reason = reason.as_str();
            return Err(format!("{topic} from {at} to {now} anew: {reason}, {missed:?} are missing"));
        }
        let now = now.clone();
        self.at.insert(topic.clone(), now.clone());
        Ok(now)
    }

    /// Notes where tables have come to without a word; none may have passed a row. Answers those positions.
    pub(crate) fn settled(
        &mut self,
        manager: &Manager,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<Vec<Position>, String> {
        let mut moved = Vec::new();
        // Also those that nobody takes any more: their join lingers.
        for topic in topics() {
            let Some(now) = manager.position(&topic) else {
                self.at.remove(&topic);
                continue;
            };
            if let Some(at) = self.at.get(&topic).filter(|at| *at != now) {
                let passed = between(truths, &topic, at, now.offset);
                if at.epoch != now.epoch || at.offset > now.offset || !passed.is_empty() {
                    return Err(format!("{topic} from {at} to {now} passes {}", brief(&passed)));
                }
            }
            if self.at.insert(topic, now.clone()).as_ref() != Some(now) {
                moved.push(now.clone());
            }
        }
        Ok(moved)
    }

    /// Whether a table has been told all of it.
    pub(crate) fn is_at_head(&self, topic: &Topic, epoch: &str, truth: &Truth) -> bool {
        let at = self.at.get(topic).filter(|at| at.epoch.as_str() == epoch);
        at.is_some_and(|at| rows_of(truth, topic, at.offset, truth.head()).is_empty())
    }

    /// Where the rows of a table stand.
    pub(crate) fn position(&self, topic: &Topic) -> Option<&Position> {
        self.at.get(topic)
    }
}

fn topics() -> impl Iterator<Item = Topic> {
    TOPICS.iter().filter_map(|text| Topic::parse(text).ok())
}

fn between(truths: &BTreeMap<String, Truth>, topic: &Topic, at: &Position, to: u64) -> Vec<Row> {
    let truth = truths.get(at.epoch.as_str());
    truth.map_or_else(Vec::new, |truth| rows_of(truth, topic, at.offset, to))
}

/// The rows as they must be told, made from the log without the server's code.
fn rows_of(truth: &Truth, topic: &Topic, from: u64, to: u64) -> Vec<Row> {
    let table = topic.name();
    let commits = truth.commits().iter().filter(|commit| (from + 1..=to).contains(&commit.offset));
    let rows = commits.flat_map(|commit| {
        let (seconds, ms) = (commit.committed_at_ms / 1000, commit.committed_at_ms % 1000);
        let at = format!("1970-01-01T00:{:02}:{:02}.{ms:03}Z", seconds / 60, seconds % 60);
        let changes = commit.changes.iter().filter(move |change| change.table == table);
        changes.filter_map(move |change| {
            let is_asked = |text: &Option<String>| {
                text.as_ref().map(|text| (is_asked(topic.as_str(), text), shown(table, text)))
            };
            let (new, old) = (is_asked(&change.new), is_asked(&change.old));
            let op = match (&new, &old) {
                (Some((true, _)), None) => RowOp::Insert,
                (Some((true, _)), Some(_)) => RowOp::Update,
                (Some((false, _)), Some((true, _))) => RowOp::Leave,
                (None, Some((true, _))) => RowOp::Delete,
                (Some((false, _)) | None, Some((false, _)) | None) => return None,
            };
            Some(Row {
                offset: commit.offset,
                op,
                key: change.key.clone(),
                new: new.filter(|_| op != RowOp::Leave).map(|(_, row)| row),
                old: old.map(|(_, row)| row),
                at: at.clone(),
            })
        })
    });
    rows.collect()
}

/// Few enough to be read: how many rows, and the first and the last commit.
fn brief(rows: &[Row]) -> String {
    let ends = (rows.first().map(|row| row.offset), rows.last().map(|row| row.offset));
    format!("{} rows of {ends:?}", rows.len())
}
