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
