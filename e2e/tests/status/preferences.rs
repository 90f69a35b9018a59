//! What the viewer prefers: it holds at once, in every tab, and after a reload.

use anyhow::Result;
use e2e::game;
use serde_json::json;

use crate::page::{BACK, Page, SOON};

/// Behaviour: B57, B58 — broken by: a page that does not hear what another tab stores
#[tokio::test]
async fn a_second_tab_follows_live_updates_off_and_on_and_both_catch_up() -> Result<()> {
    let page = Page::start().await?;
    assert_eq!(page.server.http().post_game(&game(1, "town"))?.status, 201);
    page.browser.wait_for_figure("games", 1, SOON).await?;
    let first = page.browser.tab().await?;
    let second = page.browser.open_tab().await?;
    page.open().await?;
    page.browser.wait_for_figure("games", 1, SOON).await?;

    page.browser.look_at(&first).await?;
    page.open_details().await?;
    page.click("live-toggle").await?;
    for tab in [&first, &second] {
        page.browser.look_at(tab).await?;
        page.browser.wait_for_status("disconnected", SOON).await?;
        assert_eq!(page.browser.figure("games").await?, Some(1), "what is known stays");
    }
    assert_eq!(page.server.http().post_game(&game(2, "town"))?.status, 201);
    page.browser.execute("location.reload();").await?;
    page.browser.wait_for_status("disconnected", SOON).await?;
    let before = page.link.sockets();

    page.browser.look_at(&first).await?;
    assert_eq!((page.browser.figure("games").await?, page.link.sockets()), (Some(1), before));
    page.click("live-toggle").await?;
    for tab in [&first, &second] {
        page.browser.look_at(tab).await?;
        page.browser.wait_for_status("connected", SOON).await?;
        page.browser.wait_for_figure("games", 2, SOON).await?;
    }
    page.browser.close().await
}

/// Behaviour: B10 — broken by: trying again although nobody wants that by itself
#[tokio::test]
async fn without_auto_reconnect_a_loss_is_the_end_until_the_viewer_asks() -> Result<()> {
    let page = Page::start().await?;
    page.open_details().await?;
    page.click("auto-reconnect-toggle").await?;
    page.link.cut();
    page.browser.wait_for_status("error", SOON).await?;
    let before = page.link.sockets();
    page.pass_minutes(10).await?;
    assert_eq!((page.link.sockets(), page.browser.status().await?.as_str()), (before, "error"));
    page.browser.close().await
}

/// Behaviour: B61 — broken by: not looking whether news are muted
#[tokio::test]
async fn without_notifications_no_loss_makes_one_and_the_panel_tells_it_all_the_same() -> Result<()> {
    let page = Page::start().await?;
    page.open_details().await?;
    page.click("notifications-toggle").await?;
    page.notices().await?;
    page.link.go_down();
    // The third attempt is three seconds after the loss at the earliest, a notice comes after two.
    page.asks_for_sockets(3).await?;
    assert_eq!(page.browser.status().await?, "reconnecting");
    let panel = page.browser.text_of("[data-testid=status-panel]").await?.to_lowercase();
    assert!(panel.contains("reconnecting") && panel.contains("of 5"), "{panel}");
    page.link.come_up();
    page.browser.wait_for_status("connected", BACK).await?;
    assert_eq!(page.server.http().post_game(&game(1, "town"))?.status, 201);
    page.browser.wait_for_figure("games", 1, SOON).await?;
    assert_eq!(page.notices().await?, Vec::<String>::new());
    assert_eq!(page.browser.value("document.querySelector('[data-toast]')").await?, json!(null));
    page.browser.close().await
}
