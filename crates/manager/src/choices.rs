//! What the viewer's preferences do to the manager at once.

use realtime_protocol::{ThrottleClass, Topic};

use crate::manager::Manager;
use crate::preferences::{self, Preferences};
use crate::{Event, Instant, Output, Reason};

impl Manager {
    /// What the viewer prefers now.
    #[must_use]
    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// Takes over what the viewer prefers, and has it stored by [`Output::Persist`].
    ///
    /// Without live updates the connection ends and none begins, and states stay with their age; with
    /// them again it connects and every topic continues from its position. How a lost connection is won
    /// back changes as with [`Self::set_recovery`], and a display has no last retry. The update interval
    /// holds for all topics. The rest is for the application.
    pub fn set_preferences(&mut self, now: Instant, preferences: Preferences) {
        if self.preferences == preferences {
            return;
        }
        self.take_over(now, preferences);
        let text = preferences::write(&self.preferences, &self.other_preferences);
        self.outputs.push_back(Output::Persist(text));
    }

    /// Takes over a text that was stored, here or by another page. It is never stored by that, so that two
    /// pages never answer each other and what could not be read is there to be looked at.
    pub(crate) fn restored(&mut self, now: Instant, text: &str) {
        let Some(read) = preferences::read(&self.default_preferences, text) else {
            self.stats.preferences_broken += 1;
            return;
        };
        self.stats.preferences_replaced += read.replaced;
        self.other_preferences = read.others;
        if self.preferences != read.preferences {
            self.take_over(now, read.preferences);
        }
    }

    /// The interval below which no topic is asked for.
    pub(crate) fn least_interval(&self) -> ThrottleClass {
        let interval = self.preferences.update_interval.unwrap_or_default();
        ThrottleClass::of_ms(u64::try_from(interval.as_millis()).unwrap_or(u64::MAX))
    }

    fn take_over(&mut self, now: Instant, preferences: Preferences) {
        let were_live = std::mem::replace(&mut self.preferences, preferences).live_updates;
        self.emit(Event::Preferences(Box::new(self.preferences.clone())));
        if were_live && !self.preferences.live_updates {
            self.stop(now);
        }
        self.change_recovery(now, self.preferences.effective_recovery());
        let least = self.least_interval();
        let topics: Vec<Topic> = self.topics.keys().cloned().collect();
        for topic in topics {
            if let Some(subscription) = self.topics.get_mut(&topic) {
                subscription.least = least;
            }
            self.fit_join(now, &topic);
        }
        if !were_live && self.preferences.live_updates {
            self.begin(now, Reason::Asked);
        }
    }
}
