//! axe-core, the rules of accessibility as one script, fetched through npm and kept.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::npm;
use crate::process::say;

/// One version, so that a rule that comes new fails nobody's build by surprise.
const PACKAGE: &str = "axe-core@4.14.1";

/// The script's path; `None` where it cannot be had, which `CI=true` forbids.
pub(crate) fn fetch() -> Result<Option<PathBuf>> {
    match npm::file_of(PACKAGE, "axe-core/axe.min.js") {
        Ok(script) => Ok(Some(script)),
        Err(error) if std::env::var_os("CI").is_some_and(|value| value == "true") => {
            bail!("the rules of accessibility need {PACKAGE}: {error:#}");
        }
        Err(error) => {
            say(&format!("no {PACKAGE}: {error:#}"));
            Ok(None)
        }
    }
}
