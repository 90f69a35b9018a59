//! Where the workspace and its artifacts are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package, PackageId};

/// What cargo knows about this workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) metadata: Metadata,
}

impl Workspace {
    /// Asks cargo, without the registry.
    pub(crate) fn load() -> Result<Self> {
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?;
        let metadata = MetadataCommand::new()
            .manifest_path(manifest.join("Cargo.toml"))
            .other_options(vec!["--locked".to_owned()])
            .exec()
            .context("cargo metadata")?;
        Ok(Self { metadata })
    }

    /// The root folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.metadata.workspace_root.clone().into_std_path_buf()
    }

    /// The target folder.
    pub(crate) fn target(&self) -> PathBuf {
        self.metadata.target_directory.clone().into_std_path_buf()
    }

    /// The member of that name.
    pub(crate) fn member(&self, name: &str) -> Result<&Package> {
        self.members()
            .find(|p| p.name.as_str() == name)
            .with_context(|| format!("the workspace has no {name}"))
    }

    /// The folder of the member of that name.
    pub(crate) fn folder_of(&self, name: &str) -> Result<PathBuf> {
        let manifest = &self.member(name)?.manifest_path;
        Ok(manifest.parent().context("a manifest has a folder")?.to_owned().into_std_path_buf())
    }

    /// All members.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.metadata.packages.iter().filter(|p| self.is_member(&p.id))
    }

    fn is_member(&self, id: &PackageId) -> bool {
        self.metadata.workspace_members.contains(id)
    }

    /// The version that the lock file has of a package.
    pub(crate) fn locked(&self, name: &str) -> Result<String> {
        self.metadata
            .packages
            .iter()
            .find(|p| p.name.as_str() == name)
            .map(|p| p.version.to_string())
            .with_context(|| format!("{name} is not in Cargo.lock"))
    }
}
