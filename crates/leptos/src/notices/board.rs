//! Notices on show, those that wait for a place, and the history.

use std::collections::VecDeque;
use std::time::Duration;

use realtime_manager::Instant;

use super::announcer::{Announcer, Summary};
use super::news::News;

/// More at once is a wall, not a notice.
pub(crate) const SHOWN_MAX: usize = 3;
/// What waits longer than for so many others is in the history only.
const WAITING_MAX: usize = 12;
/// The history; an evening's worth.
const HISTORY_MAX: usize = 50;

/// Names one notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId(u64);

/// A notice on show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its name, which it keeps when its news change.
    pub id: NoticeId,
    /// What it says.
    pub news: News,
    /// How many times it happened.
    pub count: u64,
    /// Whether it is kept from screen readers, because it is in the next summary.
    pub is_quiet: bool,
    /// How much longer it is shown; absent for what is shown until it ends.
    left: Option<Duration>,
}

/// A notice in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastNotice {
    /// The notice; one notice may have said several things in turn.
    pub id: NoticeId,
    /// What it said.
    pub news: News,
    /// How many times it happened.
    pub count: u64,
    /// When it last happened.
    pub at: Instant,
    /// The viewer has looked at it.
    pub is_read: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Board {
    made: u64,
    shown: Vec<Notice>,
    waiting: VecDeque<Notice>,
    history: VecDeque<PastNotice>,
    announcer: Announcer,
    is_held: bool,
    looked: Instant,
}

impl Board {
    pub(crate) fn shown(&self) -> &[Notice] {
        &self.shown
    }

    /// The oldest first.
    pub(crate) fn history(&self) -> impl DoubleEndedIterator<Item = &PastNotice> {
        self.history.iter()
    }

    pub(crate) fn summary(&self) -> Option<&Summary> {
        self.announcer.said()
    }

