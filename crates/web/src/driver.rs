//! Runs a manager on a page.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use realtime_manager::{
    Attempt, Config, Event, Fetch, Health, Input, Instant, Manager, Output, Preferences, Status,
    SubscriptionId, SubscriptionInfo,
};
use realtime_protocol::close::CloseCode;
use realtime_protocol::{Position, State, Topic};
use wasm_bindgen_futures::spawn_local;

use crate::fetch;
use crate::host::{Host, HostError};
use crate::link::{Link, Report};
use crate::listener::Listener;
use crate::page::{self, Sign};
use crate::store;
use crate::timer::Timer;

/// What hears the events.
type OnEvent = dyn Fn(&Driver, Event);

/// A manager with its one socket, its one timer and its listeners.
///
/// Clones are handles of the same driver; with the last one everything is closed and removed.
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

struct Inner {
    this: Weak<Self>,
    host: Host,
    url: String,
    manager: RefCell<Manager>,
    on_event: Box<OnEvent>,
    pumping: Cell<bool>,
    link: RefCell<Option<Link>>,
    timer: RefCell<Option<Timer>>,
    listeners: RefCell<Vec<Listener>>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("url", &self.inner.url).finish_non_exhaustive()
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
        let host = Host::of_page()?;
        let url = host.socket_url()?;
        let mut manager = Manager::new(config, host.now(), host.seed());
        if host.hidden() {
            manager.handle_input(host.now(), Input::Visibility { hidden: true });
        }
        if let Some(text) = store::read(&host) {
            manager.handle_input(host.now(), Input::Restored(&text));
        }
        let inner = Rc::new_cyclic(|this| Inner {
            this: this.clone(),
            host,
            url,
            manager: RefCell::new(manager),
            on_event: Box::new(on_event),
            pumping: Cell::new(false),
            link: RefCell::new(None),
            timer: RefCell::new(None),
            listeners: RefCell::new(Vec::new()),
        });
        inner.watch_page()?;
        inner.watch_store()?;
        inner.pump();
        Ok(Self { inner })
    }

    /// The page's clock, as the manager counts it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.inner.host.now()
    }

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

    /// Asks for `topic`, at most one update in `throttle`.
    #[must_use]
    pub fn subscribe(&self, topic: Topic, throttle: Duration) -> SubscriptionId {
        self.inner.with(|manager, now| manager.subscribe(now, topic, throttle))
    }

    /// Sets the token that joins carry from now on; joined topics are told of it in place.
    pub fn set_token(&self, token: Option<String>) {
        self.inner.with(|manager, now| manager.set_token(now, token));
    }

    /// Gives a subscription back.
    pub fn unsubscribe(&self, id: SubscriptionId) {
        self.inner.with(|manager, now| manager.unsubscribe(now, id));
    }

    /// What the viewer prefers.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        self.inner.manager.borrow().preferences().clone()
    }

    /// Takes over what the viewer prefers, for this page, all others of this address, and the next visit.
    pub fn set_preferences(&self, preferences: Preferences) {
        self.inner.with(|manager, now| manager.set_preferences(now, preferences));
    }

    /// The status now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.inner.manager.borrow().status()
    }

    /// The state of the connection now.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.manager.borrow().health(self.now())
    }

    /// All subscribed topics.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.inner.manager.borrow().subscriptions()
    }

    /// A copy of what is held of `topic`, with its position.
    #[must_use]
    pub fn state(&self, topic: &Topic) -> Option<(State, Position)> {
        let manager = self.inner.manager.borrow();
        Some((manager.state(topic)?.clone(), manager.position(topic)?.clone()))
    }

    /// The server's wall clock in milliseconds since 1970, where it is known.
    #[must_use]
    pub fn server_time_ms(&self) -> Option<u64> {
        self.inner.manager.borrow().server_time_ms(self.now())
    }
}

impl Inner {
    fn with<T>(&self, act: impl FnOnce(&mut Manager, Instant) -> T) -> T {
        let result = act(&mut self.manager.borrow_mut(), self.host.now());
        self.pump();
        result
    }

