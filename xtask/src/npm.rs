//! Packages of npm, each fetched once into the user's cache.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::{has, run_aside};

/// The file of a package, fetched when it is not there; `package` names one version.
pub(crate) fn file_of(package: &str, file: &str) -> Result<PathBuf> {
    let folder = cache().context("there is no folder for caches")?.join("gomafia").join(package);
    let path = folder.join("node_modules").join(file);
    if path.is_file() {
        return Ok(path);
    }
    if !has("npm", "--version") {
        bail!("npm is not on the path");
    }
    std::fs::create_dir_all(&folder)?;
    run_aside(
        Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(package),
    )?;
    ensure!(path.is_file(), "npm left no {file}");
    Ok(path)
}

fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
}
