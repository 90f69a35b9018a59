//! Views of what changes without commits: states that somebody else observes and hands in.
//!
//! Nothing of them is remembered: whoever missed a change or comes back is given the state, which is small.

use std::collections::BTreeMap;
use std::sync::Arc;

use realtime_protocol::{State, Topic};

use super::{Changes, GroupView, Hub};

/// The last observation of one view.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) state: Arc<State>,
    /// How many differed from the one before.
    pub(super) number: u64,
}

impl Hub {
    /// Takes over what a view is now; its first observation makes the view.
    pub fn observe(&mut self, topic: &Topic, state: State) {
        let Some(observed) = self.observed.get_mut(topic) else {
            let first = Observed { state: Arc::new(state), number: 1 };
            self.observed.insert(topic.clone(), first);
            return;
        };
        let delta = observed.state.diff(&state);
        if !delta.is_empty() {
            observed.state = Arc::new(state);
            observed.number += 1;
            let changes = Changes { delta, at_ms: None };
            self.cadences.values_mut().for_each(|cadence| cadence.change(topic, &changes));
        }
    }

    /// Whether a view has a subscriber.
    #[must_use]
    pub fn is_followed(&self, topic: &Topic) -> bool {
        let mut groups = self.cadences.values().filter_map(|cadence| cadence.groups.get(topic));
        groups.any(|group| group.subscribers > 0)
    }

    /// Each topic with its subscribers of all classes, without those that have none.
    #[must_use]
    pub fn followed(&self) -> Vec<(Topic, usize)> {
        let mut followed: BTreeMap<&Topic, usize> = BTreeMap::new();
        for cadence in self.cadences.values() {
            let views = cadence.groups.iter().map(|(topic, group)| (topic, group.subscribers));
            let tables = cadence.tables.iter().map(|(topic, group)| (topic, group.subscribers));
            for (topic, subscribers) in views.chain(tables) {
                *followed.entry(topic).or_default() += subscribers;
            }
        }
        let followed = followed.into_iter().filter(|&(_, subscribers)| subscribers > 0);
        followed.map(|(topic, subscribers)| (topic.clone(), subscribers)).collect()
    }

    /// An observed view as it is now.
    pub(super) fn observed_view(&self, topic: &Topic) -> Option<GroupView> {
        let observed = self.observed.get(topic)?;
        Some(GroupView {
            topic: topic.clone(),
            offset: self.offset,
            observation: observed.number,
            state: Arc::clone(&observed.state),
            latest: None,
            history: None,
        })
    }
}
