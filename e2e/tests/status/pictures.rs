//! What the page looks like, for whoever wants to see it: kept under the target folder's `screenshots`.

use anyhow::{Context as _, Result};
use e2e::{Browser, game};

use crate::page::{Page, SOON};

const SIZES: [(u32, u32); 3] = [(1_440, 900), (768, 1_024), (320, 640)];

/// Pictures of what is shown now, in every size and both themes.
async fn take(browser: &Browser, name: &str) -> Result<()> {
    for (width, height) in SIZES {
        browser.set_size(width, height).await?;
        for theme in ["dark", "light"] {
            browser.execute(&format!("document.documentElement.dataset.theme = '{theme}';")).await?;
            let path = browser.screenshot(&format!("{name}-{width}-{theme}")).await?;
            let picture = std::fs::read(path)?;
            let shown = picture.get(16..20).context("no picture")?.try_into()?;
            assert_eq!(u32::from_be_bytes(shown), width, "{name}");
        }
    }
    Ok(())
}

/// Broken by: a window that keeps its size.
#[tokio::test]
async fn every_depth_is_pictured_in_three_sizes_and_both_themes() -> Result<()> {
    let page = Page::start().await?;
    for number in 1..=12 {
        let winner = if number % 3 == 0 { "mafia" } else { "town" };
        assert_eq!(page.server.http().post_game(&game(number, winner))?.status, 201);
    }
    page.browser.wait_for_figure("games", 12, SOON).await?;
    take(&page.browser, "header").await?;
    page.open_panel().await?;
    take(&page.browser, "panel").await?;
    page.link.go_down();
    page.browser.wait_until("document.querySelector('[data-toast=lost]')", SOON).await?;
    take(&page.browser, "lost").await?;
    page.browser.close().await
}
