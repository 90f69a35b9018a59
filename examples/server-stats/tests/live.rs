//! The example as its viewers get it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use changelog::MemoryLog;
use realtime_manager::{Config, Event};
use realtime_native::{Client, websocket_url};
use realtime_protocol::Topic;
use realtime_server::assets::Page;
use server_stats::{measure, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Broken by: keeping what a commit has changed to itself.
#[tokio::test]
async fn a_viewer_is_told_the_load_again_and_again() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = websocket_url(&format!("ws://{}", listener.local_addr()?))?;
    let log = MemoryLog::new("server-stats");
    let page = Page { index: "", mode: watch::channel("live").1, assets: &[] };
    let watching = async {
        let (handle, mut notices) = Client::spawn(url, Config::default(), 1);
        handle.subscribe(Topic::view("stats")?, Duration::ZERO).await?;
        handle.connect().await?;
        let mut offsets = Vec::new();
        while offsets.len() < 3 {
            let notice = notices.recv().await.context("the client ended")?;
            if let Event::Batch(updates) = notice.event {
                offsets.extend(updates.iter().map(|update| update.position.offset));
            }
        }
        handle.close().await?;
        anyhow::Ok(offsets)
    };
    let offsets = tokio::select! {
        served = serve(listener, &log, page) => { served?; anyhow::bail!("the server ended") }
        measured = measure(&log, Duration::from_millis(20)) => { measured?; anyhow::bail!("measuring ended") }
        offsets = tokio::time::timeout(Duration::from_secs(20), watching) => offsets??,
    };
    assert!(offsets.is_sorted_by(|before, after| before < after), "{offsets:?}");
    Ok(())
}
