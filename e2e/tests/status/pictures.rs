//! What the page looks like, for whoever wants to see it: kept under the target folder's `screenshots`.

use anyhow::Result;
use e2e::{Media, game, take_pictures};

use crate::page::{Page, SOON};

const STILL: Media = Media { reduced_motion: true, forced_colors: false };

/// Broken by: a window that keeps its size.
#[tokio::test]
async fn every_depth_is_pictured_in_three_sizes_and_both_themes() -> Result<()> {
    for lang in ["en", "ru"] {
        let page = Page::closed().await?;
        page.browser.set_media(STILL).await?;
        page.browser.open(&format!("{}/?lang={lang}", page.link.url())).await?;
        page.browser.wait_for_status("connected", SOON).await?;
        for number in 1..=12 {
            let winner = if number % 3 == 0 { "mafia" } else { "town" };
            assert_eq!(page.server.http().post_game(&game(number, winner))?.status, 201);
        }
        page.browser.wait_for_figure("games", 12, SOON).await?;
        let take = async |name| take_pictures(&page.browser, &format!("{name}-{lang}")).await;
        take("header").await?;
        page.open_panel().await?;
        take("panel").await?;
        page.open_details().await?;
        take("details").await?;
        page.link.go_down();
        page.browser.wait_until("document.querySelector('[data-toast=lost]')", SOON).await?;
        take("details-lost").await?;
        page.click("status-settings").await?;
        take("panel-lost").await?;
        page.click("status-toggle").await?;
        take("lost").await?;
        page.click("notifications").await?;
        take("history").await?;
        page.browser.close().await?;
    }
    Ok(())
}
