//! The browser driver of the real-time manager.
//!
//! It opens sockets, sets the timer, watches the page and hands everything to the
//! [`Manager`](realtime_manager::Manager); it decides nothing about the protocol.
//! Everything it holds, it gives back when the last [`Driver`] is dropped.
//!
//! ```no_run
//! use realtime_manager::{Config, Event, Options};
//! use realtime_protocol::Topic;
//! use realtime_web::Driver;
//!
//! # fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let driver = Driver::new(Config::default(), |driver, event| {
//!     if let Event::Deliveries(due) = event {
//!         for delivery in due {
//!             let shown = driver.state(&delivery.topic); // all topics of a tick at once
//!             # drop(shown);
//!         }
//!     }
//! })?;
//! let metrics = driver.subscribe_at(Topic::view("metrics")?, Options::default());
//! driver.connect();
//! // … and when nobody shows it any more:
//! driver.unsubscribe(metrics);
//! # Ok(())
//! # }
//! ```

mod browser;
mod commands;
mod driver;
mod fetch;
mod host;
mod link;
mod listener;
mod outside;
mod page;
#[cfg(feature = "testkit")]
mod played_server;
#[cfg(feature = "testkit")]
mod script;
mod store;
mod timer;

pub use driver::Driver;
pub use host::{HostError, socket_url};
pub use outside::Ticker;
#[cfg(feature = "testkit")]
pub use {played_server::PlayedServer, script::Script};
