//! Serves the folder of a built page: `serve-folder FOLDER`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use e2e::ServedFolder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("usage: serve-folder FOLDER")?;
    let served = ServedFolder::start(&folder).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", served.url())?;
    out.flush()?;
    served.ended().await
}
