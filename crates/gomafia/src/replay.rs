//! `gomafia replay`: recorded games, sent to a server in their order as if they were played now.
//!
//! What is sent when is decided without IO: [`Recording`](recording::Recording) reads the lines,
//! [`Schedule`](schedule::Schedule) gives each game its moment, [`rebase`] moves their dates; the
//! driver waits and sends.

mod drive;
mod rebase;
mod recording;
mod schedule;

pub(crate) use drive::run;
