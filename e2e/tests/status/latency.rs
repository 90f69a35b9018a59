//! The round trip that the page shows.

use std::time::Duration;

use anyhow::Result;

use crate::page::{Page, SOON};

const ONE_WAY: Duration = Duration::from_millis(100);

/// Milliseconds in the indicator; null while there are none.
const SHOWN: &str =
    "(document.querySelector('[data-testid=status-toggle]')?.textContent.match(/(\\d+)\\s*ms/) || [])[1]";

/// Behaviour: B13 — broken by: half of a round trip
#[tokio::test]
async fn a_server_two_hundred_milliseconds_away_is_shown_as_two_hundred() -> Result<()> {
    let page = Page::start().await?;
    page.open_panel().await?;
    page.click("disconnect").await?;
    page.browser.wait_for_status("disconnected", SOON).await?;
    page.link.set_delay(ONE_WAY);
    page.click("connect").await?;
    page.browser.wait_for_status("connected", SOON).await?;
    let shown = page.browser.wait_until(&format!("{SHOWN} > 100 && {SHOWN}"), SOON).await?;
    let shown: u32 = shown.as_str().unwrap_or_default().parse()?;
    assert!((180..=220).contains(&shown), "{shown} ms");
    page.browser.close().await
}
