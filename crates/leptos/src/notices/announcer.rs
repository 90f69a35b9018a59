//! What a screen reader says: never more than one thing in ten seconds.

use std::time::Duration;

use realtime_manager::Instant;

use super::news::News;

/// The least time between two announcements; what comes meanwhile is summed up.
pub(crate) const QUIET: Duration = Duration::from_secs(10);

/// What is said of notices that came too soon after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many they are.
    pub count: u64,
    /// The newest of them.
    pub newest: News,
    /// A number that no other summary has.
    pub turn: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Announcer {
    last: Option<Instant>,
    kept: Option<(u64, News)>,
    said: Option<Summary>,
    turn: u64,
}

impl Announcer {
    /// Whether a notice may be announced by itself; else it goes into the next summary.
    pub(crate) fn may_say(&mut self, now: Instant, news: &News) -> bool {
        if self.is_quiet(now) || self.kept.is_some() {
            let count = self.kept.as_ref().map_or(0, |(count, _)| *count);
            self.kept = Some((count + 1, news.clone()));
            return false;
        }
        self.last = Some(now);
        self.said = None;
        true
    }

    /// Says what was kept once the time is over; whether there was anything.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        if self.is_quiet(now) {
            return false;
        }
        let Some((count, newest)) = self.kept.take() else { return false };
        self.last = Some(now);
        self.turn += 1;
        self.said = Some(Summary { count, newest, turn: self.turn });
        true
    }

    pub(crate) fn said(&self) -> Option<&Summary> {
        self.said.as_ref()
    }

    fn is_quiet(&self, now: Instant) -> bool {
        self.last.is_some_and(|last| now.saturating_since(last) < QUIET)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    #[test]
    fn what_comes_within_ten_seconds_is_summed_up_when_they_are_over() {
        let mut announcer = Announcer::default();
        assert!(announcer.may_say(at(1), &News::Lost));
        assert!(!announcer.may_say(at(2), &News::Paused));
        assert!(!announcer.may_say(at(9), &News::System("a".to_owned())));
        assert!(!announcer.tick(at(10)));
        assert_eq!(announcer.said(), None);
        assert!(announcer.tick(at(11)));
        let newest = News::System("a".to_owned());
        assert_eq!(announcer.said(), Some(&Summary { count: 2, newest, turn: 1 }));
        // The summary is an announcement too.
        assert!(!announcer.may_say(at(20), &News::Lost));
        assert!(announcer.tick(at(21)));
        assert!(announcer.may_say(at(31), &News::Lost));
        assert_eq!(announcer.said(), None);
    }
}
