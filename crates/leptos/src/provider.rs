//! The one driver of an application, and the signals that follow it.

use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::{Config, Event};
use realtime_web::{Driver, HostError};

use crate::shared::Shared;

/// How often ages, countdowns and rates are brought up to date.
const TICK: Duration = Duration::from_secs(1);

/// What [`provide_realtime`] needs to know.
#[derive(Debug, Clone, Default)]
pub struct RealtimeConfig {
    /// The manager's settings.
    pub manager: Config,
}

/// A hook was used outside of [`provide_realtime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no real-time provider above this component")
    }
}

impl std::error::Error for Missing {}

/// The driver of an application with its signals; a handle, and the last one ends both.
///
/// One page may have several roots: start it once, outside of all of them, and provide it in each.
///
/// ```no_run
/// use leptos::prelude::*;
/// use realtime_leptos::{Realtime, RealtimeConfig};
///
/// fn mount(header: leptos::web_sys::HtmlElement, board: leptos::web_sys::HtmlElement) {
///     let Ok(realtime) = Realtime::start(RealtimeConfig::default()) else { return };
///     let shared = realtime.clone();
///     mount_to(header, move || { shared.provide(); view! { <p>"…"</p> } }).forget();
///     mount_to(board, move || { realtime.provide(); view! { <p>"…"</p> } }).forget();
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Realtime {
    /// Holds the signals as long as anybody has the handle.
    _owner: Owner,
    shared: Shared,
}

/// Puts one driver into the context and connects it; both end with the current owner.
///
/// # Errors
/// [`HostError`] when this does not run on a page.
pub fn provide_realtime(config: RealtimeConfig) -> Result<(), HostError> {
    Realtime::start(config)?.provide();
    Ok(())
}

impl Realtime {
    /// Starts a driver and connects it.
    ///
    /// Started inside of a component it ends with that component, whoever else has a handle.
    ///
    /// # Errors
    /// [`HostError`] when this does not run on a page.
    pub fn start(config: RealtimeConfig) -> Result<Self, HostError> {
        Self::with(|on_event| Driver::new(config.manager, on_event))
    }

    /// The same in a played world.
    ///
    /// # Errors
    /// None, as a played world refuses nothing.
    #[cfg(any(test, feature = "testkit"))]
    pub fn scripted(
        config: RealtimeConfig,
        script: &std::rc::Rc<realtime_web::Script>,
    ) -> Result<Self, HostError> {
        Self::with(|on_event| Driver::scripted(config.manager, script, on_event))
    }

    fn with(
        drive: impl FnOnce(Box<dyn Fn(&Driver, Event)>) -> Result<Driver, HostError>,
    ) -> Result<Self, HostError> {
        let owner = Owner::new();
        let shared = owner.with(|| {
            let shared = Shared::new();
            let driver = drive(Box::new(move |driver, event| shared.hear(driver, event)))?;
            let ticker = driver.every(TICK, move || shared.tick())?;
            StoredValue::new_local(ticker);
            shared.begin(&driver);
            Ok::<_, HostError>(shared)
        })?;
        Ok(Self { _owner: owner, shared })
    }

    /// Puts the handle into the context of the current root.
    pub fn provide(&self) {
        provide_context(self.clone());
    }

    pub(crate) fn of_context() -> Result<Shared, Missing> {
        with_context(|realtime: &Self| realtime.shared).ok_or(Missing)
    }
}
