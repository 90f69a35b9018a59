//! Which notice of the connection is shown: at most one for each loss.

use std::time::Duration;

use realtime_manager::{CaughtUp, Instant, Status};

/// An outage shorter than this is not worth a word.
const SHORT_OUTAGE: Duration = Duration::from_secs(2);
/// How long the notice of a recovery stays.
const SHOWN_FOR: Duration = Duration::from_secs(10);

/// What the viewer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The link is down.
    Lost,
    /// The link is back and the figures are as if it had never been away.
    Restored(CaughtUp),
}

/// Why the link is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    /// The viewer asked for it and sees it in the header.
    Asked(Instant),
    /// It was lost.
    Lost(Instant),
}

/// The notice shown now, and what leads to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notices {
    away: Option<Away>,
    shown: Option<(Notice, Instant)>,
    dismissed: bool,
}

impl Notices {
    /// The notice to show.
    #[must_use]
    pub fn shown(&self) -> Option<Notice> {
        self.shown.map(|(notice, _)| notice)
    }

    /// Takes note of a change of the status.
    pub fn status(&mut self, status: Status, now: Instant) {
        match status {
            Status::Reconnecting | Status::Error => {
                if !matches!(self.away, Some(Away::Lost(_))) {
                    self.away = Some(Away::Lost(now));
                    self.dismissed = false;
                }
            }
            Status::Disconnected => {
                if !matches!(self.away, Some(Away::Asked(_))) {
                    self.away = Some(Away::Asked(now));
                }
                self.shown = None;
            }
            Status::Connecting | Status::Connected => {}
        }
        self.tick(now, false);
    }

    /// Takes note of a reconnect after which everything is as it should be.
    pub fn caught_up(&mut self, caught_up: CaughtUp, now: Instant) {
        let long = match self.away.take() {
            Some(Away::Asked(since) | Away::Lost(since)) => now.saturating_since(since) >= SHORT_OUTAGE,
            None => false,
        };
        self.shown = long.then_some((Notice::Restored(caught_up), now));
    }

    /// Lets time pass; `held` says that the viewer reads the notice just now, so it stays.
    pub fn tick(&mut self, now: Instant, held: bool) {
        match (self.shown, self.away) {
            (Some((Notice::Restored(_), at)), None) if !held && now.saturating_since(at) >= SHOWN_FOR => {
                self.shown = None;
            }
            (None | Some((Notice::Restored(_), _)), Some(Away::Lost(since)))
                if !self.dismissed && now.saturating_since(since) >= SHORT_OUTAGE =>
            {
                self.shown = Some((Notice::Lost, now));
            }
            (None | Some(_), _) => {}
        }
    }

    /// Takes the notice away; the same loss makes no other.
    pub fn dismiss(&mut self) {
        self.shown = None;
        self.dismissed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACK: CaughtUp = CaughtUp { commits: 3, resumed: true };

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    #[test]
    fn a_loss_is_told_after_two_seconds_and_the_recovery_takes_its_place() {
        let mut notices = Notices::default();
        notices.status(Status::Reconnecting, at(10));
        notices.tick(at(11), false);
        assert_eq!(notices.shown(), None);
        notices.tick(at(12), false);
        assert_eq!(notices.shown(), Some(Notice::Lost));
        notices.status(Status::Connected, at(15));
        notices.caught_up(BACK, at(15));
        assert_eq!(notices.shown(), Some(Notice::Restored(BACK)));
    }

    #[test]
    fn a_short_outage_is_not_worth_a_word() {
        let mut notices = Notices::default();
        notices.status(Status::Reconnecting, at(10));
        notices.status(Status::Connected, at(11));
        notices.caught_up(BACK, at(11));
        notices.tick(at(20), false);
        assert_eq!(notices.shown(), None);
    }

    #[test]
    fn giving_up_is_the_same_loss() {
        let mut notices = Notices::default();
        notices.status(Status::Reconnecting, at(0));
        notices.tick(at(2), false);
        notices.dismiss();
        notices.status(Status::Error, at(40));
        notices.tick(at(60), false);
        assert_eq!(notices.shown(), None);
    }

    #[test]
    fn a_recovery_goes_after_ten_seconds_unless_it_is_read() {
        let mut notices = Notices::default();
        notices.status(Status::Reconnecting, at(0));
        notices.caught_up(BACK, at(5));
        notices.tick(at(15), true);
        assert_eq!(notices.shown(), Some(Notice::Restored(BACK)));
        notices.tick(at(16), false);
        assert_eq!(notices.shown(), None);
    }

    #[test]
    fn who_disconnects_himself_is_told_only_what_he_missed() {
        let mut notices = Notices::default();
        notices.status(Status::Disconnected, at(0));
        notices.tick(at(30), false);
        assert_eq!(notices.shown(), None);
        notices.status(Status::Connecting, at(31));
        notices.status(Status::Connected, at(32));
        notices.caught_up(BACK, at(32));
        assert_eq!(notices.shown(), Some(Notice::Restored(BACK)));
    }

    #[test]
    fn a_loss_after_an_asked_pause_is_told() {
        let mut notices = Notices::default();
        notices.status(Status::Disconnected, at(0));
        notices.status(Status::Connecting, at(30));
        notices.status(Status::Reconnecting, at(31));
        notices.tick(at(33), false);
        assert_eq!(notices.shown(), Some(Notice::Lost));
    }

    #[test]
    fn the_next_loss_is_told_again() {
        let mut notices = Notices::default();
        notices.status(Status::Reconnecting, at(0));
        notices.caught_up(BACK, at(5));
        notices.dismiss();
        notices.status(Status::Reconnecting, at(20));
        notices.tick(at(22), false);
        assert_eq!(notices.shown(), Some(Notice::Lost));
    }
}
