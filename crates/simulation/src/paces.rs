//! What must be true of every subscriber with a pace of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use realtime_manager::{Delivery, DeliveryChange, Manager, Options, Status, SubscriptionId};
use realtime_protocol::{Position, Topic};

use crate::truth::{Expected, Truth, changed, expected, hash_of, integers};

/// What one subscriber was given.
#[derive(Debug)]
struct Given {
    options: Options,
    at: Option<Duration>,
    /// The longest interval that the server kept since then, in milliseconds.
    granted_ms: u32,
    position: Option<Position>,
    known: Option<Expected>,
    updates: u64,
    deliveries: u64,
}

/// The books of all subscribers of one viewer.
#[derive(Debug, Default)]
pub(crate) struct Paces {
    given: BTreeMap<SubscriptionId, Given>,
}

impl Paces {
    /// A subscriber has come or has changed what it chose.
    pub(crate) fn chose(&mut self, id: SubscriptionId, options: Options) {
        let new = Given {
            options,
            at: None,
            granted_ms: 0,
            position: None,
            known: None,
            updates: 0,
            deliveries: 0,
        };
        self.given.entry(id).or_insert(new).options = options;
    }

    /// A subscriber has gone.
    pub(crate) fn went(&mut self, id: SubscriptionId) {
        self.given.remove(&id);
    }

    /// Takes a delivery in; what is wrong with it.
    pub(crate) fn delivered(
        &mut self,
        now: Duration,
        manager: &Manager,
        delivery: &Delivery,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), String> {
        let Delivery { subscription: id, topic, position, hash, updates, change } = delivery;
        let Some(given) = self.given.get_mut(id) else { return Err(format!("{id:?} was never there")) };
        let granted_ms = granted_ms(manager, topic);
        given.granted_ms = given.granted_ms.max(granted_ms);
        // What the server itself spaces comes as it comes, and at the end all of it.
        let is_ours = manager.status() != Status::Disconnected
            && given.options.throttle > Duration::from_millis(u64::from(given.granted_ms));
        if let Some(at) = given.at.filter(|at| is_ours && now < *at + given.options.throttle) {
            return Err(format!("{id:?} at {now:?} after {at:?}, asked for {:?}", given.options.throttle));
        }
        let known = match change {
            DeliveryChange::State(entries) => integers(entries),
            DeliveryChange::Delta(delta) => given.known.take().and_then(|known| changed(known, delta)),
        };
        let truth = expected(truths, topic, position, known.as_ref());
        if known.as_ref() != truth || truth.map(hash_of) != Some(hash.0) {
            return Err(format!("{id:?} at {position} knows {known:?}, the recount is {truth:?}"));
        }
        (given.at, given.position, given.known) = (Some(now), Some(position.clone()), known);
        given.granted_ms = granted_ms;
        given.updates += u64::from(*updates);
        given.deliveries += 1;
        Ok(())
    }

    /// What is wrong with the counts.
    pub(crate) fn count(&mut self, manager: &Manager) -> Result<(), String> {
        let mut sum = manager.stats().subscribers_ended;
        for info in manager.subscribers() {
            let counts = info.counts;
            sum += counts;
            if counts.updates != counts.deliveries + counts.conflated + u64::from(info.waiting) {
                return Err(format!("{:?} was given {counts:?}, {} wait", info.id, info.waiting));
            }
            let Some(given) = self.given.get_mut(&info.id) else { continue };
            given.granted_ms = given.granted_ms.max(granted_ms(manager, &info.topic));
            if given.deliveries != counts.deliveries
                || given.updates + u64::from(info.waiting) != counts.updates
            {
                return Err(format!("{:?} says {counts:?}, seen were {given:?}", info.id));
            }
        }
        let total = manager.stats().subscribers;
        if sum == total { Ok(()) } else { Err(format!("{sum:?} is not {total:?}")) }
    }

    /// Who was not given the newest state, though the network has long been quiet.
    pub(crate) fn late(&self, manager: &Manager) -> Result<(), String> {
        for info in manager.subscribers().into_iter().filter(|info| !info.paused) {
            let Some(given) = self.given.get(&info.id) else { continue };
            let state = manager.state(&info.topic).and_then(|state| integers(state.entries()));
            if info.waiting > 0 || given.known != state {
                return Err(format!("{:?} of {} was last told at {:?}", info.id, info.topic, given.position));
            }
        }
        Ok(())
    }
}

fn granted_ms(manager: &Manager, topic: &Topic) -> u32 {
    let infos = manager.subscriptions();
    infos.iter().find(|info| info.topic == *topic).map_or(0, |info| info.throttle_ms)
}
