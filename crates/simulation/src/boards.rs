//! Three views of one table of amounts, folded as the server folds its own.

use std::collections::{BTreeMap, BTreeSet};

use changelog::Commit;
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, ParamError, Params, State};
use realtime_server::{FoldError, Views};
use thiserror::Error;

/// The names of the views.
const NAMES: [&str; 3] = ["counts", "sums", "total"];

/// What viewers ask of views.
pub(crate) const TOPICS: [&str; 4] = ["view:counts", "view:sums", "view:total", "view:sums?above=0"];

/// The table that is folded; changes of others leave every view as it is.
pub(crate) const TABLE: &str = "amounts";

/// A row's text is not `team:amount`.
#[derive(Debug, Error)]
#[error("row is not team:amount")]
struct RowError;

/// `counts` and `sums` by team, and `total` of all.
#[derive(Debug)]
pub(crate) struct Boards {
    teams: BTreeMap<String, (i64, i64)>,
    states: BTreeMap<&'static str, State>,
    changed: BTreeMap<&'static str, Delta>,
}

impl Boards {
    /// The views of an empty table.
    pub(crate) fn new() -> Self {
        let mut views = Self { teams: BTreeMap::new(), states: BTreeMap::new(), changed: BTreeMap::new() };
        for (name, delta) in views.deltas(BTreeSet::new()) {
            // Two integers can always be hashed.
            if let Ok(()) = views.states.entry(name).or_default().apply(&delta) {}
        }
        views
    }

    fn add(&mut self, row: &str, sign: i64) -> Result<String, RowError> {
        let (team, amount) = row.rsplit_once(':').ok_or(RowError)?;
        let amount: i64 = amount.parse().map_err(|_| RowError)?;
        let entry = self.teams.entry(team.to_owned()).or_default();
        *entry = (entry.0 + sign, entry.1 + sign * amount);
        Ok(team.to_owned())
    }

    fn deltas(&self, touched: BTreeSet<String>) -> [(&'static str, Delta); 3] {
        let (mut counts, mut sums, mut total) = (Delta::default(), Delta::default(), Delta::default());
        for team in touched {
            match self.teams.get(&team) {
                Some(&(count, sum)) if count != 0 => {
                    counts.put(team.clone(), count);
                    sums.put(team, sum);
                }
                Some(_) | None => {
                    counts.remove(team.clone());
                    sums.remove(team);
                }
            }
        }
        let (rows, sum) = self.teams.values().fold((0, 0), |(n, all), (count, sum)| (n + count, all + sum));
        total.put("rows", rows);
        total.put("sum", sum);
        [("counts", counts), ("sums", sums), ("total", total)]
    }
}

impl Views for Boards {
    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        let broken =
            |source: Box<dyn std::error::Error + Send + Sync>| FoldError { offset: commit.offset, source };
        let mut touched = BTreeSet::new();
        for change in commit.changes.iter().filter(|change| change.table == TABLE) {
            for (row, sign) in [(&change.old, -1), (&change.new, 1)] {
                if let Some(row) = row {
                    touched.insert(self.add(row, sign).map_err(|error| broken(Box::new(error)))?);
                }
            }
        }
        if touched.is_empty() {
            return Ok(());
        }
        for (name, delta) in self.deltas(touched) {
            let state = self.states.entry(name).or_default();
            let delta = state.effective(&delta);
            state.apply(&delta).map_err(|error| broken(Box::new(error)))?;
            self.changed.entry(name).or_default().merge(&delta);
        }
        self.teams.retain(|_, (count, _)| *count != 0);
        Ok(())
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        std::mem::take(&mut self.changed).into_iter().filter(|(_, delta)| !delta.is_empty()).collect()
    }

    fn state(&self, name: &str) -> Option<State> {
        NAMES.contains(&name).then(|| self.states.get(name).cloned().unwrap_or_default())
    }

    /// `sums` with `above`: the teams with more than that.
    fn derive(&self, _: &str, params: &Params, base: &State) -> Result<Entries, ParamError> {
        let known = &["above"][..];
        let above = match params {
            [(name, Some(text))] if name == "above" => text.parse().ok(),
            _ => None,
        };
        let above: i64 = above.ok_or_else(|| ParamError::Unknown { name: String::new(), known })?;
        let entries = base.entries().iter().filter(|(_, sum)| sum.as_i64() > Some(above));
        Ok(entries.map(|(team, sum)| (team.clone(), sum.clone())).collect())
    }
}
