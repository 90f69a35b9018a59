//! The live views, folded commit by commit.
//!
//! A fold works on typed values and marks what it touched; JSON is made when someone asks what changed,
//! once for any number of commits.
//!
//! A fold can be undone: folding the inverse changes in reverse order gives the state before.

mod activity;
mod activity_part;
mod metrics;

use jiff::tz::TimeZone;
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, ParamError, Params, State};

use crate::rating::Rating;
use crate::row::RowChange;
use activity::Activity;
use metrics::Metrics;
pub(crate) use metrics::{DAY_PREFIX, HOUR_PREFIX};

/// All views of the dashboard.
#[derive(Debug, Clone)]
pub struct Views {
    activity: Activity,
    metrics: Metrics,
}

impl Default for Views {
    fn default() -> Self {
        Self::new()
    }
}

impl Views {
    /// The names of the views, sorted.
    pub const NAMES: [&str; 2] = ["activity", "metrics"];

    /// The views of an empty database whose games tell their times in UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::in_zone(TimeZone::UTC)
    }

    /// The views of an empty database whose games tell their dates and times in `zone`.
    #[must_use]
    pub fn in_zone(zone: TimeZone) -> Self {
        Self { activity: Activity::new(zone), metrics: Metrics::default() }
    }

    /// Folds the changes of one commit; they add up until [`Views::take_changes`].
    pub fn fold(&mut self, changes: &[RowChange]) {
        self.activity.fold(changes);
        self.metrics.fold(changes);
    }

    /// The views that changed since the last call, and how.
    pub fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        let [activity, metrics] = Self::NAMES;
        let deltas = [(activity, self.activity.take_changes()), (metrics, self.metrics.take_changes())];
        deltas.into_iter().filter(|(_, delta)| !delta.is_empty()).collect()
    }

    /// The local ratings that the figures are made of.
    #[must_use]
    pub fn rating(&self) -> &Rating {
        self.metrics.rating()
    }

    /// What turns an empty state into the state of the view `name`; none for an unknown name.
    #[must_use]
    pub fn delta_from_empty(&self, name: &str) -> Option<Delta> {
        let [activity, metrics] = Self::NAMES;
        if name == activity {
            Some(self.activity.whole())
        } else if name == metrics {
            Some(self.metrics.whole())
        } else {
            None
        }
    }

    /// The state of the view `name`; none for an unknown name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<State> {
        State::from_entries(self.delta_from_empty(name)?.put).ok()
    }

    /// The entries of the view `name` with parameters, made from `base`, its state without any.
    ///
    /// # Errors
    /// [`ParamError`] that tells what there is instead.
    pub fn derive(name: &str, params: &Params, base: &State) -> Result<Entries, ParamError> {
        let [activity, _] = Self::NAMES;
        match params.first() {
            Some((param, _)) if name != activity => {
                Err(ParamError::Unknown { name: param.clone(), known: &[] })
            }
            Some(_) | None => activity_part::part(base, params),
        }
    }
}
