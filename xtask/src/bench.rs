//! Figures of what ships.

use anyhow::Result;

use crate::build::{self, Kind};
use crate::npm;
use crate::process::{cargo, run, run_aside, say};
use crate::workspace::Workspace;

/// One version, so that figures of two days are figures of the same rival.
const BUN: &str = "bun@1.4.5";

/// Builds what is measured as it ships and measures; `name` picks figures, `args` go to the program that takes them.
pub(crate) fn bench(workspace: &Workspace, name: Option<&str>, args: &[String]) -> Result<()> {
    let is_server_alone = name.is_some_and(|name| name.starts_with("server"));
    // Figures of the server look at no page, and a page takes minutes.
    let binary = match is_server_alone {
        true => build::without_page(workspace, Kind::Release)?,
        false => build::all(workspace, Kind::Release)?,
    };
    // The servers that are compared are a program of their own beside that of the figures.
    run_aside(cargo().current_dir(workspace.root()).args([
        "build",
        "--quiet",
        "--release",
        "-p",
        "benches",
    ]))?;
    let mut command = cargo();
    command
        .current_dir(workspace.root())
        .args(["run", "--quiet", "--release", "-p", "benches", "--bin", "figures", "--"])
        .args(args)
        .env("GOMAFIA_BIN", binary)
        .env("GOMAFIA_LOG", "warn");
    if !is_server_alone {
        command.env("GOMAFIA_PAGE_DIR", workspace.target().join("page").join(Kind::Release.page_profile()));
    }
    if name.is_none_or(|name| name.contains("server")) {
        let system = format!("@oven/bun-{}-{}/bin/bun", std::env::consts::OS, architecture());
        match npm::file_of(BUN, &system) {
            Ok(bun) => {
                command.env("GOMAFIA_BUN", bun);
            }
            Err(error) => say(&format!("SKIPPED: nothing is compared with {BUN}: {error:#}")),
        }
    }
    run(&mut command)
}

/// As npm calls it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        other => other,
    }
}
