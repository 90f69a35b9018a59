//! What the driver needs of the world around it: a page, or a script that plays one.

use std::fmt;
use std::rc::Weak;
use std::time::Duration;

use realtime_manager::{Attempt, Fetch, Input, Instant};
use realtime_protocol::close::CloseCode;

use crate::driver::Inner;
use crate::host::HostError;

/// What is known when the driver starts.
#[derive(Debug)]
pub(crate) struct Start {
    /// Decides all chance.
    pub(crate) seed: u64,
    /// Whether nobody sees the page.
    pub(crate) hidden: bool,
    /// The preferences that were stored.
    pub(crate) stored: Option<String>,
}

/// The world around the driver; it tells what happens there through [`Back`].
pub(crate) trait Outside: fmt::Debug {
    fn start(&self) -> Start;

    /// Begins to tell.
    fn attach(&self, back: Back) -> Result<(), HostError>;

    fn now(&self) -> Instant;

    /// Opens the socket of an attempt; that it cannot be opened is told as a close.
    fn open(&self, attempt: Attempt);

    fn send(&self, attempt: Attempt, text: &str);

    fn close(&self, attempt: Attempt, code: CloseCode);

    fn fetch(&self, fetch: Fetch, path: String, etag: Option<String>);

    fn store(&self, text: &str);

    /// Tells a timeout at that moment, and none that was asked for before.
    fn wait(&self, until: Option<Instant>);

    /// Calls `tick` again and again until the ticker is dropped.
    fn every(&self, period: Duration, tick: Box<dyn Fn()>) -> Result<Ticker, HostError>;
}

/// The way back to the driver, open as long as it is there.
#[derive(Clone)]
pub(crate) struct Back(pub(crate) Weak<Inner>);

impl Back {
    pub(crate) fn input(&self, input: Input<'_>) {
        if let Some(inner) = self.0.upgrade() {
            inner.input(input);
        }
    }
}

impl fmt::Debug for Back {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Back").finish_non_exhaustive()
    }
}

/// A callback that is called again and again; it ends with this.
#[derive(Debug)]
pub struct Ticker {
    _held: Box<dyn Held>,
}

/// What a ticker holds, whatever the world.
pub(crate) trait Held: fmt::Debug {}

impl<T: fmt::Debug> Held for T {}

impl Ticker {
    pub(crate) fn of(held: impl fmt::Debug + 'static) -> Self {
        Self { _held: Box::new(held) }
    }
}
