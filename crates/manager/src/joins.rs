//! How topics are joined, left, healed, and told to the application.

use std::time::Duration;

use realtime_protocol::message::{Join as JoinRequest, ResetReason, ResetRequest, event};
use realtime_protocol::{Position, Topic, TopicKind};
use serde_json::json;

use crate::breaker::Circuit;
use crate::limits::JOIN_WAIT;
use crate::manager::Manager;
use crate::returning::newest;
use crate::subscription::{Join, Subscription, Trouble};
use crate::{Action, Event, Instant, Status, TopicUpdate};

impl Manager {
    /// Joins a topic anew, from where its state stands.
    pub(crate) fn join(&mut self, now: Instant, topic: &Topic) {
        // What waits belongs to the join that ends here, and the next one continues from where the state stands.
        // The rest of its tick goes on waiting: halves are not shown.
        self.tick.forget(topic);
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let Some(class) = subscription.wished() else {
            subscription.lost(Join::Out);
            return;
        };
        if let Some(at) = subscription.breaker.open_until(now) {
            subscription.lost(Join::Again { at });
            return;
        }
        let request = JoinRequest {
            throttle_ms: Some(u64::from(class.ms())),
            position: subscription.position().filter(|_| !subscription.asks_whole).cloned(),
            token: self.token.as_ref().map(|token| token.0.clone()),
        };
        let reference = self.transmit(None, topic.as_str(), event::JOIN, &request);
        if let (Some(reference), Some(subscription)) = (reference, self.topics.get_mut(topic)) {
            subscription.breaker.asked(now);
            subscription.asked = class;
            subscription.join = Join::Asked { reference, deadline: now + JOIN_WAIT };
            self.topic_acted_on(topic, Action::Ask);
        }
    }

    /// Joins a topic when it is not joined, or joined at another interval than is wanted; a topic that
    /// nobody takes is left after a while.
    pub(crate) fn fit_join(&mut self, now: Instant, topic: &Topic) {
        let is_open = self.session.open().is_some();
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let Some(class) = subscription.wished() else {
            if is_open && subscription.reference().is_some() {
                subscription.linger.get_or_insert(now + self.config.timing.linger);
            } else {
                self.leave(now, topic);
            }
            return;
        };
        subscription.linger = None;
        let is_fit = match subscription.join {
            Join::Out => false,
            Join::Asked { .. } | Join::In { .. } | Join::Healing { .. } => subscription.asked == class,
            Join::Again { .. } | Join::Refused => true,
        };
        if !is_fit && is_open {
            self.join(now, topic);
        }
    }

    /// Asks the server for the whole state of a topic again, whatever is held of it; a table goes on from its
    /// position. One that was refused or is left alone is asked for as well, since somebody wants to know.
    ///
    /// Without a connection it does what [`Self::retry`] does: the join comes with the connection.
    pub fn refresh(&mut self, now: Instant, topic: &Topic) {
        let is_open = self.session.open().is_some();
        if let Some(subscription) = self.topics.get_mut(topic) {
            if topic.kind() == TopicKind::View {
                subscription.asks_whole = true;
            }
            subscription.breaker.hurry(now);
            if is_open {
                self.join(now, topic);
            } else {
                self.retry(now);
            }
        }
    }

    /// Ends the join; the state stays for those who are paused, and is forgotten when there is nobody.
    pub(crate) fn leave(&mut self, now: Instant, topic: &Topic) {
        self.tick.forget(topic);
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let reference = subscription.reference();
        subscription.linger = None;
        subscription.lost(Join::Out);
        if subscription.subscribers() == 0 {
            self.topics.remove(topic);
        }
        self.topic_unwanted(now, topic);
        if let Some(reference) = reference {
            self.transmit(Some(reference), topic.as_str(), event::LEAVE, &json!({}));
        }
        self.finish_return();
    }

    /// Leaves the topics that nobody has taken for long enough.
    pub(crate) fn fire_linger(&mut self, now: Instant) {
        let over = |subscription: &Subscription| subscription.linger.is_some_and(|until| until <= now);
        let due: Vec<Topic> =
            self.topics.iter().filter(|(_, each)| over(each)).map(|(topic, _)| topic.clone()).collect();
        for topic in due {
            self.leave(now, &topic);
        }
    }

    /// Asks for a whole state, once.
    pub(crate) fn heal(&mut self, now: Instant, topic: &Topic, trouble: Trouble) {
        let reason = match trouble {
            Trouble::Gap => {
                self.stats.gaps += 1;
                ResetReason::Gap
            }
            Trouble::Hash => {
                self.stats.hash_mismatches += 1;
                ResetReason::Hash
            }
            Trouble::Shape => ResetReason::Gap,
        };
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let Some(reference) = subscription.reference() else { return };
        let is_too_often = subscription.breaker.failed(now);
        self.data_problem(now, topic, trouble);
        if is_too_often {
            return self.leave_alone(now, topic);
        }
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        if topic.kind() == TopicKind::Table {
            // The log has the rows that are missing: the next join continues from the position.
            subscription.lost(Join::Out);
            return self.join(now, topic);
        }
        subscription.lost(Join::Healing { reference, deadline: now + JOIN_WAIT });
        self.transmit(Some(reference), topic.as_str(), event::RESET, &ResetRequest { reason });
    }

