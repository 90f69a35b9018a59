//! From the navigation to the first figures in a real browser.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Driver, Server, fixture};

use crate::figure::{Figures, Target};

const LOADS: usize = 7;
const SHOWN_MAX: Duration = Duration::from_secs(20);
/// Resolves with the time since the navigation in which the games' card has its value.
const FIGURES: &str = "document.querySelector('[data-figure=games][data-value]') ? performance.now() : null";

/// The median over loads with a warm cache.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("page.sqlite");
    let text = database.to_str().context("a path that is no text")?;
    let evening = fixture("evening.jsonl");
    e2e::run(&["import", "--database", text, evening.to_str().context("a path that is no text")?])?;
    let mut server = Server::start(&database, &[])?;
    let driver = Driver::start()?;
    let mut samples = runtime.block_on(async {
        let browser = driver.browser().await?;
        let mut samples = Vec::new();
        for _ in 0..=LOADS {
            browser.open(&server.url()).await?;
            let shown = browser.wait_until(FIGURES, SHOWN_MAX).await?;
            samples.push(shown.as_f64().context("no time")?);
        }
        browser.close().await?;
        anyhow::Ok(samples)
    })?;
    // The first load fills the cache.
    samples.remove(0);
    samples.sort_unstable_by(f64::total_cmp);
    let median = samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN);
    figures.print("page_first_figures_p50", median, "ms", Target::AtMost(1000.0))?;
    server.kill()?;
    Ok(())
}
