//! What an application asks of the manager, and what it can know of it.

use realtime_manager::{
    Cleaned, Health, Instant, Manager, Options, PastProblem, Preferences, Problem, SetAside, Stats, Status,
    SubscriberInfo, SubscriptionId, SubscriptionInfo,
};
use realtime_protocol::{Position, State, Topic};
use std::time::Duration;

use crate::driver::Driver;

impl Driver {
    /// Connects, unless it does so already.
    pub fn connect(&self) {
        self.inner.with(Manager::connect);
    }

    /// Closes the link and stays away.
    pub fn disconnect(&self) {
        self.inner.with(Manager::disconnect);
    }

    /// Tries again at once, with all attempts ahead.
    pub fn retry(&self) {
        self.inner.with(Manager::retry);
    }

    /// Asks for `topic`; what the subscriber is due comes as deliveries at its own pace.
    #[must_use]
    pub fn subscribe_at(&self, topic: Topic, options: Options) -> SubscriptionId {
        self.inner.with(|manager, now| manager.subscribe_at(now, topic, options))
    }

    /// Changes the pace of a subscriber.
    pub fn set_options(&self, id: SubscriptionId, options: Options) {
        self.inner.with(|manager, now| manager.set_options(now, id, options));
    }

    /// Gives a subscription back.
    pub fn unsubscribe(&self, id: SubscriptionId) {
        self.inner.with(|manager, now| manager.unsubscribe(now, id));
    }

    /// Asks the server for the whole state of a topic again.
    pub fn refresh(&self, topic: &Topic) {
        self.inner.with(|manager, now| manager.refresh(now, topic));
    }

    /// Sets the token that joins carry from now on; joined topics are told of it in place.
    pub fn set_token(&self, token: Option<String>) {
        self.inner.with(|manager, now| manager.set_token(now, token));
    }

    /// Drops what has expired; what that freed.
    pub fn clean_up(&self) -> Cleaned {
        self.inner.with(Manager::clean_up)
    }

    /// Takes over what the viewer prefers, for this page, all others of this address, and the next visit.
    pub fn set_preferences(&self, preferences: Preferences) {
        self.inner.with(|manager, now| manager.set_preferences(now, preferences));
    }

    /// What the viewer prefers.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        self.know(|manager| manager.preferences().clone())
    }

    /// The status now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.know(Manager::status)
    }

    /// The state of the connection now.
    #[must_use]
    pub fn health(&self) -> Health {
        self.know(|manager| manager.health(self.now()))
    }

    /// All subscribed topics.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.know(Manager::subscriptions)
    }

    /// All subscribers, by topic.
    #[must_use]
    pub fn subscribers(&self) -> Vec<SubscriberInfo> {
        self.know(Manager::subscribers)
    }

    /// What has happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.know(Manager::stats)
    }

    /// The measured round trips of this connection that still count, the oldest first.
    #[must_use]
    pub fn round_trips(&self) -> Vec<(Instant, Duration)> {
        self.know(|manager| manager.round_trips().collect())
    }

    /// What is wrong now.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.know(|manager| manager.problems().to_vec())
    }

    /// What was wrong and is over, the oldest first.
    #[must_use]
    pub fn error_history(&self) -> Vec<PastProblem> {
        self.know(|manager| manager.error_history().cloned().collect())
    }

    /// The newest messages that could not be read, the oldest first.
    #[must_use]
    pub fn set_aside(&self) -> Vec<SetAside> {
        self.know(|manager| manager.set_aside().cloned().collect())
    }

    /// An estimate of the memory that the manager holds, in bytes.
    #[must_use]
    pub fn memory_estimate(&self) -> u64 {
        self.know(Manager::memory_estimate)
    }

    /// What it may hold, in bytes.
    #[must_use]
    pub fn memory_budget(&self) -> u64 {
        self.know(Manager::memory_budget)
    }

    /// A copy of what is held of `topic`, with its position.
    #[must_use]
    pub fn state(&self, topic: &Topic) -> Option<(State, Position)> {
        self.know(|manager| Some((manager.state(topic)?.clone(), manager.position(topic)?.clone())))
    }

    /// The server's wall clock in milliseconds since 1970, where it is known.
    #[must_use]
    pub fn server_time_ms(&self) -> Option<u64> {
        self.know(|manager| manager.server_time_ms(self.now()))
    }

    fn know<T>(&self, look: impl FnOnce(&Manager) -> T) -> T {
        look(&self.inner.manager.borrow())
    }
}
