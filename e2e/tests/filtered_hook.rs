//! A hook on the rows of a table with a filter: the gallery's page, in Chromium, before a server of its own.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Browser, Driver, Http, ServedFolder, Server, gallery, game};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const SOON: Duration = Duration::from_secs(10);
const SOCKET_REQUEST: &[u8] = b"GET /socket/websocket";

/// One address for both: sockets go to the server, and all else to the pages.
struct Fork {
    address: SocketAddr,
    _task: JoinSet<Result<()>>,
}

impl Fork {
    async fn start(pages: &str, server: &str) -> Result<Self> {
        let address = |url: &str| -> Result<SocketAddr> {
            Ok(url.strip_prefix("http://").context("not an address over http")?.parse()?)
        };
        let (pages, server) = (address(pages)?, address(server)?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut stream, _) = listener.accept().await?;
                connections.spawn(async move {
                    let mut head = [0; SOCKET_REQUEST.len()];
                    stream.peek(&mut head).await?;
                    let to = if head == SOCKET_REQUEST { server } else { pages };
                    tokio::io::copy_bidirectional(&mut stream, &mut TcpStream::connect(to).await?).await
                });
            }
        });
        Ok(Self { address, _task: task })
    }
}

/// What a part of the page shows as its rows: their keys, sorted.
fn shown(part: &str) -> String {
    format!("(document.querySelector('[data-part={part}] dd')?.textContent || '')")
}

async fn shows(browser: &Browser, keys: &[&String]) -> Result<()> {
    let mut keys = keys.to_vec();
    keys.sort();
    let text = format!("\"{}\"", keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(" "));
    for part in ["first", "second"] {
        browser.wait_until(&format!("{} === {}", shown(part), json!(text)), SOON).await?;
    }
    Ok(())
}

/// Waits until the server has that many groups of viewers.
async fn groups(http: &Http, count: u64) -> Result<()> {
    let line = format!("gomafia_topics {count}\n");
    let start = std::time::Instant::now();
    while !http.get("/metrics")?.body.as_str().is_some_and(|text| text.contains(&line)) {
        anyhow::ensure!(start.elapsed() < SOON, "never {count} groups");
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Behaviour: B28, B35 — broken by: a row that leaves the filter is not told; whoever leaves a group still counts
#[tokio::test]
async fn a_hook_with_a_filter_holds_the_rows_that_meet_it_and_two_parts_share_one_join() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("rows.sqlite"), &[])?;
    let http = server.http();
    let served = ServedFolder::start(&gallery()?).await?;
    let fork = Fork::start(&served.url(), &server.url()).await?;
    let driver = Driver::start()?;
    let browser = driver.browser().await?;
    browser.open(&format!("http://{}/?page=use-realtime-rows&state=town", fork.address)).await?;
    groups(&http, 1).await?;
    let put = |id: &str, number, winner| http.put(&format!("/api/v1/games/{id}"), &game(number, winner));
    let post = |number, winner| http.post_game(&game(number, winner))?.id();

    let (first, second) = (post(1, "town")?, post(2, "mafia")?);
    let third = post(3, "town")?;
    shows(&browser, &[&first, &third]).await?;
    put(&first, 1, "draw")?;
    put(&second, 2, "town")?;
    shows(&browser, &[&second, &third]).await?;
    assert_eq!(http.delete(&format!("/api/v1/games/{third}"))?.status, 200);
    shows(&browser, &[&second]).await?;

    groups(&http, 1).await?;
    browser.click("toggle-first", SOON).await?;
    browser.wait_until("!document.querySelector('[data-part=first] dd')", SOON).await?;
    let fourth = post(4, "town")?;
    let rest = format!("{}.includes({})", shown("second"), json!(fourth));
    browser.wait_until(&rest, SOON).await?;
    groups(&http, 1).await?;
    browser.click("toggle-second", SOON).await?;
    groups(&http, 0).await?;
    browser.close().await
}
