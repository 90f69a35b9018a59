//! A toy set of views, so that hub and session are tested without any dashboard.

use changelog::{Change, Commit, Op};
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, ParamError, Params, State};
use realtime_server::{FoldError, Views};

/// `sums`: each key's value is the sum of what was ever added to it; `last`: the last key.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    sums: State,
    last: State,
    changed: [Delta; 2],
}

impl Views for Counters {
    fn names(&self) -> &'static [&'static str] {
        &["last", "sums"]
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        let number = |text: &Option<String>| text.as_deref().map_or(0, |text| text.parse::<i64>().unwrap());
        let (mut sums, mut last) = (Delta::default(), Delta::default());
        for change in commit.changes.iter().filter(|change| change.table == "amounts") {
            let before = self.sums.get(&change.key).and_then(serde_json::Value::as_i64).unwrap_or(0);
            let after = before + number(&change.new) - number(&change.old);
            if after == 0 {
                sums.remove(&change.key);
            } else {
                sums.put(&change.key, after);
            }
            self.sums.apply(&sums).unwrap();
            // Invertible: the largest key that has a sum.
            last.put("key", self.sums.entries().keys().next_back().map_or("", String::as_str));
        }
        self.last.apply(&last).unwrap();
        self.changed[0].merge(&sums);
        self.changed[1].merge(&last);
        Ok(())
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        let [sums, last] = std::mem::take(&mut self.changed);
        vec![("sums", sums), ("last", last)]
    }

    fn state(&self, name: &str) -> Option<State> {
        match name {
            "sums" => Some(self.sums.clone()),
            "last" => Some(self.last.clone()),
            _ => None,
        }
    }

    /// `sums` with `least`: those that are not below it.
    fn derive(&self, name: &str, params: &Params, base: &State) -> Result<Entries, ParamError> {
        let known = if name == "sums" { &["least"][..] } else { &[] };
        let [(param, Some(text))] = params else {
            return Err(ParamError::Unknown { name: String::new(), known });
        };
        if !known.contains(&param.as_str()) {
            return Err(ParamError::Unknown { name: param.clone(), known });
        }
        let wrong =
            || ParamError::Value { name: "least", expected: "an integer".to_owned(), text: text.clone() };
        let least: i64 = text.parse().map_err(|_| wrong())?;
        let entries = base.entries().iter().filter(|(_, sum)| sum.as_i64() >= Some(least));
        Ok(entries.map(|(key, sum)| (key.clone(), sum.clone())).collect())
    }
}

/// Adds `amount` to `key`.
pub(crate) fn add(key: &str, amount: i64) -> Change {
    Change {
        table: "amounts".to_owned(),
        op: Op::Insert,
        key: key.to_owned(),
        new: Some(amount.to_string()),
        old: None,
    }
}

/// The commit at `offset`, so many seconds after 1970.
pub(crate) fn commit(offset: u64, changes: Vec<Change>) -> Commit {
    Commit { offset, committed_at_ms: 1_000 * offset, changes }
}
