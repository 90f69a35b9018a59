//! How old a figure says that it is.

use anyhow::Result;
use e2e::game;

use crate::page::{Page, SOON};

const CARD: &str = "document.querySelector('[data-figure=games]').textContent.replaceAll('\\u{a0}', ' ')";

/// Behaviour: B48 — broken by: an age that does not tick
#[tokio::test]
async fn a_figure_tells_its_age_and_without_a_link_of_when_it_is() -> Result<()> {
    let page = Page::start().await?;
    assert_eq!(page.server.http().post_game(&game(1, "town"))?.status, 201);
    page.browser.wait_for_figure("games", 1, SOON).await?;
    for seconds in [1, 3] {
        page.browser.wait_until(&format!("{CARD}.includes('{seconds} s ago')"), SOON).await?;
    }
    page.link.go_down();
    page.browser.wait_until(&format!("/as of \\d\\d:\\d\\d/.test({CARD})"), SOON).await?;
    assert_eq!(page.browser.figure("games").await?, Some(1));
    assert_eq!(page.browser.value(&format!("{CARD}.includes('ago')")).await?, false);
    page.browser.close().await
}
