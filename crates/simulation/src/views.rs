//! A view whose right answer anybody can recount: sums by key.

use std::collections::BTreeMap;

use changelog::{Change, Commit, Op};
use realtime_protocol::{Delta, State};
use realtime_server::{FoldError, Views};
use serde_json::Value;

/// One view, `sums`: what was added to each key.
#[derive(Debug, Default)]
pub struct Sums {
    state: State,
    changed: Delta,
}

impl Views for Sums {
    fn names(&self) -> &'static [&'static str] {
        &["sums"]
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        let broken =
            |source: Box<dyn std::error::Error + Send + Sync>| FoldError { offset: commit.offset, source };
        let mut delta = Delta::default();
        for change in &commit.changes {
            let amount = |text: &Option<String>| text.as_deref().map_or(Ok(0), str::parse::<i64>);
            let new = amount(&change.new).map_err(|error| broken(Box::new(error)))?;
            let old = amount(&change.old).map_err(|error| broken(Box::new(error)))?;
            let before = delta.put.get(&change.key).or_else(|| self.state.get(&change.key));
            let after = before.and_then(Value::as_i64).unwrap_or(0) + new - old;
            if after == 0 {
                delta.remove(change.key.clone());
            } else {
                delta.put(change.key.clone(), after);
            }
        }
        self.state.apply(&delta).map_err(|error| broken(Box::new(error)))?;
        self.changed.merge(&delta);
        Ok(())
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        vec![("sums", std::mem::take(&mut self.changed))]
    }

    fn state(&self, name: &str) -> Option<State> {
        (name == "sums").then(|| self.state.clone())
    }
}

/// The change that adds `amount` to `key`.
#[must_use]
pub fn add(key: &str, amount: i64) -> Change {
    let table = "amounts".to_owned();
    Change { table, op: Op::Insert, key: key.to_owned(), new: Some(amount.to_string()), old: None }
}

/// The sums of all commits, counted without the view's code.
#[must_use]
pub fn recount(commits: &[Commit]) -> BTreeMap<String, i64> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for change in commits.iter().flat_map(|commit| &commit.changes) {
        let amount = change.new.as_deref().and_then(|text| text.parse::<i64>().ok());
        *sums.entry(change.key.clone()).or_default() += amount.unwrap_or(0);
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}
