//! Every test of the workspace, after what they need was set up.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::axe;
use crate::build::{self, Kind};
use crate::page::{DASHBOARD, GALLERY};
use crate::process::{self, cargo, has, output_of, run_aside, say};
use crate::workspace::Workspace;

/// The crates of the page, whose tests run on the host; what needs a browser is tested in one.
const PAGE_LIBRARIES: [&str; 9] = [
    "-p",
    "gomafia-dashboard",
    "-p",
    "realtime-leptos",
    "-p",
    "realtime-web",
    "--features",
    "realtime-web/testkit",
    "--lib",
];

/// Sets up, builds once, runs all.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    ensure_browser()?;
    let binary = build::all(workspace, Kind::Dev)?;
    GALLERY.build(workspace, Kind::Dev)?;
    let axe = axe::fetch()?;
    for skip in skips(axe.is_some()) {
        say(&format!("skipped: {skip}"));
    }
    let nextest = has("cargo-nextest", "--version");
    let run = |packages: &[&str]| runner(workspace, nextest, packages, &binary, axe.as_deref());
    run(&[])?;
    run(&PAGE_LIBRARIES)?;
    run(&["-p", "gomafia-gallery", "--bins"])?;
    for packages in [&[][..], &["-p", "realtime-web", "-p", "realtime-leptos"]] {
        process::run(
            cargo()
                .current_dir(workspace.root())
                .env("GOMAFIA_PAGE_DIR", page_folder(workspace))
                .args(["test", "--quiet", "--doc"])
                .args(packages),
        )?;
    }
    Ok(())
}

fn runner(
    workspace: &Workspace,
    nextest: bool,
    packages: &[&str],
    binary: &Path,
    axe: Option<&Path>,
) -> Result<()> {
    let mut command = cargo();
    command.current_dir(workspace.root()).env("GOMAFIA_BIN", binary);
    // The page stays inside the binary when a test run builds it once more.
    command.env("GOMAFIA_PAGE_DIR", page_folder(workspace));
    command.env("GOMAFIA_GALLERY_DIR", GALLERY.files(workspace, Kind::Dev));
    match axe {
        Some(axe) => command.env("GOMAFIA_AXE", axe),
        None => command.env_remove("GOMAFIA_AXE"),
    };
    if nextest {
        command.args(["nextest", "run"]);
    } else {
        command.args(["test", "--all-targets"]);
    }
    process::run(command.args(packages))
}

fn page_folder(workspace: &Workspace) -> PathBuf {
    DASHBOARD.files(workspace, Kind::Dev)
}

/// Tests that do not run here, each with what would make it run.
fn skips(has_axe: bool) -> Vec<&'static str> {
    let mut skips = Vec::new();
    if std::env::var_os("GOMAFIA_DATA_DIR").is_none() {
        skips.push("tests on real data (GOMAFIA_DATA_DIR is not set)");
    }
    if !has_axe {
        skips.push("rules of accessibility (npm is missing, or axe-core cannot be fetched)");
    }
    skips
}

/// Installs a browser and its driver where that is possible without asking.
fn ensure_browser() -> Result<()> {
    if has("chromium", "--version") && has("chromedriver", "--version") {
        return Ok(());
    }
    let root = output_of(Command::new("id").arg("-u")).is_ok_and(|uid| uid == "0");
    if !(root && has("apt-get", "--version")) {
        bail!(
            "the browser tests need `chromium` and `chromedriver` on the path; install both and start again"
        );
    }
    say("chromium or chromedriver is missing; installing both");
    run_aside(Command::new("apt-get").args(["update", "-qq"]))?;
    run_aside(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "chromium", "chromium-driver"])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
