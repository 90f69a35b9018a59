//! What the panel says of the page's own performance, beside a count at the socket.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::game;
use serde_json::Value;

use crate::page::{BACK, Page, SOON};

const CUTS: u64 = 2;
/// So that half of a round trip is another figure.
const ONE_WAY: Duration = Duration::from_millis(50);

/// Counts at the socket what comes and what of it is news of a view, times the heartbeats of each socket, and how
/// long after its oldest commit each delta came: server and page have one clock here.
const COUNT: &str = "window.counted = {messages: 0, updates: 0, times: [], trips: [], delays: []};
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
        constructor(url) {
            super(url);
            const asked = new Map();
            const count = window.counted;
            count.trips = [];
            this.ask = (text) => {
                const [, ref, , event] = JSON.parse(text);
                if (event === 'heartbeat') asked.set(ref, performance.now());
            };
            this.addEventListener('message', ({data}) => {
                const [, ref, topic, event, payload] = JSON.parse(data);
                count.messages += 1;
                if (asked.has(ref)) count.trips.push(performance.now() - asked.get(ref));
                const isAnswer = event === 'phx_reply' && (payload.response?.state ?? payload.response?.delta);
                if (topic.startsWith('view:') && (isAnswer || event === 'delta' || event === 'reset')) {
                    count.updates += 1;
                    count.times.push(performance.now());
                }
                if (payload.at_ms) count.delays.push(Date.now() - payload.at_ms);
            });
        }
        send(text) {
            this.ask(text);
            super.send(text);
        }
    };";

/// The panel's word for a figure.
fn shown(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid=status-details] dt')]
             .find((name) => name.textContent === '{name}').nextElementSibling.textContent"
    )
}

/// What the panel says of the median and of another share is what was counted, to 20 ms.
async fn says_percentiles(page: &Page, name: &str, counted: &str, percent: usize) -> Result<()> {
    let both = page.browser.value(&format!("[{}, window.counted.{counted}]", shown(name))).await?;
    let words = both[0].as_str().context("no words")?.split('·');
    let said: Vec<f64> =
        words.filter_map(|time| time.trim().strip_suffix("ms")?.trim().parse().ok()).collect();
    let mut times: Vec<f64> =
        both[1].as_array().context("nothing was timed")?.iter().filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    let rank = |percent: usize| times.get((times.len() * percent).div_ceil(100).max(1) - 1).copied();
    let (half, most) = rank(50).zip(rank(percent)).context("nothing was timed")?;
    let is_so = said.len() == 2 && (said[0] - half).abs() <= 20.0 && (said[1] - most).abs() <= 20.0;
    ensure!(is_so, "{name}: {said:?} for {times:?}");
    Ok(())
}

/// Behaviour: B68 — broken by: attempts shown as reconnects; updates of resumed joins counted twice; a rate over five
/// minutes; half of a round trip; the server's clock without half of a round trip
#[tokio::test]
async fn the_panel_counts_and_times_what_comes_as_the_socket_does() -> Result<()> {
    let page = Page::closed().await?;
    page.browser.run_at_start(COUNT).await?;
    page.link.set_delay(ONE_WAY);
    page.open().await?;
    let mut games = 0;
    for round in 0..=CUTS {
        for _ in 0..5 {
            games += 1;
            assert_eq!(page.server.http().post_game(&game(games, "town"))?.status, 201);
        }
        page.browser.wait_for_figure("games", i64::try_from(games)?, BACK).await?;
        if round < CUTS {
            page.link.cut();
            page.asks_for_sockets(usize::try_from(round)? + 2).await?;
            page.browser.wait_for_status("connected", BACK).await?;
        }
    }
    page.open_details().await?;

    let (messages, updates) = (shown("Messages received"), shown("Updates received"));
    page.browser.wait_until(&format!("{messages} === String(window.counted.messages)"), SOON).await?;
    page.browser.wait_until(&format!("{updates} === String(window.counted.updates)"), SOON).await?;
    let updates = page.browser.value("window.counted.updates").await?.as_u64().context("no count")?;
    assert!(updates > 2 * CUTS, "{updates} updates");
    assert_eq!(page.browser.value(&shown("Reconnects")).await?, Value::from(CUTS.to_string()));

    // The rate is one of the last ten seconds, looked at once a second; a look may come just before an update.
    let recent = "window.counted.times.filter((at) => at > performance.now() - 10_000).length / 10";
    let rate = format!("Number({})", shown("Updates a second"));
    page.browser.wait_until(&format!("{recent} > 0 && Math.abs({rate} - {recent}) <= 0.15"), SOON).await?;
    page.browser.wait_until(&format!("{recent} === 0 && {rate} === 0"), 4 * SOON).await?;

    says_percentiles(&page, "Round trip, p50 · p95", "trips", 95).await?;
    says_percentiles(&page, "Event to page, p50 · p99", "delays", 99).await?;

    let memory = page.browser.value(&shown("Memory")).await?;
    let held = memory.as_str().and_then(|text| text.split('\u{a0}').next()?.parse::<u64>().ok());
    assert!(held.is_some_and(|kilobytes| kilobytes > 0), "{memory}");
    page.browser.close().await
}
