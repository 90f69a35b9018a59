//! From a posted game to a viewer's delta, beside a bare commit on the same disk.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::Server;
use realtime_manager::{Config, Event, TopicChange};
use realtime_native::{Client, websocket_url};
use realtime_protocol::Topic;
use rusqlite::Connection;

use crate::figure::{Figures, Target, median_ms};
use crate::games::game;

const POSTS: u64 = 300;
/// Longer than any answer takes; a hung run must end.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Prints the median of both and their difference, which has the target.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bare = bare_commits(&folder.path().join("bare.sqlite"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let posted = runtime.block_on(posts(&folder.path().join("served.sqlite")))?;
    figures.print("post_to_delta_p50", posted, "ms", Target::None)?;
    figures.print("bare_sqlite_commit_p50", bare, "ms", Target::None)?;
    figures.print("post_to_delta_beyond_commit_p50", posted - bare, "ms", Target::AtMost(3.0))?;
    Ok(())
}

fn bare_commits(path: &Path) -> Result<f64> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch("CREATE TABLE games (id INTEGER PRIMARY KEY, body TEXT)")?;
    let mut samples = Vec::new();
    for n in 0..POSTS {
        let body = game(n).to_string();
        let began = Instant::now();
        connection.execute("INSERT INTO games (body) VALUES (?1)", [body])?;
        samples.push(began.elapsed());
    }
    Ok(median_ms(samples))
}

async fn posts(database: &Path) -> Result<f64> {
    let mut server = Server::start(database, &[])?;
    let url = websocket_url(&server.url().replacen("http", "ws", 1))?;
    let (client, mut notices) = Client::spawn(url, Config::default(), 1);
    client.subscribe(Topic::parse("view:metrics")?, Duration::ZERO).await?;
    client.connect().await?;
    let mut delta = async || loop {
        let notice = tokio::time::timeout(ANSWER_MAX, notices.recv()).await?.context("the client ended")?;
        if let Event::Batch(updates) = notice.event {
            let is_snapshot = updates.iter().any(|update| matches!(update.change, TopicChange::Snapshot(_)));
            return anyhow::Ok(is_snapshot);
        }
    };
    anyhow::ensure!(delta().await?, "the first answer is the state");
    let mut samples = Vec::new();
    for n in 0..POSTS {
        let http = server.http();
        let began = Instant::now();
        let post = tokio::task::spawn_blocking(move || http.post_game(&game(n)));
        anyhow::ensure!(!delta().await?, "a delta was expected");
        samples.push(began.elapsed());
        anyhow::ensure!(post.await??.status == 201, "a game was refused");
    }
    client.close().await?;
    server.kill()?;
    Ok(median_ms(samples))
}
