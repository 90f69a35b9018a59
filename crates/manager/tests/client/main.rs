//! The manager in virtual time, against a server played by the test.

mod any_inputs;
mod breaker;
mod connection;
mod counts;
mod fallback;
mod health;
mod memory;
mod model;
mod pace;
mod performance;
mod preferences;
mod problems;
mod recovery;
mod refresh;
mod support;
mod tables;
mod token;
mod topics;
