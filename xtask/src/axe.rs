//! axe-core, the rules of accessibility as one script, fetched through npm and kept.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{has, run_aside, say};

/// One version, so that a rule that comes new fails nobody's build by surprise.
const PACKAGE: &str = "axe-core@4.14.1";

/// The script's path; `None` where it cannot be had, which `CI=true` forbids.
pub(crate) fn fetch() -> Result<Option<PathBuf>> {
    let Some(folder) = cache() else { return missing("there is no folder for caches") };
    let folder = folder.join("gomafia").join(PACKAGE);
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if script.is_file() {
        return Ok(Some(script));
    }
    if !has("npm", "--version") {
        return missing("npm is not on the path");
    }
    std::fs::create_dir_all(&folder)?;
    let fetched = run_aside(
        Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(PACKAGE),
    );
    match fetched {
        Ok(()) if script.is_file() => Ok(Some(script)),
        Ok(()) => missing("npm left no script"),
        Err(error) => missing(&error.to_string()),
    }
}

fn missing(why: &str) -> Result<Option<PathBuf>> {
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        bail!("the rules of accessibility need {PACKAGE}: {why}");
    }
    say(&format!("no {PACKAGE}: {why}"));
    Ok(None)
}

fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
}
