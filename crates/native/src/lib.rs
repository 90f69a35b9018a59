//! The tokio driver of the real-time manager: one loop that opens sockets and keeps time, and decides nothing.
//!
//! ```no_run
//! use std::time::Duration;
//! use realtime_manager::Config;
//! use realtime_native::{Client, websocket_url};
//! use realtime_protocol::Topic;
//!
//! # async fn watch() -> Result<(), Box<dyn std::error::Error>> {
//! let (handle, mut notices) = Client::spawn(websocket_url("ws://localhost:4000")?, Config::default(), 42);
//! handle.subscribe(Topic::view("metrics")?, Duration::from_secs(1)).await?;
//! handle.connect().await?;
//! while let Some(notice) = notices.recv().await {
//!     println!("{:?} {} {:?}", notice.at, notice.status, notice.event);
//! }
//! handle.close().await?;
//! # Ok(())
//! # }
//! ```

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

mod client;
mod driver;
mod fetch;
pub mod limits;
mod socket;
mod url;

pub use client::{Client, Ended, Handle};
pub use driver::Notice;
pub use url::{UrlError, websocket_url};
