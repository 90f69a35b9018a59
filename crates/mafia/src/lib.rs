//! Games of sport mafia: what a game is, how it is read, who it is, and what is counted of it.
//!
//! [`formats`] tells what files hold, [`game`] reads and writes games, [`row`] has the rows that a commit
//! changes, [`rating`] keeps the local rating, [`scoring`] the points, [`tables`] what is shown of rows, [`views`] folds commits into the live
//! views, and [`window`] cuts the part of them that a viewer asks for.
//!
//! This crate does no IO, reads no clock and draws no random numbers.

#![warn(clippy::must_use_candidate, clippy::wildcard_enum_match_arm)]

pub mod formats;
pub mod game;
pub mod rating;
pub mod record;
pub mod row;
pub mod scoring;
pub mod tables;
mod tournament;
pub mod views;
pub mod window;
