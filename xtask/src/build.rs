//! The binary with its page inside.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::page::DASHBOARD;
use crate::process::{cargo, run_aside};
use crate::workspace::Workspace;

/// How something is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Dev,
    Release,
}

impl Kind {
    pub(crate) fn of(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    pub(crate) fn page_profile(self) -> &'static str {
        match self {
            Self::Dev => "page-dev",
            Self::Release => "page",
        }
    }

    /// The best brotli takes seconds, which only a release is worth.
    pub(crate) fn brotli_quality(self) -> u32 {
        match self {
            Self::Dev => 5,
            Self::Release => 11,
        }
    }

    fn binary_folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Page, then binary; answers the binary's path.
pub(crate) fn all(workspace: &Workspace, kind: Kind) -> Result<PathBuf> {
    let page = DASHBOARD.build(workspace, kind)?;
    binary(workspace, kind, Some(&page))
}

/// The binary alone; answers its path.
pub(crate) fn without_page(workspace: &Workspace, kind: Kind) -> Result<PathBuf> {
    binary(workspace, kind, None)
}

fn binary(workspace: &Workspace, kind: Kind, page: Option<&Path>) -> Result<PathBuf> {
    let mut command = cargo();
    command.current_dir(workspace.root()).args(["build", "--quiet", "-p", "gomafia"]);
    if let Some(page) = page {
        command.env("GOMAFIA_PAGE_DIR", page);
    }
    if kind == Kind::Release {
        command.arg("--release");
    }
    run_aside(&mut command)?;
    let path = workspace.target().join(kind.binary_folder()).join("gomafia");
    if !path.is_file() {
        bail!("the build left no binary at {}", path.display());
    }
    path.canonicalize().context("the binary's path")
}
