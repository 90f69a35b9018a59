//! What the viewer asks for while the link is away.

use anyhow::Result;

use crate::page::{BACK, Page, SOON};

const PRESS_TEN_TIMES: &str = "for (let press = 0; press < 10; press += 1) {
    document.querySelector('[data-testid=retry]').click();
}";

/// Behaviour: B11 — broken by: a retry that ends the attempt under way and starts another
#[tokio::test]
async fn ten_presses_of_retry_are_one_attempt() -> Result<()> {
    let page = Page::start().await?;
    page.open_panel().await?;
    page.link.go_down();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    // From now on an attempt neither fails nor succeeds.
    page.link.fall_silent();
    page.link.come_up();
    let before = page.link.sockets();
    page.browser.execute(PRESS_TEN_TIMES).await?;
    page.asks_for_sockets(before + 1).await?;
    page.browser.execute(PRESS_TEN_TIMES).await?;
    page.link.speak();
    page.browser.wait_for_status("connected", BACK).await?;
    assert_eq!(page.link.sockets(), before + 1);
    page.browser.close().await
}

/// Behaviour: B9 — broken by: connecting again a minute after a disconnect
#[tokio::test]
async fn a_disconnect_while_a_retry_is_pending_is_the_last_word() -> Result<()> {
    let page = Page::start().await?;
    page.open_panel().await?;
    page.link.go_down();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    page.click("disconnect").await?;
    page.browser.wait_for_status("disconnected", SOON).await?;
    page.link.come_up();
    let before = page.link.sockets();
    page.said().await?;
    page.pass_minutes(10).await?;
    assert_eq!((page.link.sockets(), page.said().await?), (before, Vec::new()));
    page.browser.close().await
}

/// Seconds until the next attempt, as the indicator says them; nothing while an attempt is under way.
const COUNTDOWN: &str = "Number((document.querySelector('[data-testid=status-toggle]').textContent
    .match(/attempt (\\d) of 5.* (\\d+)\\s*s/) || [])[2])";

/// Behaviour: B6 — broken by: a countdown that is computed once
#[tokio::test]
async fn the_next_attempt_is_counted_down_and_can_be_made_at_once() -> Result<()> {
    let page = Page::start().await?;
    page.open_panel().await?;
    page.link.go_down();
    // The wait after the third attempt is of eight seconds at least.
    page.asks_for_sockets(4).await?;
    let first = page.browser.wait_until(&format!("{COUNTDOWN} > 3 && {COUNTDOWN}"), SOON).await?;
    let first = first.as_u64().unwrap_or_default();
    page.browser.wait_until(&format!("{COUNTDOWN} < {first} - 1"), SOON).await?;
    page.link.come_up();
    page.click("retry").await?;
    page.browser.wait_for_status("connected", SOON).await?;
    assert_eq!(page.link.sockets(), 5);
    page.browser.close().await
}
