//! What each of the three depths shows.

use anyhow::{Context as _, Result, ensure};
use e2e::game;
use serde_json::Value;

use crate::page::{Page, SOON};

/// The names of all that the panel tells, with a value.
const TOLD: &str = "[...document.querySelectorAll('[data-testid=status-panel] dl > div')]
    .filter((line) => line.offsetParent && line.querySelector('dd').innerText.trim())
    .map((line) => line.querySelector('dt').innerText)";

async fn texts(page: &Page, expression: &str) -> Result<Vec<String>> {
    let list = page.browser.value(expression).await?;
    let list = list.as_array().context("no list")?.iter();
    Ok(list.filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Behaviour: B51 — broken by: a panel without the round trip; details without the list of subscriptions
#[tokio::test]
async fn the_mark_counts_the_panel_tells_more_and_the_details_hold_settings_and_subscriptions() -> Result<()>
{
    let page = Page::start().await?;
    assert_eq!(page.server.http().post_game(&game(1, "mafia"))?.status, 201);
    page.browser.wait_for_figure("games", 1, SOON).await?;
    let counted = "document.querySelector('[data-testid=status-toggle]').innerText.match(/\\d+.updates?/)";
    page.browser.wait_until(counted, SOON).await?;

    page.open_panel().await?;
    let told = texts(&page, TOLD).await?;
    for name in ["Connected for", "Round trip", "Updates", "Last data"] {
        ensure!(told.iter().any(|line| line == name), "no {name:?} in {told:?}");
    }
    page.open_details().await?;
    let details = "document.querySelector('[data-testid=status-details]')";
    for control in ["auto-reconnect-toggle", "notifications-toggle"] {
        let there = format!("!!{details}.querySelector('[data-testid={control}]')");
        assert_eq!(page.browser.value(&there).await?, true, "{control}");
    }
    let topics =
        format!("[...{details}.querySelectorAll('.status-card .status-topic')].map((row) => row.innerText)");
    let mut topics = texts(&page, &topics).await?;
    topics.sort();
    assert_eq!(topics, ["view:activity", "view:metrics"]);
    page.browser.close().await
}
