//! Serves the folder of a page, and the load of this machine once a second.

use std::time::Duration;

use anyhow::Context as _;
use changelog::MemoryLog;
use realtime_server::assets::Page;
use server_stats::{measure, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).context("usage: server-stats FOLDER_OF_THE_PAGE")?;
    let page = Page::of_folder(folder.as_ref(), watch::channel("live").1)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (address, log) = (listener.local_addr()?, MemoryLog::new("server-stats"));
    tokio::select! {
        served = serve(listener, &log, page) => served,
        measured = measure(&log, Duration::from_secs(1)) => measured,
        stopped = async {
            use std::io::Write as _;
            writeln!(std::io::stdout(), "listening on http://{address}")?;
            tokio::signal::ctrl_c().await
        } => Ok(stopped?),
    }
}
