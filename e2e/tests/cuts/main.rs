//! A link that is cut a thousand times at random, between the shipped server and clients with the real manager.

mod knife;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Http, Server, game};
use realtime_manager::{Config, Event, Recovery, Stats};
use realtime_native::{Client, Handle, Notice, websocket_url};
use realtime_protocol::{StateHash, Topic};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use knife::Knife;

/// Cuts in all, of all clients together.
const CUTS: usize = 1_000;
const CLIENTS: u64 = 8;
/// How long the cuts may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a client may take for what is left once nothing is cut any more.
const REST_MAX: Duration = Duration::from_secs(10);

/// What a client was told, in the order in which it was told.
#[derive(Debug, Default)]
struct Told {
    rows: Vec<(u64, String)>,
    /// Offsets at which the view was told.
    view: Vec<u64>,
    hash: Option<StateHash>,
}

impl Told {
    fn hear(&mut self, notice: Notice) {
        match notice.event {
            Event::Rows(update) => self.rows.extend(update.rows.into_iter().map(|row| (row.offset, row.key))),
            Event::Batch(updates) => {
                for update in updates {
                    self.view.push(update.position.offset);
                    self.hash = Some(update.hash);
                }
            }
            _ => {}
        }
    }

    /// The first row that is not the one of the log, in words.
    fn difference(&self, log: &[(u64, String)]) -> Option<String> {
        let length = self.rows.len().max(log.len());
        let at = (0..length).find(|&at| self.rows.get(at) != log.get(at))?;
        let (told, wanted) = (self.rows.get(at), log.get(at));
        Some(format!(
            "row {at} of {} is {told:?}, and the log of {} has {wanted:?}",
            self.rows.len(),
            log.len()
        ))
    }

    fn has(&self, offset: u64) -> bool {
        self.rows.last().is_some_and(|(last, _)| *last == offset) && self.view.last() == Some(&offset)
    }
}

/// A client that comes back at once; the times that users were promised are held by other tests.
async fn client(knife: &Knife, seed: u64) -> Result<(Handle, mpsc::Receiver<Notice>)> {
    let (first_delay, max_delay) = (Duration::from_millis(1), Duration::from_millis(5));
    let recovery = Recovery { max_retries: None, first_delay, max_delay, ..Recovery::default() };
    let config = Config { recovery, ..Config::default() };
    let (client, notices) = Client::spawn(websocket_url(&knife.url())?, config, seed);
    for topic in ["table:games", "view:metrics"] {
        client.subscribe(Topic::parse(topic)?, Duration::ZERO).await?;
    }
    client.connect().await?;
    Ok((client, notices))
}

/// Listens until the client was told the commit that is the last, once there is one, or until that takes too long.
async fn follow(
    client: Handle,
    mut notices: mpsc::Receiver<Notice>,
    mut last: watch::Receiver<Option<u64>>,
) -> Result<(Told, Stats)> {
    let mut told = Told::default();
    let offset = loop {
        tokio::select! {
            notice = notices.recv() => told.hear(notice.context("the client has ended")?),
            last = last.wait_for(Option::is_some) => break last?.context("no offset")?,
        }
    };
    let rest = async {
        while let Some(notice) = if told.has(offset) { None } else { notices.recv().await } {
            told.hear(notice);
        }
    };
    // What is missing then is told by comparison.
    tokio::time::timeout(REST_MAX, rest).await.ok();
    let stats = client.stats().await?;
    client.close().await?;
    Ok((told, stats))
}

/// Posts games until all cuts are made; the offset of the last.
fn post(http: &Http, knife: &Knife) -> Result<u64> {
    let mut number = 0;
    loop {
        number += 1;
        let position = http.post_game(&game(number, "town"))?.position()?;
        if knife.cuts() >= CUTS {
            return position["offset"].as_u64().context("no offset");
        }
    }
}

/// The games that the log tells of, with their commits.
fn log(database: &Path) -> Result<Vec<(u64, String)>> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(r#"SELECT "offset", changes FROM commits ORDER BY "offset""#)?;
    let commits = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let mut rows = Vec::new();
    for commit in commits {
        let (offset, changes) = commit?;
        for change in serde_json::from_str::<Vec<Value>>(&changes)? {
            if change["table"] == "games" {
                rows.push((u64::try_from(offset)?, change["key"].as_str().context("no key")?.to_owned()));
            }
        }
    }
    Ok(rows)
}

/// Behaviour: B16 — broken by: joining again without a position; with one that is a commit too old or too new
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cuts_at_random_lose_no_row_and_double_none_and_states_are_right_in_the_end() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("cuts.sqlite");
    let server = Server::start(&database, &[])?;
    let knife = Knife::start(&server.url()).await?;
    let (last_sender, last) = watch::channel(None);
    let mut clients = JoinSet::new();
    for seed in 0..CLIENTS {
        let (client, mut notices) = client(&knife, seed).await?;
        // Nobody is cut before it has joined the empty log, so each must be told all of it.
        let joined = async {
            while client.subscriptions().await?.iter().any(|subscription| !subscription.joined) {
                notices.recv().await.context("the client has ended")?;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, joined).await.context("a client did not join")??;
        clients.spawn(follow(client, notices, last.clone()));
    }
    let http = server.http();
    let posted = knife.clone();
    knife.sharpen(true);
    let posting = tokio::task::spawn_blocking(move || post(&http, &posted));
    let offset = tokio::time::timeout(PATIENCE, posting).await.context("too few cuts")???;
    knife.sharpen(false);
    last_sender.send_replace(Some(offset));
    // What is acknowledged stands in the log; the hub reads it a moment later.
    let view = server.http().view_after("metrics", &json!({"offset": offset}))?;
    let hash = serde_json::from_value(view["hash"].clone())?;
    let log = log(&database)?;
    assert_eq!(log.last().map(|(last, _)| *last), Some(offset));
    while let Some(ended) = clients.join_next().await {
        let (told, stats) = ended??;
        assert_eq!(told.difference(&log), None, "each row of the log, once and in order: {stats:?}");
        assert!(told.view.is_sorted(), "a view never goes back");
        assert_eq!((told.view.last(), told.hash), (Some(&offset), Some(hash)));
        assert_eq!((stats.gaps, stats.hash_mismatches, stats.malformed), (0, 0, 0), "{stats:?}");
        let share = CUTS as u64 / CLIENTS / 4;
        assert!(stats.reconnects >= share, "a client came back only {} times", stats.reconnects);
    }
    Ok(())
}
