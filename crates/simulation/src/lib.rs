//! Manager, session, hub and log against each other in one process and virtual time.
//!
//! Development only. The code under test is the production code; only sockets and clocks are
//! replaced: a [`Link`] carries bytes and may be cut after any of them, a [`World`] jumps from one
//! deadline to the next.

mod link;
mod views;
mod world;

pub use link::Link;
pub use views::{Sums, add, recount};
pub use world::{Seen, World};
