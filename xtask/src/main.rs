//! Development commands: page, binary, tests, checks.

mod assets;
mod axe;
mod behaviours;
mod bench;
mod bindings;
mod build;
mod ci;
mod example;
mod gallery;
#[cfg(test)]
mod layers;
mod npm;
mod page;
mod process;
mod run;
mod sim;
mod sources;
mod testing;
#[cfg(test)]
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Development commands of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build page and binary, then serve the demo season
    Run {
        /// Build as it ships
        #[arg(long)]
        release: bool,
        /// Handed to `gomafia serve` as they stand
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Build page and binary; the last line of stdout is the binary's path
    Build {
        /// Build as it ships, and hold the page to its size
        #[arg(long)]
        release: bool,
    },
    /// Build the page that shows every component in every state, and serve it on a free port
    Gallery {
        /// Build as it would ship
        #[arg(long)]
        release: bool,
        /// Only build; the last line of stdout is the folder
        #[arg(long)]
        build: bool,
    },
    /// Install what is missing, build, and run every test
    Test,
    /// Format, lints, tests and documentation, with the time each took
    Ci,
    /// Measure what ships, each figure with its target
    Bench {
        /// Only figures whose name contains this
        name: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Load the server for so many minutes more, and tell each minute how it does
        #[arg(long, value_name = "MINUTES")]
        soak: Option<u64>,
        /// Handed to the program of the figures as they stand, such as `--runs 1 --seconds 1 --viewers 100`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Viewers, server and log against a network and users that do their worst, one line a seed
    Sim {
        /// The first seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many seeds, one after the other
        #[arg(long, default_value_t = 1)]
        seeds: u64,
    },
    /// Build and serve the example of another field
    Example,
    /// Which test holds which behaviour; fails when a document names a test that does not exist
    Behaviours,
}

fn main() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            process::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode> {
    let workspace = workspace::Workspace::load()?;
    match cli.command {
        Command::Run { release, args } => run::run(&workspace, build::Kind::of(release), &args),
        Command::Build { release } => {
            let binary = build::all(&workspace, build::Kind::of(release))?;
            process::print(&binary.display().to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Gallery { release, build } => gallery::gallery(&workspace, build::Kind::of(release), build),
        Command::Test => testing::test(&workspace).map(|()| ExitCode::SUCCESS),
        Command::Bench { name, json, soak, args } => {
            let mut figures: Vec<String> = name.iter().cloned().collect();
            figures.extend(json.then(|| "--json".to_owned()));
            figures.extend(soak.map(|minutes| format!("--soak={minutes}")));
            figures.extend(args);
            bench::bench(&workspace, name.as_deref(), &figures).map(|()| ExitCode::SUCCESS)
        }
        Command::Ci => ci::ci(&workspace),
        Command::Sim { seed, seeds } => sim::sim(&workspace, seed, seeds),
        Command::Example => example::example(&workspace),
        Command::Behaviours => behaviours::report(&workspace),
    }
}
