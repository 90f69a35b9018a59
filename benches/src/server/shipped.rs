//! The program as it ships, on the servers' core, and who posts games to it.

use std::net::SocketAddrV4;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{Http, Server};
use realtime_protocol::StateHash;
use serde_json::json;

use super::process::{Usage, on_server_core};
use crate::games::game;

/// Posts that may wait for those before them: a server that is so far behind cannot do it.
const POSTS_MAX: usize = 1_024;

/// A running `gomafia serve`.
#[derive(Debug)]
pub(crate) struct Shipped {
    server: Server,
    pub(crate) address: SocketAddrV4,
}

impl Shipped {
    /// Starts on a free port.
    pub(crate) fn start(database: &Path) -> Result<Self> {
        Self::of(on_server_core(|| Server::start(database, &[]))?)
    }

    /// Starts once more after a kill, on the same port and database.
    pub(crate) fn again(&self) -> Result<Self> {
        Self::of(on_server_core(|| self.server.again())?)
    }

    fn of(server: Server) -> Result<Self> {
        let address = server.url().strip_prefix("http://").context("not http")?.parse()?;
        Ok(Self { server, address })
    }

    pub(crate) fn kill(&mut self) -> Result<()> {
        self.server.kill()
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.server.id())
    }

    pub(crate) fn http(&self) -> Http {
        self.server.http()
    }

    /// Posts these games one after the other; answers where the last one stands.
    pub(crate) fn post(&self, games: std::ops::Range<u64>) -> Result<u64> {
        let http = self.http();
        games.into_iter().try_fold(0, |_, n| post(&http, n))
    }

    /// Offset and hash of the metrics, as they are read over HTTP.
    pub(crate) fn metrics(&self) -> Result<(u64, StateHash)> {
        self.metrics_after(0)
    }

    /// The same once they have got so far: a read right after a write may be older than it.
    pub(crate) fn metrics_after(&self, offset: u64) -> Result<(u64, StateHash)> {
        let answer = self.http().view_after("metrics", &json!({"offset": offset}))?;
        let offset = answer["position"]["offset"].as_u64().context("no offset")?;
        Ok((offset, serde_json::from_value(answer["hash"].clone())?))
    }
}

/// Answers where the game stands in the log.
pub(crate) fn post(http: &Http, n: u64) -> Result<u64> {
    let answer = http.post_game(&game(n))?;
    ensure!(answer.status == 201, "game {n} was answered with {answer:?}");
    answer.body["position"]["offset"].as_u64().context("no offset")
}

/// Posts in a thread of its own, in order, so that a slow answer does not stop the clock.
#[derive(Debug)]
pub(crate) struct Poster {
    games: SyncSender<u64>,
    thread: JoinHandle<Result<Vec<Duration>>>,
    next: u64,
}

impl Poster {
    /// The first game will be number `first`.
    pub(crate) fn start(http: Http, first: u64) -> Self {
        let (games, queue) = sync_channel(POSTS_MAX);
        let thread = std::thread::spawn(move || {
            let timed = |n| {
                let began = Instant::now();
                post(&http, n).map(|_| began.elapsed())
            };
            queue.into_iter().map(timed).collect()
        });
        Self { games, thread, next: first }
    }

    /// Has the next one posted as soon as those before it are.
    pub(crate) fn publish(&mut self) -> Result<()> {
        self.next += 1;
        match self.games.try_send(self.next - 1) {
            Ok(()) => Ok(()),
            Err(error) => bail!("posts come too late: {error}"),
        }
    }

    /// Waits for the last post; how long each took to be answered.
    pub(crate) fn end(self) -> Result<Vec<Duration>> {
        drop(self.games);
        self.thread.join().ok().context("the poster panicked")?
    }
}
