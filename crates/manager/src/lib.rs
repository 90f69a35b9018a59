//! The client side of the real-time protocol as a machine without IO.
//!
//! After any call with `&mut`, drain [`Manager::poll_output`] to [`Output::Wait`]; then wait for that
//! moment, a message, or a command. There is no clock, no chance and no waiting inside: `now` and the
//! seed come from the driver, whose whole work is this loop:
//!
//! ```
//! use std::time::Duration;
//! use realtime_manager::{Attempt, Config, Event, Input, Instant, Manager, Output, Status};
//! use realtime_protocol::Topic;
//!
//! fn drain(manager: &mut Manager, events: &mut Vec<Event>) -> (Vec<String>, Option<Instant>) {
//!     let mut sent = Vec::new();
//!     loop {
//!         match manager.poll_output() {
//!             Output::Connect(_attempt) => {}           // open a socket
//!             Output::Transmit(_attempt, text) => sent.push(text),
//!             Output::Disconnect(_attempt, _code) => {} // close the socket
//!             Output::Fetch { .. } => {}                // ask over HTTP
//!             Output::Event(event) => events.push(event),
//!             Output::Persist(_text) => {}              // store it for the next start
//!             Output::Wait(until) => return (sent, until),
//!         }
//!     }
//! }
//!
//! let now = Instant(Duration::ZERO);
//! let mut manager = Manager::new(Config::default(), now, 42);
//! let mut events = Vec::new();
//! manager.subscribe(now, Topic::view("metrics")?, Duration::from_secs(1));
//! manager.connect(now);
//! drain(&mut manager, &mut events);
//! assert_eq!(manager.status(), Status::Connecting);
//!
//! manager.handle_input(now, Input::Opened(Attempt(1)));
//! let (sent, _) = drain(&mut manager, &mut events);
//! assert_eq!(sent[0], r#"[null,"1","phoenix","heartbeat",{}]"#);
//! assert_eq!(sent[1], r#"["2","2","view:metrics","phx_join",{"throttle_ms":1000}]"#);
//!
//! let answer = r#"[null,"1","phoenix","phx_reply",{"status":"ok","response":{"time_ms":0,"version":"1"}}]"#;
//! manager.handle_input(now, Input::Received(Attempt(1), answer));
//! let (_, until) = drain(&mut manager, &mut events);
//! assert_eq!(manager.status(), Status::Connected);
//! assert_eq!(until, Some(Instant(Duration::from_secs(5)))); // then silence counts as a loss
//! assert_eq!(events.len(), 2);
//! # Ok::<(), realtime_protocol::TopicError>(())
//! ```

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

mod activities;
mod aside;
mod backoff;
mod breaker;
mod choices;
mod clock;
mod config;
mod connection;
mod end_to_end;
mod errors;
mod event;
mod fallback;
mod health;
mod joins;
mod keepalive;
pub mod limits;
mod manager;
mod memory;
mod pace;
mod performance;
mod preferences;
mod problems;
mod receive;
mod recovery;
mod returning;
mod rng;
mod rows;
mod session;
mod stats;
mod subscribers;
mod subscription;
mod table;
mod tables;
mod tick;
mod time;
mod token;
#[cfg(test)]
mod transitions;

pub use activities::{Activities, Activity, ActivityLimits, Cut};
pub use aside::{Fault, SetAside};
pub use breaker::Circuit;
pub use config::{Config, Recovery, Timing};
pub use end_to_end::EndToEnd;
pub use errors::{Action, PastProblem, Problem, ProblemChange, ProblemKind, Source};
pub use event::{
    Attempt, CaughtUp, Delivery, DeliveryChange, Event, Fetch, GIVEN_UP, Input, Output, Reason, RowsUpdate,
    StatusChange, SubscriptionId, TopicChange, TopicUpdate,
};
pub use health::{Health, Latency, Link, Status};
pub use manager::Manager;
pub use memory::Cleaned;
pub use pace::Options;
pub use performance::Threshold;
pub use preferences::{Notification, Preferences, Theme};
pub use stats::{Counts, Stats, SubscriberInfo, SubscriptionInfo};
pub use table::Table;
pub use time::Instant;
