//! The example of another field on this machine.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::build::Kind;
use crate::page::SERVER_STATS;
use crate::process::{cargo, run_aside};
use crate::workspace::Workspace;

/// Builds page and server, and serves until the server ends.
pub(crate) fn example(workspace: &Workspace) -> Result<ExitCode> {
    let folder = SERVER_STATS.build(workspace, Kind::Dev)?;
    run_aside(cargo().current_dir(workspace.root()).args(["build", "--quiet", "-p", "server-stats"]))?;
    let server = workspace.target().join("debug").join("server-stats");
    // The server takes this process's place, so that every signal reaches it.
    Err(Command::new(server).arg(folder).exec()).context("could not start the server")
}
