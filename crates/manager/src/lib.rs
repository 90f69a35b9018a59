//! The client side of the real-time protocol as a machine without IO.

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

mod config;
mod event;
mod health;
pub mod limits;
mod stats;
mod time;

pub use config::{Config, Recovery, Timing};
pub use event::{
    Attempt, CaughtUp, Event, Input, Output, Reason, StatusChange, SubscriptionId, TopicChange, TopicUpdate,
};
pub use health::{Health, Latency, Status};
pub use stats::{Stats, SubscriptionInfo};
pub use time::Instant;
