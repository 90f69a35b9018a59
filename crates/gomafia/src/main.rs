//! `gomafia`: imports games, serves the live dashboard, watches it from a terminal, verifies it.

mod cli;
mod config;
mod demo;
mod import;
mod ingest;
mod limits;
mod live_tables;
mod live_views;
mod openapi;
mod page;
mod replay;
mod report;
mod sender;
mod serve;
mod speed;
mod store_thread;
mod verify;
mod watch;

use std::io::IsTerminal;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::cli::{Command, Failure};

fn main() -> ExitCode {
    let cli = config::cli(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let filter = EnvFilter::try_from_env("GOMAFIA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let done = match cli.command {
        Command::Serve(options) => serve::run(&options),
        Command::Import(options) => import::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Replay(options) => replay::run(&options),
        Command::Watch(options) => watch::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Report(options) => report::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(Failure(error)) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
