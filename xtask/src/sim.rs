//! The simulation: seeds against everything that may go wrong.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, run_aside, say};
use crate::workspace::Workspace;

/// Seeds that every change must pass.
const CI_SEEDS: u64 = 500;

/// Runs `seeds` seeds from `first` on, one line each; fails when one of them does.
pub(crate) fn sim(workspace: &Workspace, first: u64, seeds: u64) -> Result<ExitCode> {
    let status = program(workspace, first, seeds)?.status().context("could not start the simulation")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same for `cargo xtask ci`, which shows only the seeds that fail.
pub(crate) fn ci(workspace: &Workspace) -> Result<()> {
    let output = program(workspace, 1, CI_SEEDS)?.output().context("could not start the simulation")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter(|line| !line.ends_with(" ok")).for_each(say);
    if !output.status.success() {
        bail!("a seed of the simulation failed; `cargo xtask sim --seed S` plays it again");
    }
    Ok(())
}

fn program(workspace: &Workspace, first: u64, seeds: u64) -> Result<Command> {
    run_aside(cargo().current_dir(workspace.root()).args(["build", "--quiet", "--package", "simulation"]))?;
    let mut program = Command::new(workspace.target().join("debug").join("simulation"));
    program.args([first.to_string(), seeds.to_string()]);
    Ok(program)
}
