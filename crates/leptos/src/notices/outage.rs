//! The way from a lost connection to a restored one, and what of it is worth a word.

use std::time::Duration;

use realtime_manager::{CaughtUp, Instant, Reason, Status};

use super::news::{GaveUp, News};

/// An outage shorter than this is not worth a word.
const SHORT: Duration = Duration::from_secs(2);
/// A connection that stands for so long and has nothing to catch up is back without a word: a figure of
/// what was caught up is told only where there is one.
const SETTLED: Duration = Duration::from_secs(5);

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    /// The viewer asked for it and sees it in the header.
    Asked,
    /// The viewer switched live updates off.
    Paused,
    /// It was lost.
    Lost,
    /// It was lost, and nothing is done about it any more.
    GaveUp(GaveUp),
}

/// What is to be done with the notice of the outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing.
    Stay,
    /// It says this from now on.
    Say(News),
    /// It says this, and is no longer about the outage.
    End(News),
    /// It goes.
    Vanish,
}

/// The outage under way, if there is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outage {
    away: Option<(Away, Instant)>,
    connected_since: Option<Instant>,
    /// What was said of it.
    said: Option<News>,
}

impl Outage {
    /// The status changed; `is_automatic` says whether the viewer wants attempts without being asked.
    pub(crate) fn status(
        &mut self,
        now: Instant,
        to: Status,
        reason: Option<Reason>,
        is_automatic: bool,
    ) -> Step {
        self.connected_since = (to == Status::Connected).then_some(now);
        match to {
            Status::Connecting | Status::Connected => Step::Stay,
            Status::Reconnecting => self.lost(now, Away::Lost),
            Status::Error => {
                let why = match reason {
                    Some(Reason::Refused(_)) => GaveUp::Refused,
                    Some(_) | None if !is_automatic => GaveUp::SwitchedOff,
                    Some(_) | None => GaveUp::AllAttempts,
                };
                self.lost(now, Away::GaveUp(why))
            }
            Status::Disconnected => match self.away {
                Some((Away::Asked | Away::Paused, _)) => Step::Stay,
                Some((Away::Lost | Away::GaveUp(_), _)) | None => {
                    self.away = Some((Away::Asked, now));
                    self.said = None;
                    Step::Vanish
                }
            },
        }
    }

    /// The viewer switched live updates off or on.
    pub(crate) fn live(&mut self, now: Instant, is_live: bool) -> Step {
        if !is_live {
            self.away = Some((Away::Paused, now));
            self.said = Some(News::Paused);
            return Step::Say(News::Paused);
        }
        // On again is told once it works again.
        self.away.get_or_insert((Away::Paused, now));
        Step::Stay
    }

    /// Every topic is joined again.
    pub(crate) fn caught_up(&mut self, now: Instant, caught_up: CaughtUp) -> Step {
        let Some((away, since)) = self.away.take() else { return Step::Stay };
        self.said = None;
        match away {
            Away::Paused => Step::End(News::Resumed(Some(caught_up))),
            Away::Asked | Away::Lost | Away::GaveUp(_) if now.saturating_since(since) >= SHORT => {
                Step::End(News::Restored(caught_up))
            }
            Away::Asked | Away::Lost | Away::GaveUp(_) => Step::Vanish,
        }
    }

    /// Lets time pass.
    pub(crate) fn tick(&mut self, now: Instant) -> Step {
        let Some((away, since)) = self.away else { return Step::Stay };
        if self.connected_since.is_some_and(|at| now.saturating_since(at) >= SETTLED) {
            (self.away, self.said) = (None, None);
            return match away {
                Away::Paused => Step::End(News::Resumed(None)),
                Away::Asked | Away::Lost | Away::GaveUp(_) => Step::Vanish,
            };
        }
        let news = match away {
            Away::Lost => News::Lost,
            Away::GaveUp(why) => News::GaveUp(why),
            Away::Asked | Away::Paused => return Step::Stay,
        };
        if self.connected_since.is_some()
            || now.saturating_since(since) < SHORT
            || self.said.as_ref() == Some(&news)
        {
            return Step::Stay;
        }
        self.said = Some(news.clone());
        Step::Say(news)
    }

    /// Whether the connection is on its way back from an outage.
    pub(crate) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    fn lost(&mut self, now: Instant, away: Away) -> Step {
        let since = match self.away {
            Some((Away::Lost | Away::GaveUp(_), since)) => since,
            Some((Away::Asked | Away::Paused, _)) | None => now,
        };
        self.away = Some((away, since));
        self.tick(now)
    }
}