    fn input(&self, input: Input<'_>) {
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
                Output::Connect(attempt) => self.open(attempt),
                Output::Transmit(attempt, text) => self.transmit(attempt, &text),
                Output::Disconnect(attempt, code) => self.close(attempt, code),
                Output::Fetch { fetch, path, etag } => self.fetch(fetch, path, etag),
                Output::Persist(text) => store::write(&self.host, &text),
                Output::Event(event) => self.tell(event),
                Output::Wait(until) => {
                    self.wait(until);
                    break;
                }
            }
        }
        self.pumping.set(false);
    }

    /// Tells the application; how long it took for a batch is known here only.
    fn tell(&self, event: Event) {
        let Some(inner) = self.this.upgrade() else { return };
        let is_batch = matches!(event, Event::Batch(_));
        let began = self.host.now();
        (self.on_event)(&Driver { inner }, event);
        if is_batch {
            let now = self.host.now();
            self.manager.borrow_mut().batch_took(now, now.saturating_since(began));
        }
    }

    fn open(&self, attempt: Attempt) {
        let this = self.this.clone();
        let opened = Link::open(&self.url, attempt, move |attempt, report| {
            let Some(inner) = this.upgrade() else { return };
            match report {
                Report::Opened => inner.input(Input::Opened(attempt)),
                Report::Received(text) => inner.input(Input::Received(attempt, &text)),
                Report::Closed(code, text) => inner.input(Input::Closed(attempt, code, &text)),
            }
        });
        match opened {
            Ok(link) => *self.link.borrow_mut() = Some(link),
            Err(_) => self.input(Input::Closed(attempt, None, "")),
        }
    }

    fn transmit(&self, attempt: Attempt, text: &str) {
        let sent = match self.link.borrow().as_ref() {
            Some(link) if link.attempt == attempt => link.send(text),
            _ => return,
        };
        if sent.is_err() {
            self.input(Input::Closed(attempt, None, ""));
        }
    }

    fn close(&self, attempt: Attempt, code: CloseCode) {
        let link = self.link.borrow_mut().take_if(|link| link.attempt == attempt);
        if let Some(link) = link {
            link.close(code);
        }
    }

    fn fetch(&self, fetch: Fetch, path: String, etag: Option<String>) {
        let (this, window) = (self.this.clone(), self.host.window.clone());
        // It ends by its own time limit, and then finds nobody when the driver is gone.
        spawn_local(async move {
            let answer = fetch::get(&window, &path, etag.as_deref()).await.ok();
            if let Some(inner) = this.upgrade() {
                let answer = answer.as_ref().map(|(status, body)| (*status, body.as_str()));
                inner.input(Input::Fetched(fetch, answer));
            }
        });
    }

    fn wait(&self, until: Option<Instant>) {
        let Some(until) = until else {
            self.timer.replace(None);
            return;
        };
        let wait = until.0.saturating_sub(self.host.now().0);
        let this = self.this.clone();
        let timer = Timer::after(&self.host.window, wait, move || {
            if let Some(inner) = this.upgrade() {
                inner.input(Input::Timeout);
            }
        });
        self.timer.replace(timer.ok());
    }

    fn watch_page(&self) -> Result<(), HostError> {
        let this = self.this.clone();
        let signs = page::watch(&self.host, move |sign| {
            if let Some(inner) = this.upgrade() {
                inner.see(sign);
            }
        })?;
        *self.listeners.borrow_mut() = signs;
        Ok(())
    }

    fn watch_store(&self) -> Result<(), HostError> {
        let this = self.this.clone();
        let listener = store::watch(&self.host, move |text| {
            if let Some(inner) = this.upgrade() {
                inner.input(Input::Restored(text));
            }
        })?;
        self.listeners.borrow_mut().push(listener);
        Ok(())
    }

    fn see(&self, sign: Sign) {
        if sign == Sign::Left {
            self.let_go();
        }
        for input in sign.inputs(self.host.hidden()) {
            self.input(input);
        }
    }

    /// A page that is left keeps no socket: the browser closes it at a moment of its own and may not say so.
    fn let_go(&self) {
        let link = self.link.borrow_mut().take();
        if let Some(link) = link {
            self.input(Input::Closed(link.attempt, None, ""));
        }
    }
}
