//! Our server on a log in memory, with one view and one table, so that the log is not what is measured.

use std::io::Read as _;
use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use changelog::{Change, Commit, MemoryLog, Op};
use realtime_protocol::filter::Column;
use realtime_protocol::{Delta, Epoch, Position, State};
use realtime_server::assets::Page;
use realtime_server::hub::Hub;
use realtime_server::limits::SESSIONS_MAX;
use realtime_server::{FoldError, Metrics, RowError, Server, ServerConfig, Tables, Views};
use serde_json::Value;
use tokio::sync::watch;

use crate::announce;

/// Commits before the first that is published, so that offsets have six digits and every frame as many bytes.
const BEFORE: u64 = 100_000;
/// Commits that the log keeps: many more than are ever under way.
const KEPT: usize = 4_096;

/// `bench`: the number of the last message.
#[derive(Default)]
struct Last {
    n: u64,
    is_changed: bool,
}

impl Last {
    fn delta(&self) -> Delta {
        let mut delta = Delta::default();
        delta.put("n", self.n);
        delta
    }
}

impl Views for Last {
    fn names(&self) -> &'static [&'static str] {
        &["bench"]
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        self.n = commit.offset;
        self.is_changed = true;
        Ok(())
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        if std::mem::take(&mut self.is_changed) { vec![("bench", self.delta())] } else { Vec::new() }
    }

    fn state(&self, name: &str) -> Option<State> {
        (name == "bench").then(|| State::from_entries(self.delta().put).ok()).flatten()
    }
}

/// `bench`: each message as a row.
struct Rows;

impl Tables for Rows {
    fn names(&self) -> &'static [&'static str] {
        &["bench"]
    }

    fn columns(&self, _: &str) -> &'static [Column] {
        &[]
    }

    fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
        let table = table.to_owned();
        serde_json::from_str(text).map_err(|error| RowError { table, source: Box::new(error) })
    }
}

/// The runtime is that of `gomafia serve`.
#[tokio::main]
pub(crate) async fn serve(bytes: usize) -> Result<()> {
    let log = MemoryLog::new("bench");
    for _ in 0..BEFORE {
        _ = log.append(now_ms(), Vec::new());
    }
    log.retain_last(0);
    let start = Position { epoch: Epoch::new("bench"), offset: BEFORE };
    let hub = Hub::new(start, Box::new(Last { n: BEFORE, is_changed: false }))
        .with_tables(std::sync::Arc::new(Rows));
    let page = Page { index: "", mode: watch::channel("live").1, assets: &[] };
    let (rows, metrics) = (Box::new(log.clone()), Metrics::new("bench")?);
    let server = Server::new(ServerConfig {
        hub,
        log: Box::new(log.clone()),
        rows,
        page,
        metrics,
        sessions_max: SESSIONS_MAX,
    })?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let control = TcpListener::bind("127.0.0.1:0")?;
    announce(listener.local_addr()?, control.local_addr()?)?;
    let publishing = tokio::task::spawn_blocking(move || publish(&control, &log, bytes));
    let stop = async move {
        publishing.await.ok();
    };
    Ok(server.run(listener, axum::Router::new(), stop).await?)
}

fn publish(control: &TcpListener, log: &MemoryLog, bytes: usize) -> Result<()> {
    let (mut control, _) = control.accept()?;
    let mut buffer = [0; 1024];
    let mut n = BEFORE;
    let mut kept = 0;
    loop {
        let read = control.read(&mut buffer)?;
        ensure!(read > 0, "whoever measures has gone");
        for _ in 0..read {
            n += 1;
            let new = Some(row(n, bytes));
            let change =
                Change { table: "bench".to_owned(), op: Op::Insert, key: n.to_string(), new, old: None };
            _ = log.append(now_ms(), vec![change]);
        }
        kept += read;
        if kept > 2 * KEPT {
            log.retain_last(KEPT);
            kept = KEPT;
        }
    }
}

/// A row that takes as many bytes of a push as a rival's whole message, with all that the protocol tells of a row.
fn row(n: u64, bytes: usize) -> String {
    let told =
        r#"{"offset":100001,"op":"insert","key":"100001","new":,"at":"2026-11-24T00:00:00.000Z"},"#.len();
    crate::message(n, bytes.saturating_sub(told))
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
