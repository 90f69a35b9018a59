//! The page that runs this code, as the driver's world.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use realtime_manager::{Attempt, Fetch, Input, Instant};
use realtime_protocol::close::CloseCode;
use wasm_bindgen_futures::spawn_local;

use crate::fetch;
use crate::host::{Host, HostError};
use crate::link::{Link, Report};
use crate::listener::Listener;
use crate::outside::{Back, Outside, Start, Ticker};
use crate::page::{self, Sign};
use crate::store;
use crate::timer::{Interval, Timer};

/// One socket, one timer, and the listeners of the page.
#[derive(Debug)]
pub(crate) struct Browser {
    host: Host,
    url: String,
    back: OnceCell<Back>,
    link: Rc<RefCell<Option<Link>>>,
    timer: RefCell<Option<Timer>>,
    listeners: RefCell<Vec<Listener>>,
}

impl Browser {
    pub(crate) fn new() -> Result<Self, HostError> {
        let host = Host::of_page()?;
        let url = host.socket_url()?;
        Ok(Self {
            host,
            url,
            back: OnceCell::new(),
            link: Rc::default(),
            timer: RefCell::new(None),
            listeners: RefCell::new(Vec::new()),
        })
    }

    fn tell(&self, input: Input<'_>) {
        if let Some(back) = self.back.get() {
            back.input(input);
        }
    }
}

impl Outside for Browser {
    fn start(&self) -> Start {
        Start { seed: self.host.seed(), hidden: self.host.hidden(), stored: store::read(&self.host) }
    }

    fn attach(&self, back: Back) -> Result<(), HostError> {
        let (told, host, link) = (back.clone(), self.host.clone(), self.link.clone());
        let mut listeners = page::watch(&self.host, move |sign| {
            if sign == Sign::Left {
                let_go(&link, &told);
            }
            for input in sign.inputs(host.hidden()) {
                told.input(input);
            }
        })?;
        let told = back.clone();
        listeners.push(store::watch(&self.host, move |text| told.input(Input::Restored(text)))?);
        *self.listeners.borrow_mut() = listeners;
        // A second driver never attaches to the same world.
        self.back.set(back).ok();
        Ok(())
    }

    fn now(&self) -> Instant {
        self.host.now()
    }

    fn open(&self, attempt: Attempt) {
        let Some(back) = self.back.get().cloned() else { return };
        let opened = Link::open(&self.url, attempt, move |attempt, report| match report {
            Report::Opened => back.input(Input::Opened(attempt)),
            Report::Received(text) => back.input(Input::Received(attempt, &text)),
            Report::Closed(code, text) => back.input(Input::Closed(attempt, code, &text)),
        });
        match opened {
            Ok(link) => *self.link.borrow_mut() = Some(link),
            Err(_) => self.tell(Input::Closed(attempt, None, "")),
        }
    }

    fn send(&self, attempt: Attempt, text: &str) {
        let sent = match self.link.borrow().as_ref() {
            Some(link) if link.attempt == attempt => link.send(text),
            _ => return,
        };
        if sent.is_err() {
            self.tell(Input::Closed(attempt, None, ""));
        }
    }

    fn close(&self, attempt: Attempt, code: CloseCode) {
        let link = self.link.borrow_mut().take_if(|link| link.attempt == attempt);
        if let Some(link) = link {
            link.close(code);
        }
    }

    fn fetch(&self, fetch: Fetch, path: String, etag: Option<String>) {
        let Some(back) = self.back.get().cloned() else { return };
        let window = self.host.window.clone();
        // It ends by its own time limit, and then finds nobody when the driver is gone.
        spawn_local(async move {
            let answer = fetch::get(&window, &path, etag.as_deref()).await.ok();
            let answer = answer.as_ref().map(|(status, body)| (*status, body.as_str()));
            back.input(Input::Fetched(fetch, answer));
        });
    }

    fn store(&self, text: &str) {
        store::write(&self.host, text);
    }

    fn wait(&self, until: Option<Instant>) {
        let Some((until, back)) = until.zip(self.back.get().cloned()) else {
            self.timer.replace(None);
            return;
        };
        let wait = until.0.saturating_sub(self.host.now().0);
        let timer = Timer::after(&self.host.window, wait, move || back.input(Input::Timeout));
        self.timer.replace(timer.ok());
    }

    fn every(&self, period: Duration, tick: Box<dyn Fn()>) -> Result<Ticker, HostError> {
        let interval = Interval::every(&self.host.window, period, tick).map_err(|_| HostError::Timer)?;
        Ok(Ticker::of(interval))
    }
}

/// A page that is left keeps no socket: the browser closes it at a moment of its own and may not say so.
fn let_go(link: &RefCell<Option<Link>>, back: &Back) {
    let link = link.borrow_mut().take();
    if let Some(link) = link {
        back.input(Input::Closed(link.attempt, None, ""));
    }
}
