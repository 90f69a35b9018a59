//! Which notices a viewer is shown: one for each event, few at a time, and none that he does not want.
//!
//! A machine without clock and page: the provider hands it the manager's events and the time, components
//! show what it says.

mod announcer;
mod board;
mod news;
mod outage;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use realtime_manager::{
    Event, Instant, Notification, Preferences, Problem, ProblemChange, ProblemKind, Source, StatusChange,
    Table,
};
use realtime_protocol::{Topic, TopicKind};

pub use announcer::Summary;
use board::Board;
pub use board::{Notice, NoticeId, PastNotice};
pub use news::{GaveUp, News};
use outage::{Outage, Step};
pub use words::{NoticeText, bell, sentence, summary};

/// Data that are set aside are told at most so often.
const SET_ASIDE_EVERY: Duration = Duration::from_secs(60);

/// The notices of one page.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    board: Board,
    outage: Outage,
    /// The notice of the outage, while it is about that.
    of_outage: Option<NoticeId>,
    /// A topic was started anew while the others are still being joined.
    resynchronised: Option<Option<u64>>,
    /// Refusals that were told and stand.
    refused: Table<Topic, ()>,
    /// Figures whose warning was told and stands.
    slow: Table<&'static str, ()>,
    /// How many messages were set aside when that was last told, and when it was.
    set_aside: (u64, Option<Instant>),
    is_live: bool,
    is_automatic: bool,
    muted: BTreeSet<Notification>,
}

impl Notices {
    /// None yet, for a viewer who prefers this.
    #[must_use]
    pub fn new(preferences: &Preferences) -> Self {
        Self {
            board: Board::default(),
            outage: Outage::default(),
            of_outage: None,
            resynchronised: None,
            refused: Table::default(),
            slow: Table::default(),
            set_aside: (0, None),
            is_live: preferences.live_updates,
            is_automatic: preferences.recovery.auto_reconnect,
            muted: preferences.muted.clone(),
        }
    }

    /// Takes note of an event; whether anything changed for those who show it.
    pub fn hear(&mut self, now: Instant, event: &Event) -> bool {
        match event {
            Event::Status(StatusChange { to, reason, .. }) => {
                let step = self.outage.status(now, *to, *reason, self.is_automatic);
                self.step(now, step)
            }
            Event::CaughtUp(caught_up) => {
                let step = self.outage.caught_up(now, *caught_up);
                // A restored connection says itself that figures were loaded anew.
                if !matches!(step, Step::Stay | Step::Vanish) {
                    self.resynchronised = None;
                }
                let is_changed = self.step(now, step);
                self.tell_resynchronised(now) | is_changed
            }
            Event::Resynchronised { topic, missed, .. } => self.resynchronised(now, topic, *missed),
            Event::Refused { topic, reason } => {
                self.refused.insert(topic.clone(), ())
                    && self.tell(now, News::Refused { topic: topic.clone(), reason: reason.clone() })
            }
            Event::Problem(change) => self.problem(now, change),
            Event::Preferences(preferences) => self.preferences(now, preferences),
            Event::Batch(_) | Event::Rows(_) | Event::Deliveries(_) | Event::Mode(_) => false,
        }
    }

    /// So many messages were set aside since the start.
    pub fn set_aside(&mut self, now: Instant, total: u64) -> bool {
        let (told, at) = self.set_aside;
        let is_soon = at.is_some_and(|at| now.saturating_since(at) < SET_ASIDE_EVERY);
        if total <= told || is_soon {
            return false;
        }
        self.set_aside = (total, Some(now));
        self.tell(now, News::SetAside { messages: total - told })
    }

    /// The application has something to say.
    pub fn system(&mut self, now: Instant, text: String) -> bool {
        self.tell(now, News::System(text))
    }

    /// A part of the page could not be drawn.
    pub fn not_drawn(&mut self, now: Instant, part: String) -> bool {
        self.tell(now, News::NotDrawn { part })
    }

    /// Lets time pass; whether anything changed.
    pub fn tick(&mut self, now: Instant) -> bool {
        let step = self.outage.tick(now);
        let is_changed = self.step(now, step);
        let is_changed = self.tell_resynchronised(now) | is_changed;
        self.board.tick(now) | is_changed
    }

    /// While they are held, none goes away by itself.
    pub fn hold(&mut self, now: Instant, is_held: bool) -> bool {
        self.board.hold(now, is_held)
    }

    /// Takes a notice away.
    pub fn dismiss(&mut self, now: Instant, id: NoticeId) -> bool {
        self.board.remove(now, |notice| notice.id == id)
    }

