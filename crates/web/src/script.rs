//! A world that is played: its clock is moved by hand, and its sockets are answered by hand.
//!
//! It touches no browser, so that what stands on a driver can be tested on the host, and a page can show
//! every state of a connection without one.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use realtime_manager::{Attempt, Config, Event, Fetch, Input, Instant};
use realtime_protocol::close::CloseCode;

use crate::driver::Driver;
use crate::host::HostError;
use crate::outside::{Back, Outside, Start, Ticker};

struct Tick(Box<dyn Fn()>);

impl std::fmt::Debug for Tick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tick(…)")
    }
}

/// A callback that is due again and again.
#[derive(Clone)]
struct Ticking {
    period: Duration,
    due: Instant,
    tick: Weak<Tick>,
}

/// A played world, at the moment 0, seen, with a network and nothing stored.
#[derive(Default)]
pub struct Script {
    seed: u64,
    now: Cell<Instant>,
    back: RefCell<Option<Back>>,
    attempt: Cell<Option<Attempt>>,
    sent: RefCell<Vec<String>>,
    fetches: RefCell<Vec<Fetch>>,
    stored: RefCell<Option<String>>,
    wait: Cell<Option<Instant>>,
    ticking: RefCell<Vec<Ticking>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("now", &self.now.get()).finish_non_exhaustive()
    }
}

impl Driver {
    /// A driver in a played world, disconnected.
    ///
    /// # Errors
    /// None: a played world refuses nothing.
    pub fn scripted(
        config: Config,
        script: &Rc<Script>,
        on_event: impl Fn(&Self, Event) + 'static,
    ) -> Result<Self, HostError> {
        Self::within(script.clone(), config, on_event)
    }
}

impl Script {
    /// A world in which `seed` decides all chance.
    #[must_use]
    pub fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self { seed, ..Self::default() })
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now.get()
    }

    /// The attempt whose socket is wanted now.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        self.attempt.get()
    }

    /// What was sent since this was last asked.
    #[must_use]
    pub fn take_sent(&self) -> Vec<String> {
        self.sent.take()
    }

    /// Requests over HTTP since this was last asked.
    #[must_use]
    pub fn take_fetches(&self) -> Vec<Fetch> {
        self.fetches.take()
    }

    /// The text that was last stored.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        self.stored.borrow().clone()
    }

    /// Something happens.
    pub fn input(&self, input: Input<'_>) {
        if let Input::Closed(attempt, ..) = input
            && self.attempt.get() == Some(attempt)
        {
            self.attempt.set(None);
        }
        let back = self.back.borrow().clone();
        if let Some(back) = back {
            back.input(input);
        }
    }

    /// Lets time pass, with every timeout and tick at its moment.
    pub fn advance(&self, by: Duration) {
        let end = self.now.get() + by;
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            self.now.set(self.now.get().max(due));
            if self.wait.get().is_some_and(|until| until <= self.now.get()) {
                self.wait.set(None);
                self.input(Input::Timeout);
            }
            self.tick();
        }
        self.now.set(end);
    }

    fn next_due(&self) -> Option<Instant> {
        let ticks = self.ticking.borrow().iter().map(|each| each.due).min();
        [self.wait.get(), ticks].into_iter().flatten().min()
    }

    fn tick(&self) {
        let now = self.now.get();
        let mut due = Vec::new();
        self.ticking.borrow_mut().retain_mut(|each| {
            let Some(tick) = each.tick.upgrade() else { return false };
            if each.due <= now {
                each.due = now + each.period;
                due.push(tick);
            }
            true
        });
        for tick in due {
            (tick.0)();
        }
    }
}

impl Outside for Script {
    fn start(&self) -> Start {
        Start { seed: self.seed, hidden: false, stored: self.stored() }
    }

    fn attach(&self, back: Back) -> Result<(), HostError> {
        *self.back.borrow_mut() = Some(back);
        Ok(())
    }

    fn now(&self) -> Instant {
        self.now.get()
    }

    fn open(&self, attempt: Attempt) {
        self.attempt.set(Some(attempt));
    }

    fn send(&self, attempt: Attempt, text: &str) {
        if self.attempt.get() == Some(attempt) {
            self.sent.borrow_mut().push(text.to_owned());
        }
    }

    fn close(&self, attempt: Attempt, _code: CloseCode) {
        if self.attempt.get() == Some(attempt) {
            self.attempt.set(None);
        }
    }

    fn fetch(&self, fetch: Fetch, _path: String, _etag: Option<String>) {
        self.fetches.borrow_mut().push(fetch);
    }

    fn store(&self, text: &str) {
        *self.stored.borrow_mut() = Some(text.to_owned());
    }

    fn wait(&self, until: Option<Instant>) {
        self.wait.set(until);
    }

    fn every(&self, period: Duration, tick: Box<dyn Fn()>) -> Result<Ticker, HostError> {
        let tick = Rc::new(Tick(tick));
        let due = self.now.get() + period;
        self.ticking.borrow_mut().push(Ticking { period, due, tick: Rc::downgrade(&tick) });
        Ok(Ticker::of(tick))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use realtime_manager::Status;

    #[test]
    fn a_played_world_runs_timers_and_ticks_in_their_order() {
        let script = Script::new(1);
        let statuses = Rc::new(RefCell::new(Vec::new()));
        let seen = statuses.clone();
        let driver = Driver::scripted(Config::default(), &script, move |_, event| {
            if let Event::Status(change) = event {
                seen.borrow_mut().push(change.to);
            }
        })
        .unwrap();
        let ticks = Rc::new(Cell::new(0));
        let counted = ticks.clone();
        let ticker = driver.every(Duration::from_secs(1), move || counted.set(counted.get() + 1)).unwrap();
        driver.connect();
        assert_eq!(script.attempt(), Some(Attempt(1)));
        script.input(Input::Opened(Attempt(1)));
        assert!(script.take_sent()[0].contains("heartbeat"));
        // Nobody answers the first heartbeat: the attempt ends after its time.
        script.advance(Duration::from_millis(10_500));
        assert_eq!(*statuses.borrow(), [Status::Connecting, Status::Reconnecting]);
        assert_eq!((ticks.get(), script.attempt()), (10, None));
        drop(ticker);
        script.advance(Duration::from_secs(5));
        assert_eq!(ticks.get(), 10);
    }
}
