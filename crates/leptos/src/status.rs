//! The state of the connection in three depths: a mark with a word, a panel, settings and diagnostics.
//!
//! What is not open is not drawn, so it costs nothing. What is said is decided in functions without a
//! browser; the views are the thin rest.

#![expect(unreachable_pub, reason = "the component macro emits a public twin of each component")]

mod chart;
mod controls;
mod details;
mod draft;
mod facts;
mod indicator;
mod late;
mod panel;
mod performance;
mod problems;
mod recovery;
mod report;
mod settings;
mod subscriptions;

pub use indicator::{StatusIndicator, StatusPosition, StatusSize};