    /// What is shown, the oldest first.
    #[must_use]
    pub fn shown(&self) -> &[Notice] {
        self.board.shown()
    }

    /// What was told, the oldest first; a bounded number.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &PastNotice> {
        self.board.history()
    }

    /// How many of the history nobody has looked at.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.board.unread()
    }

    /// The viewer has looked at the history.
    pub fn mark_read(&mut self) {
        self.board.mark_read();
    }

    /// Empties the history.
    pub fn clear(&mut self) {
        self.board.forget();
    }

    /// What is said of notices that came too soon after another to be announced by themselves.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        self.board.summary()
    }

    /// The viewer wants none at all.
    #[must_use]
    pub fn is_off(&self) -> bool {
        Notification::ALL.iter().all(|kind| self.muted.contains(kind))
    }

    fn is_muted(&self, news: &News) -> bool {
        news.notification().map_or_else(|| self.is_off(), |kind| self.muted.contains(&kind))
    }

    fn tell(&mut self, now: Instant, news: News) -> bool {
        let is_wanted = !self.is_muted(&news);
        if is_wanted {
            self.board.tell(now, news);
        }
        is_wanted
    }

    fn step(&mut self, now: Instant, step: Step) -> bool {
        let (news, is_end) = match step {
            Step::Stay => return false,
            Step::Vanish => {
                let gone = self.of_outage.take();
                return self.board.remove(now, |notice| Some(notice.id) == gone);
            }
            Step::Say(news) => (news, false),
            Step::End(news) => (news, true),
        };
        let before = if is_end { self.of_outage.take() } else { self.of_outage };
        if self.is_muted(&news) {
            return false;
        }
        let is_there = before.is_some_and(|id| self.board.change(now, id, &news));
        // A loss that the viewer took away is not told again when it gets worse.
        let is_dismissed = before.is_some() && !is_there && matches!(news, News::Lost | News::GaveUp(_));
        if !is_there && !is_dismissed {
            let id = self.board.tell(now, news);
            self.of_outage = (!is_end).then_some(id);
        }
        true
    }

    /// Rows that went by unseen do not come back, so that is always told; a view is whole again.
    fn resynchronised(&mut self, now: Instant, topic: &Topic, missed: Option<u64>) -> bool {
        match topic.kind() {
            TopicKind::View if self.outage.is_away() => {
                let before = self.resynchronised.unwrap_or_default();
                self.resynchronised = Some(before.max(missed));
                false
            }
            TopicKind::View | TopicKind::Table => self.tell(now, News::Resynchronised { missed }),
        }
    }

    fn tell_resynchronised(&mut self, now: Instant) -> bool {
        if self.outage.is_away() {
            return false;
        }
        self.resynchronised.take().is_some_and(|missed| self.tell(now, News::Resynchronised { missed }))
    }

    fn problem(&mut self, now: Instant, change: &ProblemChange) -> bool {
        match change {
            ProblemChange::Raised(Problem {
                kind: ProblemKind::Performance,
                source: Source::Figure(figure),
                text,
                ..
            }) => {
                let news = News::Slow { figure: (*figure).to_owned(), wrong: Some(text.clone()) };
                self.slow.insert(figure, ());
                self.tell(now, news)
            }
            ProblemChange::Raised(_) | ProblemChange::Changed(_) => false,
            ProblemChange::Recovered(problem) | ProblemChange::Dropped(problem) => match &problem.source {
                Source::Figure(figure) if self.slow.remove(figure).is_some() => {
                    self.tell(now, News::Slow { figure: (*figure).to_owned(), wrong: None })
                }
                Source::Topic(topic) => {
                    self.refused.remove(topic);
                    false
                }
                Source::Figure(_) | Source::Connection | Source::Messages => false,
            },
        }
    }

    fn preferences(&mut self, now: Instant, preferences: &Preferences) -> bool {
        self.is_automatic = preferences.recovery.auto_reconnect;
        self.muted.clone_from(&preferences.muted);
        let (muted, is_off) = (&self.muted, self.is_off());
        let is_unwanted =
            |notice: &Notice| notice.news.notification().map_or(is_off, |kind| muted.contains(&kind));
        self.board.remove(now, is_unwanted);
        let were_live = std::mem::replace(&mut self.is_live, preferences.live_updates);
        if were_live != self.is_live {
            if self.is_live {
                // No longer paused, and not yet live.
                self.step(now, Step::Vanish);
            }
            let step = self.outage.live(now, self.is_live);
            self.step(now, step);
        }
        // Whether they are off altogether is shown too.
        true
    }
}

#[cfg(test)]
mod tests;
