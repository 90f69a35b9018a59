//! The gallery of components on this machine.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::build::Kind;
use crate::page::GALLERY;
use crate::process::{cargo, print, run_aside};
use crate::workspace::Workspace;

/// The program that serves a folder; the browser tests use its library.
const SERVER: &str = "serve-folder";

/// Builds the gallery, and serves it until the server ends unless only the files are wanted.
pub(crate) fn gallery(workspace: &Workspace, kind: Kind, build_only: bool) -> Result<ExitCode> {
    let folder = GALLERY.build(workspace, kind)?;
    if build_only {
        print(&folder.display().to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    run_aside(
        cargo().current_dir(workspace.root()).args(["build", "--quiet", "-p", "e2e", "--bin", SERVER]),
    )?;
    let server = workspace.target().join("debug").join(SERVER);
    // The server takes this process's place, so that every signal reaches it.
    Err(Command::new(server).arg(folder).exec()).context("could not start the server")
}
