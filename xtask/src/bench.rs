//! Figures of what ships.

use anyhow::Result;

use crate::build::{self, Kind};
use crate::process::{cargo, run};
use crate::workspace::Workspace;

/// Builds everything as it ships and measures; `name` picks figures.
pub(crate) fn bench(workspace: &Workspace, name: Option<&str>, json: bool) -> Result<()> {
    let binary = build::all(workspace, Kind::Release)?;
    let page = workspace.target().join("page").join(Kind::Release.page_profile());
    let mut command = cargo();
    command
        .current_dir(workspace.root())
        .args(["run", "--quiet", "--release", "-p", "benches", "--bin", "figures", "--"])
        .env("GOMAFIA_BIN", binary)
        .env("GOMAFIA_PAGE_DIR", page)
        .env("GOMAFIA_LOG", "warn");
    if json {
        command.arg("--json");
    }
    run(command.args(name))
}