    /// Tells `news`, together with what is told of the same matter.
    pub(crate) fn tell(&mut self, now: Instant, news: News) -> NoticeId {
        let same = self.all_mut().find_map(|notice| Some((notice.id, notice.news.with(&news)?)));
        if let Some((id, merged)) = same {
            self.change(now, id, &merged);
            return id;
        }
        self.made += 1;
        let id = NoticeId(self.made);
        let left = news.shown_for();
        self.remember(now, id, &news, 1);
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Notice { id, news, count: 1, is_quiet: false, left });
        self.fill(now);
        id
    }

    /// The notice says something else from now on; whether it is there at all.
    pub(crate) fn change(&mut self, now: Instant, id: NoticeId, news: &News) -> bool {
        let passed = now.saturating_since(self.looked);
        let Some(notice) = self.all_mut().find(|notice| notice.id == id) else { return false };
        let count = if news.is_state() { 1 } else { notice.count + 1 };
        let left = news.shown_for().map(|left| left + passed);
        (notice.news, notice.count, notice.left) = (news.clone(), count, left);
        if self.shown.iter().any(|notice| notice.id == id) {
            let is_quiet = !self.announcer.may_say(now, news);
            for notice in self.shown.iter_mut().filter(|notice| notice.id == id) {
                notice.is_quiet = is_quiet;
            }
        }
        self.remember(now, id, news, count);
        true
    }

    /// Takes away those that `is_over` names; whether any was.
    pub(crate) fn remove(&mut self, now: Instant, is_over: impl Fn(&Notice) -> bool) -> bool {
        let before = self.shown.len() + self.waiting.len();
        self.shown.retain(|notice| !is_over(notice));
        self.waiting.retain(|notice| !is_over(notice));
        let is_changed = before != self.shown.len() + self.waiting.len();
        self.fill(now);
        is_changed
    }

    /// While it is held nothing gets older: somebody reads or is about to press.
    pub(crate) fn hold(&mut self, now: Instant, is_held: bool) -> bool {
        let is_changed = self.tick(now);
        self.is_held = is_held;
        is_changed
    }

    /// Lets time pass; whether that changed anything.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        let passed = now.saturating_since(self.looked);
        self.looked = now;
        let mut is_changed = self.announcer.tick(now);
        if !self.is_held {
            for left in self.shown.iter_mut().filter_map(|notice| notice.left.as_mut()) {
                *left = left.saturating_sub(passed);
            }
            is_changed |= self.remove(now, |notice| notice.left == Some(Duration::ZERO));
        }
        is_changed
    }

    pub(crate) fn unread(&self) -> usize {
        self.history.iter().filter(|past| !past.is_read).count()
    }

    pub(crate) fn mark_read(&mut self) {
        self.history.iter_mut().for_each(|past| past.is_read = true);
    }

    pub(crate) fn forget(&mut self) {
        self.history.clear();
    }

    /// Notices that wait take the free places.
    fn fill(&mut self, now: Instant) {
        // What is told between two ticks is shown from now on, not from the last tick.
        let passed = now.saturating_since(self.looked);
        while self.shown.len() < SHOWN_MAX {
            let Some(mut notice) = self.waiting.pop_front() else { return };
            notice.is_quiet = !self.announcer.may_say(now, &notice.news);
            notice.left = notice.left.map(|left| left + passed);
            self.shown.push(notice);
        }
    }

    fn remember(&mut self, now: Instant, id: NoticeId, news: &News, count: u64) {
        let same = self.history.iter_mut().find(|past| past.id == id && past.news.kind() == news.kind());
        let past = PastNotice { id, news: news.clone(), count, at: now, is_read: false };
        if let Some(same) = same {
            *same = past;
            return;
        }
        if self.history.len() >= HISTORY_MAX {
            self.history.pop_front();
        }
        self.history.push_back(past);
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Notice> {
        self.shown.iter_mut().chain(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn system(text: &str) -> News {
        News::System(text.to_owned())
    }

    fn texts(board: &Board) -> Vec<String> {
        let of = |notice: &Notice| match &notice.news {
            News::System(text) => text.clone(),
            other => other.kind().to_owned(),
        };
        board.shown().iter().map(of).collect()
    }

    #[test]
    fn three_are_shown_and_the_others_wait_for_a_place() {
        let mut board = Board::default();
        for text in ["a", "b", "c", "d"] {
            board.tell(at(0), system(text));
        }
        assert_eq!(texts(&board), ["a", "b", "c"]);
        let first = board.shown()[0].id;
        assert!(board.remove(at(1), |notice| notice.id == first));
        assert_eq!(texts(&board), ["b", "c", "d"]);
        // The one that waited is shown as long as any other.
        assert!(board.tick(at(12)));
        assert_eq!(texts(&board), ["d"]);
        assert!(board.tick(at(13)));
        assert_eq!(texts(&board), [""; 0]);
    }

    #[test]
    fn what_happens_again_is_one_notice_with_a_count() {
        let mut board = Board::default();
        let refused = |name: &str| News::Refused {
            topic: realtime_protocol::Topic::view(name).unwrap(),
            reason: "unknown".to_owned(),
        };
        board.tell(at(0), refused("a"));
        board.tell(at(1), refused("b"));
        board.tell(at(2), News::SetAside { messages: 2 });
        board.tell(at(3), News::SetAside { messages: 5 });
        let said: Vec<_> = board.shown().iter().map(|notice| (notice.news.clone(), notice.count)).collect();
        assert_eq!(said, [(refused("b"), 2), (News::SetAside { messages: 7 }, 1)]);
        assert_eq!((board.history().count(), board.unread()), (2, 2));
    }

    /// Behaviour: B62 — broken by: letting time pass while notices are held
    #[test]
    fn while_somebody_reads_nothing_goes_away() {
        let mut board = Board::default();
        board.tell(at(0), system("a"));
        board.hold(at(10), true);
        assert!(!board.tick(at(1000)));
        assert_eq!(texts(&board), ["a"]);
        board.hold(at(1001), false);
        assert!(!board.tick(at(1002)));
        assert!(board.tick(at(1003)));
        assert_eq!(texts(&board), [""; 0]);
    }

    /// Behaviour: B62 — broken by: keeping every notice audible; a history without an end
    #[test]
    fn only_the_first_is_announced_by_itself_and_the_history_keeps_fifty() {
        let mut board = Board::default();
        for n in 0..60 {
            board.tell(at(0), system(&n.to_string()));
        }
        let quiet: Vec<bool> = board.shown().iter().map(|notice| notice.is_quiet).collect();
        assert_eq!(quiet, [false, true, true]);
        assert!(board.tick(at(10)));
        assert_eq!(board.summary().map(|summary| summary.count), Some(2));
        assert_eq!(board.history().count(), HISTORY_MAX);
        assert_eq!(board.history().next().map(|past| &past.news), Some(&system("10")));
        assert_eq!(board.waiting.len(), WAITING_MAX);
        board.mark_read();
        assert_eq!(board.unread(), 0);
        board.tell(at(11), system("new"));
        assert_eq!(board.unread(), 1);
        board.forget();
        assert_eq!(board.history().count(), 0);
    }
}
