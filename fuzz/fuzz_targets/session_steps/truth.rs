//! What was committed and observed: what a view is at each offset, and which rows lie between two.
//!
//! None of it is taken from the server's own code.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use changelog::{Change, Commit, Op};
use jiff::Timestamp;
use realtime_protocol::message::{Entries, Row, RowOp};
use realtime_protocol::{State, Topic};
use serde_json::{Value, json};

const KEYS: [&str; 4] = ["a", "b", "кот", "\u{1F3AD}"];

/// The rows of `amounts`, of which the views are made.
type Amounts = BTreeMap<String, i64>;

#[derive(Default)]
pub struct Truth {
    commits: Vec<Arc<Commit>>,
    /// At each offset, the first of which is 0.
    amounts: Vec<Rc<Amounts>>,
    observed: Vec<State>,
}

impl Truth {
    pub fn head(&self) -> u64 {
        self.commits.len() as u64
    }

    pub fn commits(&self) -> &[Arc<Commit>] {
        &self.commits
    }

    /// The changes that give these keys these amounts; a row that gets none goes.
    pub fn changes(&self, pairs: &[[u8; 2]]) -> Vec<Change> {
        let mut amounts = self.amounts.last().map(|amounts| Amounts::clone(amounts)).unwrap_or_default();
        let mut changes = Vec::new();
        for &[key, amount] in pairs {
            let (key, amount) = (KEYS[usize::from(key) % KEYS.len()].to_owned(), i64::from(amount % 8));
            let old = amounts.remove(&key);
            let op = match (old, amount) {
                (None, 0) => continue,
                (Some(_), 0) => Op::Delete,
                (None, _) => Op::Insert,
                (Some(_), _) => Op::Update,
            };
            let new = (amount != 0).then_some(amount);
            amounts.extend(new.map(|amount| (key.clone(), amount)));
            let text = |amount: Option<i64>| amount.map(|amount| amount.to_string());
            changes.push(Change { table: "amounts".to_owned(), op, key, new: text(new), old: text(old) });
        }
        changes
    }

    pub fn commit(&mut self, commit: Arc<Commit>) {
        let mut amounts = self.amounts.last().cloned().unwrap_or_default();
        if self.amounts.is_empty() {
            self.amounts.push(Rc::clone(&amounts));
        }
        for change in commit.changes.iter().filter(|change| change.table == "amounts") {
            let amounts = Rc::make_mut(&mut amounts);
            amounts.remove(&change.key);
            amounts.extend(change.new.iter().map(|new| (change.key.clone(), number(new))));
        }
        self.amounts.push(amounts);
        self.commits.push(commit);
    }

    pub fn observe(&mut self, state: State) {
        self.observed.push(state);
    }

    /// Whether a view is this at an offset; what is observed has no offset.
    pub fn is_state(&self, topic: &Topic, offset: u64, entries: &Entries) -> bool {
        if *topic == Topic::system() {
            return self.observed.iter().any(|state| state.entries() == entries);
        }
        self.view(topic, offset) == *entries
    }

    /// Whether a view is this now.
    pub fn is_newest(&self, topic: &Topic, entries: &Entries) -> bool {
        if *topic == Topic::system() {
            return self.observed.last().is_some_and(|state| state.entries() == entries);
        }
        self.view(topic, self.head()) == *entries
    }

    pub fn view(&self, topic: &Topic, offset: u64) -> Entries {
        let amounts = self.amounts[usize::try_from(offset).expect("an offset")].iter();
        if topic.name() == "last" {
            let last = amounts.last().map_or("", |(key, _)| key);
            return [("key".to_owned(), Value::from(last))].into();
        }
        let least =
            topic.params().next().and_then(|(_, least)| least).map_or(i64::MIN, |least| number(&least));
        let amounts = amounts.filter(|&(_, &amount)| amount >= least);
        amounts.map(|(key, &amount)| (key.clone(), amount.into())).collect()
    }

    /// The rows of a topic after one offset up to another; none of a filter that is not known here.
    pub fn rows(&self, topic: &Topic, from: u64, to: u64) -> Option<Vec<Row>> {
        let least = match topic.query() {
            "" => i64::MIN,
            "n=gte.3" => 3,
            _ => return None,
        };
        let takes = |text: &Option<String>| text.as_deref().is_some_and(|text| number(text) >= least);
        let mut rows = Vec::new();
        for commit in self.commits.iter().filter(|commit| from < commit.offset && commit.offset <= to) {
            let at = Timestamp::from_millisecond(1_000 * i64::try_from(commit.offset).expect("a time"))
                .expect("a time");
            for change in commit.changes.iter().filter(|change| change.table == topic.name()) {
                let op = match (change.op, takes(&change.new), takes(&change.old)) {
                    (Op::Insert, true, _) => RowOp::Insert,
                    (Op::Delete, _, true) => RowOp::Delete,
                    (Op::Update, true, _) => RowOp::Update,
                    (Op::Update, false, true) => RowOp::Leave,
                    _ => continue,
                };
                let shown = |text: &Option<String>| text.as_deref().map(shown);
                rows.push(Row {
                    offset: commit.offset,
                    op,
                    key: change.key.clone(),
                    new: shown(&change.new).filter(|_| op != RowOp::Leave),
                    old: shown(&change.old),
                    at: format!("{at:.3}"),
                });
            }
        }
        Some(rows)
    }
}

pub fn number(text: &str) -> i64 {
    text.parse().expect("a number")
}

/// What the public sees of a row.
pub fn shown(text: &str) -> Value {
    json!({ "n": number(text) })
}
