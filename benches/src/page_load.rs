//! What a page costs while two hundred games a second come in, and how soon it shows a lost connection.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Browser, Driver, Server};
use serde_json::json;

use crate::figure::{Figures, Target};
use crate::games::game;

const GAMES_PER_S: u64 = 200;
const WARM_UP_S: u64 = 5;
const RUN_S: u64 = 10;
/// Two of the page's ticks.
const SETTLES_IN: Duration = Duration::from_secs(2);
const LOSSES: usize = 5;
const SOON: Duration = Duration::from_secs(30);

/// Before any script of the page: notes long tasks, when a socket closed, and when the status said so.
const NOTES: &str = "
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
    }).observe({entryTypes: ['longtask']});
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
        constructor(url) {
            super(url);
            // The first close only: those of the retries say nothing new.
            this.addEventListener('close', () => {
                if (window.told === undefined) [window.lostAt, window.told] = [performance.now(), null];
            });
        }
    };
    new MutationObserver(() => {
        const status = document.documentElement.dataset.status;
        if (status === 'reconnecting' && window.told === null) window.told = performance.now() - window.lostAt;
    }).observe(document, {subtree: true, attributes: true, attributeFilter: ['data-status']});";

/// Prints what was measured on the page as it ships, at its own pace of one update a second.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(&folder.path().join("page-load.sqlite"), &[])?;
    let driver = Driver::start()?;
    runtime.block_on(async {
        let browser = driver.browser().await?;
        browser.run_at_start(NOTES).await?;
        browser.open(&server.url()).await?;
        browser.wait_for_status("connected", SOON).await?;
        browser.devtools("Performance.enable", &json!({})).await?;
        let idle_from = sample(&browser).await?;
        tokio::time::sleep(Duration::from_secs(RUN_S)).await;
        let idle = sample(&browser).await?.cpu_since(&idle_from);
        post(&server, 0, WARM_UP_S).await?;
        let before_load = at_rest(&browser).await?;
        browser.execute("window.longest = 0;").await?;
        let before = sample(&browser).await?;
        post(&server, WARM_UP_S, RUN_S).await?;
        let busy = sample(&browser).await?.cpu_since(&before);
        let after = at_rest(&browser).await?;
        let longest = browser.value("window.longest").await?.as_f64().context("no long tasks")?;
        figures.print("page_load_idle_cpu", idle, "% of a core", Target::None)?;
        figures.print("page_load_cpu", busy, "% of a core", Target::AtMost(26.0))?;
        figures.print("page_load_longest_task", longest, "ms", Target::AtMost(50.0))?;
        let growth = (after.heap - before_load.heap) / before_load.heap * 100.0;
        figures.print("page_load_heap_growth", growth, "%", Target::AtMost(5.0))?;
        figures.print(
            "page_load_dom_nodes_growth",
            after.nodes - before_load.nodes,
            "nodes",
            Target::None,
        )?;
        server.kill()?;
        let away_from = sample(&browser).await?;
        tokio::time::sleep(Duration::from_secs(RUN_S)).await;
        let away = sample(&browser).await?.cpu_since(&away_from);
        figures.print("page_load_away_cpu", away, "% of a core", Target::None)?;
        server = server.again()?;
        let told = losses(&browser, &mut server).await?;
        figures.print("page_load_status_to_dom_max", told, "ms", Target::AtMost(16.7))?;
        browser.close().await
    })?;
    server.kill()?;
    Ok(())
}

/// What the browser says of the page's process.
#[derive(Debug)]
struct Sample {
    at: f64,
    cpu: f64,
    heap: f64,
    nodes: f64,
}

impl Sample {
    fn cpu_since(&self, before: &Self) -> f64 {
        (self.cpu - before.cpu) / (self.at - before.at) * 100.0
    }
}

async fn sample(browser: &Browser) -> Result<Sample> {
    browser.devtools("HeapProfiler.collectGarbage", &json!({})).await?;
    let answer = browser.devtools("Performance.getMetrics", &json!({})).await?;
    let metrics = answer["metrics"].as_array().context("no metrics")?;
    let metric = |name: &str| {
        let found = metrics.iter().find(|metric| metric["name"] == name);
        found.and_then(|metric| metric["value"].as_f64()).with_context(|| format!("no {name}"))
    };
    Ok(Sample {
        at: metric("Timestamp")?,
        cpu: metric("ProcessTime")?,
        heap: metric("JSHeapUsedSize")?,
        nodes: metric("Nodes")?,
    })
}

/// The page at rest after the last update was drawn: what is held, without what is on its way out.
async fn at_rest(browser: &Browser) -> Result<Sample> {
    tokio::time::sleep(SETTLES_IN).await;
    sample(browser).await
}

/// Posts on schedule, whatever an answer takes.
async fn post(server: &Server, after_s: u64, seconds: u64) -> Result<()> {
    let http = server.http();
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        for n in 0..seconds * GAMES_PER_S {
            let due = began + Duration::from_micros(n * 1_000_000 / GAMES_PER_S);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            http.post_game(&game(after_s * GAMES_PER_S + n))?.id()?;
        }
        Ok(())
    })
    .await?
}

/// Kills the server again and again; the longest time from the close of the socket to the word.
///
/// Each time on a new page: a connection that was lost just before has attempts to count, and ends in `error`.
async fn losses(browser: &Browser, server: &mut Server) -> Result<f64> {
    let mut longest: f64 = 0.0;
    for _ in 0..LOSSES {
        browser.open(&server.url()).await?;
        browser.wait_for_status("connected", SOON).await?;
        server.kill()?;
        let told = browser.wait_until("typeof window.told === 'number' && {ms: window.told}", SOON).await?;
        longest = longest.max(told["ms"].as_f64().context("no time")?);
        *server = server.again()?;
    }
    Ok(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_core_is_time_over_time() {
        let at = |at, cpu| Sample { at, cpu, heap: 0.0, nodes: 0.0 };
        assert!((at(20.0, 3.5).cpu_since(&at(10.0, 1.0)) - 25.0).abs() < 1e-9);
    }
}
