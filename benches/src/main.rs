//! Figures of the shipped binary, each with its target: `cargo xtask bench [NAME] [--json]`.

mod client;
mod figure;
mod fold;
mod games;
mod import;
mod latency;
mod page;
mod page_load;
mod program;
mod rescore;
mod server;
mod simulate;
mod store;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;

use crate::figure::Figures;

/// Measures; prints one figure a line.
#[derive(Debug, Parser)]
struct Options {
    /// Only figures whose name contains this.
    name: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// The folder of the page as it ships.
    #[arg(long, env = "GOMAFIA_PAGE_DIR")]
    page: Option<PathBuf>,
    #[command(flatten)]
    server: server::Amount,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let figures = Figures::new(options.name, options.json);
    if figures.wants("fold") {
        fold::measure(&figures)?;
    }
    if figures.wants("rescore") {
        rescore::measure(&figures)?;
    }
    if figures.wants("client") {
        client::measure(&figures)?;
    }
    if figures.wants("simulation") {
        simulate::measure(&figures)?;
    }
    if figures.wants("size") {
        let page = options.page.as_deref().context("which page? name its folder with --page")?;
        program::sizes(&figures, page)?;
    }
    if figures.wants("start_empty") {
        program::start_empty(&figures)?;
    }
    if figures.wants("post_to_delta") {
        latency::measure(&figures)?;
    }
    if figures.wants("import") || figures.wants("start_150000") {
        store::measure(&figures)?;
    }
    if figures.wants("import_recorded") {
        import::recorded(&figures)?;
    }
    if figures.wants("import_peak_memory") {
        import::memory(&figures)?;
    }
    if figures.wants("page_first_figures") {
        page::measure(&figures)?;
    }
    if figures.wants("page_load") {
        page_load::measure(&figures)?;
    }
    // The last, because it keeps this process to one core.
    if figures.wants("server") {
        server::measure(&figures, &options.server)?;
    }
    // A missed target is told on its line; only what could not be measured is a failure.
    Ok(ExitCode::SUCCESS)
}
