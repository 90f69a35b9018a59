//! A network that lets no WebSocket through.

use std::time::Duration;

use anyhow::Result;
use e2e::{Driver, Server, game};

use crate::scripted::Scripted;

/// Three attempts fail in at most 4.5 s, then views are read every 5 s.
const SOON: Duration = Duration::from_secs(20);

/// Broken by: never asking over HTTP; calling the reading over HTTP a connection.
#[tokio::test]
async fn a_page_without_websockets_reads_its_figures_over_http_and_does_not_call_it_connected() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let pages = Server::start(&folder.path().join("blocked.sqlite"), &[])?;
    pages.http().post_game(&game(1, "town"))?;
    let pages_at = pages.url().trim_start_matches("http://").parse()?;
    let mut server = Scripted::start(Some(pages_at)).await?;
    let driver = Driver::start()?;
    let browser = driver.browser().await?;
    browser.open(&format!("http://{}/?lang=en", server.address())).await?;
    let follow = async {
        browser.wait_for_figure("games", 1, SOON).await?;
        pages.http().post_game(&game(2, "mafia"))?;
        browser.wait_for_figure("games", 2, SOON).await?;
        browser.status().await
    };
    let status = tokio::select! {
        status = follow => status?,
        error = refuse_all(&mut server) => error?,
    };
    assert!(["reconnecting", "error"].contains(&status.as_str()), "{status}");
    browser.close().await
}

/// Drops every socket before its handshake; ends only when that is not possible.
async fn refuse_all(server: &mut Scripted) -> Result<String> {
    loop {
        server.refuse().await?;
    }
}
