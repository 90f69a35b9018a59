//! The browser driver of the real-time manager.
//!
//! It opens sockets, sets the timer, watches the page and hands everything to the
//! [`Manager`](realtime_manager::Manager); it decides nothing about the protocol.
//! Everything it holds, it gives back when the last [`Driver`] is dropped.

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
