//! What the viewer's system does: the network goes and comes, the tab is hidden and shown.

use std::time::Duration;

use anyhow::Result;
use e2e::game;

use crate::page::{Page, SOON};

const SECOND: Duration = Duration::from_secs(1);
/// Clients that find the network together spread over 300 ms.
const AT_ONCE: Duration = Duration::from_millis(2_500);
/// The server says something into two seconds of silence.
const BEATS: Duration = Duration::from_millis(4_500);

/// Behaviour: B15 — broken by: not telling the manager that there is a network again
#[tokio::test]
async fn a_network_that_is_found_again_is_one_attempt_at_once() -> Result<()> {
    let page = Page::start().await?;
    page.link.go_down();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    // After the second retry comes a wait of four seconds at least.
    page.asks_for_sockets(3).await?;
    page.browser.set_offline(true).await?;
    page.browser.wait_until("!navigator.onLine", SOON).await?;
    page.link.come_up();
    page.browser.set_offline(false).await?;
    page.browser.wait_for_status("connected", AT_ONCE).await?;
    assert_eq!(page.link.sockets(), 4);
    page.browser.close().await
}

/// Behaviour: B15, B25 — broken by: not telling the manager that the page is shown, nor that it is hidden; the
/// server's session takes its ticks as ever while the page is hidden
#[tokio::test]
async fn a_hidden_tab_hears_less_and_is_right_within_a_second_of_being_shown() -> Result<()> {
    let page = Page::closed().await?;
    page.keep_messages().await?;
    page.open().await?;
    let beats = "window.messages.filter(([, event]) => event === 'beat').length";
    page.browser.wait_until(&format!("{beats} > 0"), SOON).await?;

    page.set_hidden(true).await?;
    let heard = page.browser.value(beats).await?;
    // Two beats would fall into this time, were the page seen; one may have been under way.
    let more = page.browser.wait_until(&format!("{beats} > {heard} + 1"), BEATS).await;
    assert!(more.is_err(), "{more:?}");
    for table in 1..=3 {
        assert_eq!(page.server.http().post_game(&game(table, "town"))?.status, 201);
    }
    let deltas = "window.messages.filter(([, event]) => event === 'delta').length";
    let told = page.browser.wait_until(&format!("{deltas} > 0"), BEATS).await;
    assert!(told.is_err(), "{told:?}");
    let took = page.shown_until_games(3).await?;
    assert!(took < SECOND, "{took:?}");

    page.set_hidden(true).await?;
    page.link.go_down();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    assert_eq!(page.server.http().post_game(&game(4, "town"))?.status, 201);
    let before = page.link.sockets();
    page.link.come_up();
    let took = page.shown_until_games(4).await?;
    assert!(took < SECOND, "{took:?}");
    assert_eq!((page.link.sockets(), page.browser.status().await?.as_str()), (before + 1, "connected"));
    page.browser.close().await
}
