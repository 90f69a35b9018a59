//! The real-time protocol: what travels between hub and manager, and what both must agree on.
//!
//! A frame is a Phoenix Channels message of serializer 2.0.0: a JSON array
//! `[join_ref, ref, topic, event, payload]`.
//! A view's [`State`] is a map of string keys to JSON values; it changes by a [`Delta`] and is
//! proven by its [`State::hash`].
//! A [`Position`] says how much of the commit log a state has seen.
//!
//! ```
//! use realtime_protocol::{Delta, Frame, State};
//! use realtime_protocol::message::{DeltaPush, event};
//!
//! let mut state = State::default();
//! let mut delta = Delta::default();
//! delta.put("games", 57);
//! state.apply(&delta)?;
//! let push = DeltaPush { from: 41, to: 42, commits: 1, hash: state.hash(), delta, at_ms: None, last: true };
//! let text = Frame::encode(None, None, "view:metrics", event::DELTA, &push)?;
//!
//! let frame = Frame::decode(&text)?;
//! let read: DeltaPush = frame.payload()?;
//! let mut copy = State::default();
//! copy.apply(&read.delta)?;
//! assert_eq!(copy.hash(), read.hash); // computed, never copied
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate does no IO, reads no clock and knows nothing of any view's meaning.

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

mod canonical;
pub mod close;
pub mod filter;
mod frame;
pub mod limits;
pub mod message;
mod order;
mod params;
mod percent;
mod position;
mod state;
mod throttle;
mod topic;

pub use canonical::{NotCanonical, write_canonical};
pub use frame::{Frame, FrameError};
pub use order::sort_by;
pub use params::{ParamError, Params};
pub use position::{Epoch, Position};
pub use state::{Delta, State, StateError, StateHash};
pub use throttle::ThrottleClass;
pub use topic::{Topic, TopicError, TopicKind};
