//! The browser driver of the real-time manager.
//!
//! It opens sockets, sets the timer, watches the page and hands everything to the
//! [`Manager`](realtime_manager::Manager); it decides nothing about the protocol.
//! Everything it holds, it gives back when the last [`Driver`] is dropped.
//!
//! ```no_run
//! use std::time::Duration;
//! use realtime_manager::{Config, Event};
//! use realtime_protocol::Topic;
//! use realtime_web::Driver;
//!
//! # fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let driver = Driver::new(Config::default(), |driver, event| {
//!     if let Event::Batch(updates) = event {
//!         for update in updates {
//!             let shown = driver.state(&update.topic); // all topics of a tick at once
//!             # drop(shown);
//!         }
//!     }
//! })?;
//! let metrics = driver.subscribe(Topic::view("metrics")?, Duration::from_secs(1));
//! driver.connect();
//! // … and when nobody shows it any more:
//! driver.unsubscribe(metrics);
//! # Ok(())
//! # }
//! ```

mod driver;
mod fetch;
mod host;
mod link;
mod listener;
mod page;
mod store;
mod timer;

pub use driver::Driver;
pub use host::{HostError, socket_url};
