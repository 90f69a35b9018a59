//! The server's side of the real-time protocol: it follows a commit log, folds each commit into
//! live views and streams their changes to any number of viewers.
//!
//! [`hub::Hub`] and [`session::Session`] are machines without IO; [`Server`] drives them with tokio.
//! The crate knows no view's meaning: views come in as a [`Views`] object.

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

pub mod assets;
mod follow;
mod history;
mod http;
pub mod hub;
pub mod limits;
mod metrics;
mod problem;
mod reader;
pub mod rows;
mod serve;
pub mod session;
mod tables;
mod tail;
mod views;
mod wire;
mod ws;

pub use follow::{FollowError, HubHandle, Stopped};
pub use metrics::Metrics;
pub use problem::{FieldError, Problem};
pub use reader::{ReadError, read_rows};
pub use serve::{Server, ServerConfig, ServerError};
pub use tables::{RowError, Tables};
pub use views::{FoldError, Views, invert};
