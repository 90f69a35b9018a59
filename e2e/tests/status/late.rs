//! The panel, which is loaded after the first figures.

use anyhow::Result;
use e2e::{Axe, Media, violations};

use crate::page::{Page, SOON};

const LOADED: &str =
    "performance.getEntriesByType('resource').some(({name}) => name.includes('/split_status_panel'))";
const PANEL: &str = "document.querySelector('[data-testid=status-panel]')";
const SAID: &str = "document.querySelector('[data-testid=status-panel-wait]')?.innerText";

/// Behaviour: B51 — broken by: a panel that is loaded when it is opened
#[tokio::test]
async fn the_panel_is_there_before_the_link_is_lost() -> Result<()> {
    let page = Page::start().await?;
    page.browser.wait_until(LOADED, SOON).await?;
    page.link.go_down();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    page.open_panel().await?;
    page.browser.close().await
}

/// Behaviour: B51 — broken by: a load that is not tried again after a failure
#[tokio::test]
async fn a_panel_that_does_not_come_says_so_and_comes_when_it_is_asked_again() -> Result<()> {
    let page = Page::closed().await?;
    let axe = Axe::load()?;
    if let Some(axe) = &axe {
        axe.bring_to(&page.browser).await?;
    }
    // Colours are right once they have come to rest.
    page.browser.set_media(Media { reduced_motion: true, forced_colors: false }).await?;
    page.browser.set_blocked(&["*/split_status_panel*"]).await?;
    page.open().await?;
    page.click("status-toggle").await?;
    page.browser.wait_until(&format!("{SAID}?.includes('could not be loaded')"), SOON).await?;
    assert_eq!(page.browser.value(PANEL).await?, serde_json::Value::Null);
    if axe.is_some() {
        assert_eq!(violations(&page.browser).await?, Vec::<String>::new());
    }
    page.browser.set_blocked(&[]).await?;
    page.click("panel-again").await?;
    page.browser.wait_until(PANEL, SOON).await?;
    page.browser.close().await
}
