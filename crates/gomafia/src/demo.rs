//! `gomafia demo`: simulated evenings, played through the same ingest as everyone's games.

mod play;
mod season;

pub(crate) use play::{Evenings, own_key, run};
