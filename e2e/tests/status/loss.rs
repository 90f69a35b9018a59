//! Links that fall silent, break, and come back.

use std::time::{Duration, Instant};

use anyhow::Result;
use e2e::game;

use crate::page::{BACK, Page, SOON};

/// A silence of five seconds is a loss; what comes on top is the page's own.
const SILENCE: Duration = Duration::from_secs(5);
const MARGIN: Duration = Duration::from_millis(1_500);

/// Counts the sockets that open from now on.
const COUNT_OPENED: &str = "window.opened = 0;
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
        constructor(url) {
            super(url);
            this.addEventListener('open', () => { window.opened += 1; });
        }
    };";

/// Behaviour: B2, B3 — broken by: a silence of eight seconds
#[tokio::test]
async fn a_link_that_falls_silent_is_seen_within_five_seconds_and_its_return_without_anybody() -> Result<()> {
    let page = Page::start().await?;
    page.link.fall_silent();
    let start = Instant::now();
    page.browser.wait_for_status("reconnecting", SILENCE + MARGIN).await?;
    assert!(start.elapsed() <= SILENCE + MARGIN, "{:?}", start.elapsed());
    assert_eq!(page.server.http().post_game(&game(1, "town"))?.status, 201);
    page.link.speak();
    page.browser.wait_for_status("connected", BACK).await?;
    page.browser.wait_for_figure("games", 1, SOON).await?;
    page.browser.close().await
}

/// Behaviour: B60, B65 — broken by: telling "restored" as soon as a socket opens
#[tokio::test]
async fn a_loss_of_two_seconds_is_one_notice_and_its_end_is_one_more() -> Result<()> {
    let page = Page::start().await?;
    page.said().await?;
    page.link.go_down();
    page.browser.wait_until("document.querySelector('[data-toast=lost]')", SOON).await?;
    // Sockets open again, but nothing that the server says arrives, so nothing is restored yet.
    page.link.fall_silent_once_open();
    page.link.come_up();
    page.open_panel().await?;
    page.browser.execute(COUNT_OPENED).await?;
    page.click("retry").await?;
    while page.browser.value("window.opened").await? != 1 {}
    assert_eq!(page.notices().await?, ["lost"]);
    page.link.speak();
    page.browser.wait_until("document.querySelector('[data-toast=restored]')", BACK).await?;
    assert_eq!(page.browser.status().await?, "connected");
    assert_eq!(page.notices().await?, ["restored"]);
    page.browser.close().await
}

/// Behaviour: B60 — broken by: a notice at once
#[tokio::test]
async fn a_loss_that_is_over_within_two_seconds_is_no_notice() -> Result<()> {
    let page = Page::start().await?;
    page.said().await?;
    page.open_panel().await?;
    page.link.cut();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    page.click("retry").await?;
    page.browser.wait_for_status("connected", SOON).await?;
    // A notice of this loss would come when it is two seconds old; figures that change later show that
    // the page has gone on meanwhile.
    for number in 1..=3 {
        assert_eq!(page.server.http().post_game(&game(number, "town"))?.status, 201);
        page.browser.wait_for_figure("games", number.try_into()?, SOON).await?;
    }
    let said = page.said().await?;
    assert_eq!(said, ["reconnecting", "connected"]);
    page.browser.close().await
}
