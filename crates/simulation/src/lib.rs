//! Manager, session, hub and log against each other in one process and virtual time.
//!
//! Development only. The code under test is the production code; only sockets and clocks are
//! replaced: a [`Link`] carries bytes and may be cut after any of them, a [`World`] jumps from one
//! deadline to the next.
//! [`simulate`] sets many viewers, writers and users against a server whose network, clock, process
//! and log fail by chance, and holds them to every [`Rule`] all the way; a seed is a whole story.
//!
//! ```
//! use simulation::simulate;
//!
//! let (first, again) = (simulate(7), simulate(7));
//! assert!(first.broken.is_none(), "{first}");
//! assert_eq!(first.trace, again.trace);
//! ```

mod boards;
mod frames;
mod link;
mod machine;
mod paces;
mod queue;
mod rows;
mod trace;
mod truth;
mod views;
mod watch;
mod wire;
mod world;

pub use link::Link;
pub use machine::{Outcome, simulate, simulate_viewers};
pub use views::{Sums, add, recount};
pub use watch::{Broken, Rule};
pub use world::{Seen, World};
