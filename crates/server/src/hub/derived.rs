//! Views with parameters: states that are made from those without.
//!
//! Each is kept up to date while somebody follows it, and for a while after that brought up to date when somebody
//! comes back, so that he is told what changed and not all of it.

use std::collections::BTreeMap;

use realtime_protocol::{State, Topic, TopicKind};

use super::{Changes, Hub, HubError, JoinError, ViewTopic};
use crate::limits::VIEW_STATES_MAX;

/// The views with parameters that are known.
#[derive(Debug, Default)]
pub(super) struct DerivedViews {
    views: BTreeMap<Topic, Derived>,
    uses: u64,
}

#[derive(Debug)]
struct Derived {
    source: ViewTopic,
    /// The state is right up to this offset.
    known_at: u64,
    subscribers: usize,
    /// Larger for what was used later.
    used: u64,
}

impl DerivedViews {
    /// Somebody has joined; nothing for a view without parameters.
    pub(super) fn joined(&mut self, topic: &Topic) {
        if let Some(view) = self.views.get_mut(topic) {
            view.subscribers += 1;
        }
    }

    /// Somebody has left; false for a view without parameters.
    pub(super) fn left(&mut self, topic: &Topic) -> bool {
        let Some(view) = self.views.get_mut(topic) else { return false };
        view.subscribers = view.subscribers.saturating_sub(1);
        true
    }

    /// Makes room for one more; false when all are followed.
    fn make_room(&mut self) -> bool {
        if self.views.len() < VIEW_STATES_MAX {
            return true;
        }
        let free = self.views.iter().filter(|(_, view)| view.subscribers == 0);
        let oldest = free.min_by_key(|(_, view)| view.used).map(|(topic, _)| topic.clone());
        oldest.is_some_and(|topic| self.views.remove(&topic).is_some())
    }
}

impl Hub {
    /// A view's state with parameters, made anew.
    pub(super) fn derive(&self, topic: &Topic) -> Result<State, JoinError> {
        let base = self.base(topic).ok_or(JoinError::Unknown)?;
        let params: Vec<_> = topic.params().collect();
        let entries = self.views.derive(topic.name(), &params, &base.state)?;
        Ok(State::from_entries(entries)?)
    }

    /// A view with parameters as it is now.
    pub(super) fn derived_topic(&mut self, topic: &Topic) -> Result<ViewTopic, JoinError> {
        let state = self.derive(topic)?;
        let (offset, derived) = (self.offset, &mut self.derived);
        if !derived.views.contains_key(topic) && !derived.make_room() {
            self.stats.views_refused += 1;
            return Err(JoinError::Views);
        }
        derived.uses += 1;
        let view = derived.views.entry(topic.clone()).or_insert_with(|| Derived {
            source: ViewTopic::new(state.clone(), offset),
            known_at: offset,
            subscribers: 0,
            used: 0,
        });
        view.used = derived.uses;
        // Nothing while it is followed: then it is up to date.
        let delta = view.source.state.diff(&state);
        view.source.change(view.known_at, offset, Changes { delta, at_ms: None })?;
        view.known_at = offset;
        Ok(view.source.clone())
    }

    /// Brings the views that are followed up to date with those that have changed since `before`.
    pub(super) fn change_derived(
        &mut self,
        changed: &[&str],
        before: u64,
        at_ms: Option<u64>,
    ) -> Result<(), HubError> {
        let followed = self.derived.views.iter().filter(|(_, view)| view.subscribers > 0);
        let followed: Vec<Topic> = followed.map(|(topic, _)| topic.clone()).collect();
        for topic in followed {
            let mut delta = None;
            if let Some(base) = self.base(&topic).filter(|_| changed.contains(&topic.name())) {
                let params: Vec<_> = topic.params().collect();
                let next = State::from_entries(self.views.derive(topic.name(), &params, &base.state)?)?;
                delta = self.derived.views.get(&topic).map(|view| view.source.state.diff(&next));
            }
            let Some(view) = self.derived.views.get_mut(&topic) else { continue };
            view.known_at = self.offset;
            if let Some(delta) = delta {
                let changes = Changes { delta, at_ms };
                self.cadences.values_mut().for_each(|cadence| cadence.change(&topic, &changes));
                view.source.change(before, self.offset, changes)?;
            }
        }
        Ok(())
    }

    /// The view without parameters that a topic is made from.
    fn base(&self, topic: &Topic) -> Option<&ViewTopic> {
        let base = Topic::view(topic.name()).ok().filter(|_| topic.kind() == TopicKind::View)?;
        self.topics.get(&base)
    }
}
