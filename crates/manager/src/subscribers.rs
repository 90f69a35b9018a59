//! Who subscribes to what, at which pace, and what everyone is given.

use std::time::Duration;

use realtime_protocol::{Topic, sort_by};

use crate::limits::{SUBSCRIBERS_MAX, TOPICS_MAX};
use crate::manager::Manager;
use crate::pace::{Due, Pace};
use crate::session::Session;
use crate::subscription::{Join, Subscription};
use crate::{Delivery, Event, Instant, Options, SubscriberInfo, SubscriptionId, SubscriptionInfo};

impl Manager {
    /// Subscribes to a topic for one who reads the batches of the topic, with at least `throttle` between two.
    ///
    /// Subscribers of one topic share one join at the smallest interval, so there may be more batches
    /// than one of them asked for; [`Self::subscribe_at`] keeps to the pace that was asked for.
    /// Above [`TOPICS_MAX`] topics or [`SUBSCRIBERS_MAX`] subscribers the event [`Event::Refused`] follows.
    pub fn subscribe(&mut self, now: Instant, topic: Topic, throttle: Duration) -> SubscriptionId {
        self.add(now, topic, Pace::new(now, Options { throttle, ..Options::default() }, true))
    }

    /// Subscribes to a topic at a pace of its own: what it is due comes as [`Event::Deliveries`].
    ///
    /// The first delivery is the state, at once where it is known; the last update of a burst is never
    /// lost. The limits are those of [`Self::subscribe`].
    pub fn subscribe_at(&mut self, now: Instant, topic: Topic, options: Options) -> SubscriptionId {
        self.add(now, topic, Pace::new(now, options, false))
    }

    /// Ends a subscription; some time after the last one of a topic its join ends and its state is forgotten.
    pub fn unsubscribe(&mut self, now: Instant, id: SubscriptionId) {
        let Some(topic) = self.owners.remove(&id) else { return };
        if let Some(subscription) = self.topics.get_mut(&topic) {
            self.stats.subscribers_ended += subscription.remove(id);
            if subscription.subscribers() == 0 {
                self.stats.updates_of_ended += subscription.end_count();
            }
        }
        self.fit_join(now, &topic);
    }

    /// Changes what a subscriber chose; from now on it has a pace of its own.
    pub fn set_options(&mut self, now: Instant, id: SubscriptionId, options: Options) {
        let Some(topic) = self.owners.get(&id).cloned() else { return };
        let Some(subscription) = self.topics.get_mut(&topic) else { return };
        self.stats.subscribers += subscription.choose(now, id, options);
        self.fit_join(now, &topic);
        self.deliver(now);
    }

    /// A subscriber takes nothing until it is resumed; a topic that nobody takes is left after a while.
    ///
    /// Whoever reads the batches of a topic still sees those that others of the topic take.
    pub fn pause(&mut self, now: Instant, id: SubscriptionId) {
        self.set_paused(now, id, true);
    }

    /// A paused subscriber takes part again; one with a pace of its own is given what it missed as one
    /// [`Delivery`].
    pub fn resume(&mut self, now: Instant, id: SubscriptionId) {
        self.set_paused(now, id, false);
    }

    /// All topics that somebody subscribes to, in order of their names.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.topics
            .iter()
            .filter(|(_, subscription)| subscription.subscribers() > 0)
            .map(|(topic, subscription)| SubscriptionInfo {
                topic: topic.clone(),
                subscribers: u32::try_from(subscription.subscribers()).unwrap_or(u32::MAX),
                updates: subscription.updates(),
                last_update: subscription.updated(),
                throttle_ms: subscription.throttle_ms(),
                joined: subscription.is_joined(),
                circuit: subscription.breaker.circuit(),
            })
            .collect()
    }

    /// All subscribers, by topic.
    #[must_use]
    pub fn subscribers(&self) -> Vec<SubscriberInfo> {
        let of_topic = |(topic, subscription): (&Topic, &Subscription)| {
            let topic = topic.clone();
            let infos = subscription.paces().map(move |(id, pace)| SubscriberInfo {
                id,
                topic: topic.clone(),
                options: pace.options,
                paused: pace.paused,
                since: pace.since,
                last_delivery: pace.last,
                waiting: pace.waiting(),
                counts: pace.counts,
            });
            infos.collect::<Vec<_>>()
        };
        self.topics.iter().flat_map(of_topic).collect()
    }

    /// Gives everyone what is due.
    pub(crate) fn deliver(&mut self, now: Instant) {
        // Without a connection nothing more will come, so nothing need wait for it, and no timer is left.
        let due = if self.session == Session::Idle { Due::Everything } else { Due::InTime };
        let mut given: Vec<(u8, Delivery)> = Vec::new();
        for subscription in self.topics.values_mut() {
            given.extend(subscription.deliveries(now, due));
        }
        if given.is_empty() {
            return;
        }
        sort_by(&mut given, |(a, first), (b, second)| {
            b.cmp(a).then_with(|| first.subscription.cmp(&second.subscription))
        });
        for (_, delivery) in &given {
            self.stats.subscribers.deliveries += 1;
            self.stats.subscribers.conflated += u64::from(delivery.updates - 1);
        }
        self.emit(Event::Deliveries(given.into_iter().map(|(_, delivery)| delivery).collect()));
    }

    fn add(&mut self, now: Instant, topic: Topic, pace: Pace) -> SubscriptionId {
        self.subscriptions_made += 1;
        let id = SubscriptionId(self.subscriptions_made);
        if let Some(reason) = self.no_room(now, &topic) {
            self.stats.refusals += 1;
            self.over_limit(now, &topic, &reason);
            self.emit(Event::Refused { topic, reason });
            return id;
        }
        let least = self.least_interval();
        let subscription = self.topics.get_or_insert_with(&topic, || Subscription::new(topic.clone()));
        subscription.least = least;
        self.stats.subscribers += subscription.add(now, id, pace);
        // A new wish is worth a new question, even where the server said no before.
        if subscription.join == Join::Refused {
            subscription.join = Join::Out;
        }
        self.owners.insert(id, topic.clone());
        self.fit_join(now, &topic);
        self.deliver(now);
        id
    }

    /// Why there is no place for one more subscriber; a topic that only lingers makes way.
    fn no_room(&mut self, now: Instant, topic: &Topic) -> Option<String> {
        if self.owners.len() >= SUBSCRIBERS_MAX {
            return Some(format!("limit: more than {SUBSCRIBERS_MAX} subscribers at once"));
        }
        if self.topics.contains_key(topic) || self.topics.len() < TOPICS_MAX {
            return None;
        }
        let unwanted = self.topics.iter().filter(|(_, subscription)| subscription.subscribers() == 0);
        let oldest = unwanted.min_by_key(|(_, each)| each.linger).map(|(topic, _)| topic.clone());
        let Some(oldest) = oldest else {
            return Some(format!("limit: more than {TOPICS_MAX} topics at once"));
        };
        self.leave(now, &oldest);
        None
    }

    fn set_paused(&mut self, now: Instant, id: SubscriptionId, paused: bool) {
        let Some(topic) = self.owners.get(&id).cloned() else { return };
        let Some(pace) = self.topics.get_mut(&topic).and_then(|subscription| subscription.pace_mut(id))
        else {
            return;
        };
        pace.paused = paused;
        self.fit_join(now, &topic);
        self.deliver(now);
    }
}
