//! The server's side of the real-time protocol: it follows a commit log, folds each commit into
//! live views and streams their changes to any number of viewers.
//!
//! [`hub::Hub`] and [`session::Session`] are machines without IO; [`Server`] drives them with tokio.
//! The crate knows no view's meaning: views come in as a [`Views`] object.
//!
//! After any call with `&mut` a session is drained to [`session::Output::Wait`]; that loop is a driver's whole work:
//!
//! ```
//! use std::time::Duration;
//!
//! use realtime_protocol::{Delta, Epoch, Position, State};
//! use realtime_server::hub::Hub;
//! use realtime_server::session::{Now, Output, Session};
//! use realtime_server::{FoldError, Views};
//!
//! /// One view that never changes.
//! struct Still;
//!
//! impl Views for Still {
//!     fn names(&self) -> &'static [&'static str] {
//!         &["still"]
//!     }
//!     fn fold(&mut self, _: &changelog::Commit) -> Result<(), FoldError> {
//!         Ok(())
//!     }
//!     fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
//!         Vec::new()
//!     }
//!     fn state(&self, _: &str) -> Option<State> {
//!         Some(State::default())
//!     }
//! }
//!
//! fn drain(session: &mut Session, hub: &mut Hub, now: Now) -> (Vec<bytes::Bytes>, Duration) {
//!     let mut written = Vec::new();
//!     loop {
//!         match session.poll_output() {
//!             Output::Send(frame) => written.push(frame),
//!             Output::Subscribe { join, topic, class, position } => {
//!                 let answer = hub.subscribe(&topic, class, position.as_ref());
//!                 if !session.handle_joined(now, join, &topic, answer) {
//!                     hub.leave(&topic, class);
//!                 }
//!             }
//!             Output::Unsubscribe { topic, class } => hub.leave(&topic, class),
//!             Output::Read(_) => {}      // read the log and answer with `handle_rows`
//!             Output::Close(..) => {}    // write a close frame and end
//!             Output::Wait(until) => return (written, until),
//!         }
//!     }
//! }
//!
//! let now = Now { instant: Duration::ZERO, wall_ms: 0 };
//! let start = Position { epoch: Epoch::new("e"), offset: 0 };
//! let mut hub = Hub::new(start, Box::new(Still));
//! let mut session = Session::new(Epoch::new("e"), 0, "1", now);
//! session.handle_text(now, r#"["1","1","view:still","phx_join",{}]"#);
//! let (written, until) = drain(&mut session, &mut hub, now);
//! assert_eq!((written.len(), hub.groups()), (1, 1));
//! assert_eq!(until, Duration::from_secs(2)); // then a beat is due
//! ```

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

pub mod assets;
mod follow;
mod history;
mod http;
pub mod hub;
pub mod limits;
mod linger;
mod listen;
mod metrics;
mod problem;
mod reader;
pub mod rows;
mod selection;
mod serve;
pub mod session;
mod sources;
mod system;
mod tables;
mod tail;
mod views;
mod wire;
mod ws;

pub use follow::{FollowError, HubHandle, Stopped};
pub use metrics::{Counters, Metrics};
pub use problem::{FieldError, Problem};
pub use reader::{ReadError, read_rows};
pub use selection::{Selection, SelectionError};
pub use serve::{Server, ServerConfig, ServerError};
pub use tables::{RowError, Tables};
pub use views::{FoldError, Views, invert};
