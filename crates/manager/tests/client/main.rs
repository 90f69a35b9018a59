//! The manager in virtual time, against a server played by the test.

mod any_inputs;
mod breaker;
mod connection;
mod memory;
mod model;
mod pace;
mod support;
mod tables;
mod topics;
