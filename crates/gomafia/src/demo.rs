//! `gomafia demo`: simulated evenings, played through the same ingest as everyone's games.

mod calendar;
mod dice;
mod names;
mod play;
mod season;
mod table;

pub(crate) use play::{Evenings, own_key, run};
