//! What the page subscribes to, and what the viewer closes.

use anyhow::Result;
use e2e::game;
use serde_json::json;

use crate::page::{Page, SOON};

/// The card of the figures' topic in the details.
const CARD: &str = "[...document.querySelectorAll('[data-testid=status-details] .status-card')]
    .find((card) => card.querySelector('.status-topic').textContent === 'view:metrics')";

/// What it says, by name.
const SAID: &str = "Object.fromEntries([...CARD.querySelectorAll('dt')].map((name) =>
    [name.textContent, name.nextElementSibling.textContent.replaceAll('\\u{a0}', ' ')]))";

const LISTED: &str =
    "[...document.querySelectorAll('[data-subscription]')].map((row) => row.dataset.subscription)";

/// Behaviour: B36 — broken by: a topic that is opened again and not given what came meanwhile
#[tokio::test]
async fn every_subscription_tells_its_own_figures_and_is_closed_and_opened_again() -> Result<()> {
    let page = Page::start().await?;
    page.open_details().await?;
    assert_eq!(page.server.http().post_game(&game(1, "town"))?.status, 201);
    page.browser.wait_for_figure("games", 1, SOON).await?;
    let said = SAID.replace("CARD", CARD);
    let told = page.browser.value(&said).await?;
    let shown = page
        .browser
        .value("document.querySelector('[data-subscription=\"view:metrics\"]').dataset.updates")
        .await?;
    assert_eq!(told["State"], "sent by the server");
    assert_eq!(told["Filter"], "none");
    assert_eq!(told["Updates"], shown);
    assert_eq!(told["Interval"], "1 s");
    for (name, ticks) in [("Followed for", "[2-9] s"), ("Last update", "[2-9] s ago")] {
        page.browser.wait_until(&format!("/^{ticks}$/.test({said}['{name}'])"), SOON).await?;
    }

    page.browser.execute(&format!("{CARD}.querySelector('button').click();")).await?;
    page.browser.wait_until(&format!("{CARD}?.textContent.includes('closed by you')"), SOON).await?;
    assert_eq!(page.browser.value(LISTED).await?, json!(["view:activity"]));
    assert_eq!(page.server.http().post_game(&game(2, "town"))?.status, 201);
    page.browser.wait_until("document.querySelectorAll('[data-entry]').length === 2", SOON).await?;
    assert_eq!(page.browser.figure("games").await?, Some(1), "what is closed stays as it was");

    page.browser.execute(&format!("{CARD}.querySelector('button').click();")).await?;
    page.browser.wait_for_figure("games", 2, SOON).await?;
    assert_eq!(page.browser.value(LISTED).await?, json!(["view:activity", "view:metrics"]));
    page.browser.close().await
}
