//! Topics of tables in virtual time: a hub, one session and a log with retention.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/drive.rs"]
mod drive;
mod filters;
mod line;
mod rows;
