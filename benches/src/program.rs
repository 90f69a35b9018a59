//! The binary itself: its size and its start.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use e2e::Server;

use crate::figure::{Figures, Target, median_ms};

const MIB: f64 = 1024.0 * 1024.0;
const STARTS: usize = 15;

/// Sizes of what ships.
pub(crate) fn sizes(figures: &Figures, page: &Path) -> Result<()> {
    let binary = fs::metadata(e2e::binary()?)?.len();
    figures.print("size_binary", binary as f64 / MIB, "MiB", Target::AtMost(25.0))?;
    let (mut first, mut late) = (None, 0);
    for file in fs::read_dir(page.join("assets")).context("build the page first")? {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if !name.ends_with(".wasm.gz") {
            continue;
        }
        let bytes = file.metadata()?.len();
        if name.starts_with("app-") { first = Some(bytes) } else { late += bytes }
    }
    let first = first.context("the page has no WebAssembly")?;
    figures.print("size_wasm_gzip", first as f64 / 1024.0, "KiB", Target::AtMost(300.0))?;
    figures.print("size_wasm_late_gzip", late as f64 / 1024.0, "KiB", Target::AtMost(80.0))?;
    Ok(())
}

/// From the start of the process to its first line and an answer, on an empty store.
pub(crate) fn start_empty(figures: &Figures) -> Result<()> {
    let mut samples = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let began = Instant::now();
        let mut server = Server::start(&folder.path().join("empty.sqlite"), &[])?;
        anyhow::ensure!(server.http().get("/healthz")?.status == 200, "not healthy");
        samples.push(began.elapsed());
        server.kill()?;
    }
    figures.print("start_empty_p50", median_ms(samples), "ms", Target::AtMost(150.0))?;
    Ok(())
}
