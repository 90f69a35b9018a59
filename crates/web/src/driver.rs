//! Runs a manager in the world around it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use realtime_manager::{Config, Event, Input, Instant, Manager, Output};

use crate::browser::Browser;
use crate::host::HostError;
use crate::outside::{Back, Outside, Start, Ticker};

/// What hears the events.
type OnEvent = dyn Fn(&Driver, Event);

/// A manager with its one socket, its one timer and its listeners.
///
/// Clones are handles of the same driver; with the last one everything is closed and removed.
#[derive(Clone)]
pub struct Driver {
    pub(crate) inner: Rc<Inner>,
}

pub(crate) struct Inner {
    this: Weak<Self>,
    outside: Rc<dyn Outside>,
    pub(crate) manager: RefCell<Manager>,
    on_event: Box<OnEvent>,
    pumping: Cell<bool>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("outside", &self.inner.outside).finish_non_exhaustive()
    }
}

impl Driver {
    /// A driver on the page that runs this code, disconnected.
    ///
    /// `on_event` is called once for each event, in order, never while another call of it runs.
    ///
    /// # Errors
    /// [`HostError`] when this is no page with a window, a document and a clock.
    pub fn new(config: Config, on_event: impl Fn(&Self, Event) + 'static) -> Result<Self, HostError> {
        Self::within(Rc::new(Browser::new()?), config, on_event)
    }

    pub(crate) fn within(
        outside: Rc<dyn Outside>,
        config: Config,
        on_event: impl Fn(&Self, Event) + 'static,
    ) -> Result<Self, HostError> {
        let Start { seed, hidden, stored } = outside.start();
        let mut manager = Manager::new(config, outside.now(), seed);
        if hidden {
            manager.handle_input(outside.now(), Input::Visibility { hidden: true });
        }
        if let Some(text) = stored {
            manager.handle_input(outside.now(), Input::Restored(&text));
        }
        let inner = Rc::new_cyclic(|this| Inner {
            this: this.clone(),
            outside,
            manager: RefCell::new(manager),
            on_event: Box::new(on_event),
            pumping: Cell::new(false),
        });
        inner.outside.attach(Back(inner.this.clone()))?;
        inner.pump();
        Ok(Self { inner })
    }

    /// The page's clock, as the manager counts it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.inner.outside.now()
    }

    /// Calls `tick` in every period until the ticker is dropped.
    ///
    /// # Errors
    /// [`HostError::Timer`] when the browser refuses.
    pub fn every(&self, period: Duration, tick: impl Fn() + 'static) -> Result<Ticker, HostError> {
        self.inner.outside.every(period, Box::new(tick))
    }
}

impl Inner {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Manager, Instant) -> T) -> T {
        let result = act(&mut self.manager.borrow_mut(), self.outside.now());
        self.pump();
        result
    }

    pub(crate) fn input(&self, input: Input<'_>) {
        self.with(|manager, now| manager.handle_input(now, input));
    }

    /// Carries out what the manager wants, until it waits.
    ///
    /// A callback may come back in here through the driver; the loop that runs already does the rest.
    fn pump(&self) {
        if self.pumping.replace(true) {
            return;
        }
        loop {
            let output = self.manager.borrow_mut().poll_output();
            match output {
                Output::Connect(attempt) => self.outside.open(attempt),
                Output::Transmit(attempt, text) => self.outside.send(attempt, &text),
                Output::Disconnect(attempt, code) => self.outside.close(attempt, code),
                Output::Fetch { fetch, path, etag } => self.outside.fetch(fetch, path, etag),
                Output::Persist(text) => self.outside.store(&text),
                Output::Event(event) => self.tell(event),
                Output::Wait(until) => {
                    self.outside.wait(until);
                    break;
                }
            }
        }
        self.pumping.set(false);
    }

    /// Tells the application; how long it took for a batch is known here only.
    fn tell(&self, event: Event) {
        let Some(inner) = self.this.upgrade() else { return };
        let is_batch = matches!(event, Event::Batch(_) | Event::Deliveries(_));
        let began = self.outside.now();
        (self.on_event)(&Driver { inner }, event);
        if is_batch {
            let now = self.outside.now();
            self.manager.borrow_mut().batch_took(now, now.saturating_since(began));
        }
    }
}
