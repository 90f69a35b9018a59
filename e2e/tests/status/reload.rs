//! Coming and going is no trouble.

use anyhow::Result;

use crate::page::{Page, SOON};

const TIMES: usize = 100;
const WELL: [&str; 3] = ["disconnected", "connecting", "connected"];

/// Broken by: counting what a page marks while it is left
#[tokio::test]
async fn a_hundred_reloads_and_navigations_alarm_nobody() -> Result<()> {
    let page = Page::start().await?;
    for time in 0..TIMES {
        match time % 4 {
            0 => page.browser.execute("location.reload();").await?,
            1 => page.browser.open(&format!("{}&theme=light&n={time}", page.url())).await?,
            2 => page.browser.execute("history.back();").await?,
            // Left again before it has a connection.
            _ => page.browser.open(&format!("{}&n={time}", page.url())).await?,
        }
        if time % 4 != 3 {
            page.browser.wait_for_status("connected", SOON).await?;
        }
    }
    page.open().await?;
    let said = page.said().await?;
    assert!(said.iter().filter(|what| *what == "connected").count() > TIMES / 2, "{said:?}");
    let alarms: Vec<&String> = said.iter().filter(|what| !WELL.contains(&what.as_str())).collect();
    assert!(alarms.is_empty(), "{alarms:?}");
    page.browser.close().await
}