    /// The whole state that was asked for is wrong as well: ask anew, but not at once.
    pub(crate) fn join_later(&mut self, now: Instant, topic: &Topic) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        if subscription.breaker.failed(now) {
            return self.leave_alone(now, topic);
        }
        let at = now + self.config.timing.rejoin;
        subscription.lost(Join::Again { at });
    }

    /// A topic failed too often: it is asked for again when its breaker allows it.
    fn leave_alone(&mut self, now: Instant, topic: &Topic) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let Circuit::Open { until } = subscription.breaker.circuit() else { return };
        tracing::warn!(%topic, "failed too often, left alone");
        subscription.lost(Join::Again { at: until });
        self.stats.circuits_opened += 1;
        let action = Action::LeaveAlone { until };
        self.topic_acted_on(topic, action);
        self.subscription_problem(now, topic, "failed too often", action);
        self.finish_return();
    }

    /// Joins again what is due.
    pub(crate) fn fire_topics(&mut self, now: Instant) {
        let due: Vec<Topic> = self
            .topics
            .iter()
            .filter(|(_, subscription)| subscription.deadline().is_some_and(|deadline| deadline <= now))
            .map(|(topic, _)| topic.clone())
            .collect();
        for topic in due {
            let is_unanswered = self.topics.get(&topic).is_some_and(Subscription::is_unanswered);
            if is_unanswered {
                self.subscription_problem(now, &topic, "request was not answered", Action::Ask);
            }
            let breaker = self.topics.get_mut(&topic).map(|subscription| &mut subscription.breaker);
            if is_unanswered && breaker.is_some_and(|breaker| breaker.failed(now)) {
                self.leave_alone(now, &topic);
            } else {
                self.join(now, &topic);
            }
        }
    }

    /// Applies the tick that waits, and tells all of it at once.
    pub(crate) fn flush_tick(&mut self, now: Instant) {
        let mut updates = Vec::new();
        let server_time_ms = self.server_time_ms(now).filter(|_| !self.hidden);
        for (topic, push) in self.tick.take() {
            let Some(subscription) = self.topics.get_mut(&topic) else { continue };
            if !matches!(subscription.join, Join::In { .. }) {
                continue;
            }
            let at_ms = push.at_ms;
            match subscription.delta(push) {
                Ok(update) => {
                    self.stats.deltas += 1;
                    if let Some((there, at_ms)) = server_time_ms.zip(at_ms) {
                        self.delays.took(now, Duration::from_millis(there.saturating_sub(at_ms)));
                    }
                    updates.push(update);
                }
                Err(trouble) => self.heal(now, &topic, trouble),
            }
        }
        self.tell(now, updates);
    }

    pub(crate) fn tell(&mut self, now: Instant, updates: Vec<TopicUpdate>) {
        if updates.is_empty() {
            return;
        }
        self.last_data = Some(now);
        let mut is_due = false;
        for update in &updates {
            self.count(now, &update.topic, 1);
            if let Some(subscription) = self.topics.get_mut(&update.topic) {
                let (counts, due) = subscription.offer(now, update);
                self.stats.subscribers += counts;
                is_due |= due;
            }
            self.moved_to(&update.position);
        }
        self.emit(Event::Batch(updates));
        self.keep_budget(now);
        if is_due {
            self.deliver(now);
        }
    }

    /// Counts updates that are told to the application.
    pub(crate) fn count(&mut self, now: Instant, topic: &Topic, updates: u64) {
        self.stats.updates += updates;
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        if subscription.subscribers() == 0 {
            self.stats.updates_of_ended += updates;
        } else {
            subscription.count(now, updates);
        }
    }

    /// A topic has come to this position.
    pub(crate) fn moved_to(&mut self, position: &Position) {
        match &self.head {
            Some(head) if head.epoch == position.epoch => {
                self.stats.commits += position.offset.saturating_sub(head.offset);
                if position.offset > head.offset {
                    self.head = Some(position.clone());
                }
            }
            Some(_) | None => self.head = Some(position.clone()),
        }
    }

    /// Says how the reconnect ended, once every topic has its answer.
    pub(crate) fn finish_return(&mut self) {
        if self.status() != Status::Connected || !self.topics.values().all(Subscription::is_settled) {
            return;
        }
        let Some(returning) = self.returning.take() else { return };
        let after = newest(self.topics.values().filter_map(Subscription::position));
        self.caught_up = returning.finish(after);
        if let Some(caught_up) = self.caught_up {
            self.emit(Event::CaughtUp(caught_up));
        }
    }
}
