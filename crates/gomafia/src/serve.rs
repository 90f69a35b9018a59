//! `gomafia serve`: store → views → server.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use changelog::{Changelog as _, Commit, Read};
use jiff::tz::TimeZone;
use realtime_server::hub::Hub;
use realtime_server::{Metrics, Server, ServerConfig, limits::HISTORY_DELTAS_MAX, limits::SEED_CHANGES_MAX};
use store_sqlite::{Appended, Retention, SqliteLog, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::{Done, ServeOptions, ingest_key};
use crate::demo::{self, Evenings};
use crate::ingest::{self, DEMO, Ingest, Keys, LIVE, REPLAY};
use crate::limits::{RETENTION_AGE, RETENTION_COMMITS_MIN, RETENTION_EVERY, STOP_REST_MAX};
use crate::live_tables::LiveTables;
use crate::live_views::LiveViews;
use crate::openapi;
use crate::page::page;
use crate::store_thread::StoreHandle;

/// Serves until SIGTERM or Ctrl-C.
pub(crate) fn run(options: &ServeOptions) -> Done {
    raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(options));
    // Connections that were cut may still hold what the database threads wait for.
    runtime.shutdown_timeout(STOP_REST_MAX);
    served?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: &ServeOptions) -> anyhow::Result<()> {
    let default = if options.demo { "gomafia-demo.sqlite" } else { "gomafia.sqlite" };
    let path = options.database.clone().unwrap_or_else(|| PathBuf::from(default));
    let appended = Arc::new(Appended::default());
    let opened = path.clone();
    let wake = Arc::clone(&appended);
    let zone = options.time_zone.clone();
    let opened = tokio::task::spawn_blocking(move || open(&opened, zone, wake)).await?;
    let Opened { writer, reader, log, rows, hub, mode } =
        opened.with_context(|| format!("failed to open {}", path.display()))?;
    let (mode_sender, mode) = watch::channel(claim(&writer, options.demo, mode).await?);
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!("failed to listen on {}: choose another address with --listen", options.listen)
    })?;
    let address = listener.local_addr()?;
    let metrics = Metrics::new("gomafia")?;
    let own_key = options.demo.then(demo::own_key).transpose()?;
    let keys = Keys::new(ingest_key()?.into_iter().chain(own_key.clone()));
    let ingest = Ingest::new(writer.0.clone(), reader.0.clone(), keys, metrics.clone(), mode_sender);
    let sessions_max = options.max_sessions;
    let server = Server::new(ServerConfig { hub, log, rows, page: page(mode), metrics, sessions_max })?;
    let retention = retain(writer.0.clone(), options.retention_commits);
    let evenings = own_key.map(|key| {
        let url = format!("http://{address}");
        Evenings::start(&url, &key, writer.0.clone(), options.time_zone.clone())
    });
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}")?;
    out.flush()?;
    let running = server.run(listener, ingest::routes(ingest).merge(openapi::routes()?), stopped());
    let ended = tokio::select! {
        ended = running => ended,
        () = retention => Ok(()),
    };
    if let Some(evenings) = evenings {
        tokio::task::spawn_blocking(move || evenings.stop()).await?;
    }
    let ((writer, writing), (reader, reading)) = (writer, reader);
    // With these and those of the routes the last handles are gone; the threads finish what they accepted.
    drop((writer, reader));
    let joined = tokio::task::spawn_blocking(move || join([writing, reading]));
    match tokio::time::timeout(STOP_REST_MAX, joined).await {
        Ok(joined) => joined??,
        Err(_) => tracing::warn!("requests were cut at the end of the stop"),
    }
    Ok(ended?)
}

/// Lets this process open as many files as the system allows: each viewer is one.
fn raise_open_files() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files stays");
    }
}

/// A database with its views at the head.
struct Opened {
    writer: Thread,
    reader: Thread,
    log: Box<SqliteLog>,
    rows: Box<SqliteLog>,
    hub: Hub,
    mode: Option<String>,
}

type Thread = (StoreHandle, std::thread::JoinHandle<()>);

fn join(threads: [std::thread::JoinHandle<()>; 2]) -> anyhow::Result<()> {
    for thread in threads {
        if thread.join().is_err() {
            bail!("a database thread panicked");
        }
    }
    Ok(())
}

/// Opens the database and rebuilds the views from its tables.
fn open(path: &Path, zone: TimeZone, appended: Arc<Appended>) -> anyhow::Result<Opened> {
    let mut store = Store::open(path)?;
    store.set_time_zone(zone)?;
    store.set_waker(Arc::clone(&appended));
    let mode = store.origin()?;
    let mut log = SqliteLog::open(path, Arc::clone(&appended))?;
    let rows = SqliteLog::open(path, appended)?;
    let (position, views) = store.views()?;
    let mut hub = Hub::new(position.clone(), Box::new(LiveViews(views)));
    let recent = recent(&mut log, position.offset)?;
    if let Err(error) = hub.seed(&recent) {
        tracing::warn!(%error, "viewers from before the start get whole states");
        let (position, views) = store.views()?;
        hub = Hub::new(position, Box::new(LiveViews(views)));
    }
    let hub = hub.with_tables(Arc::new(LiveTables));
    tracing::info!(offset = hub.offset(), "views rebuilt");
    let writer = StoreHandle::start("writer", store)?;
    let reader = StoreHandle::start("reader", Store::open(path)?)?;
    Ok(Opened { writer, reader, log: Box::new(log), rows: Box::new(rows), hub, mode })
}

/// The last commits up to `offset` that are cheap to redo.
fn recent(log: &mut SqliteLog, offset: u64) -> anyhow::Result<Vec<Commit>> {
    let oldest = log.head()?.oldest;
    let wanted = u64::try_from(HISTORY_DELTAS_MAX)?;
    let after = offset.saturating_sub(wanted).max(oldest - 1);
    let Read::Commits(mut commits) = log.read_after(after, HISTORY_DELTAS_MAX)? else {
        return Ok(Vec::new());
    };
    commits.retain(|commit| commit.offset <= offset);
    let mut changes = 0;
    let kept = commits.iter().rev().take_while(|commit| {
        changes += commit.changes.len();
        changes <= SEED_CHANGES_MAX
    });
    let kept = kept.count();
    Ok(commits.split_off(commits.len() - kept))
}

/// Makes sure that simulated, replayed and other data do not share a database; tells how the page is marked.
async fn claim(writer: &Thread, demo: bool, origin: Option<String>) -> anyhow::Result<&'static str> {
    match (demo, origin.as_deref()) {
        (_, Some(DEMO)) => Ok(DEMO),
        (true, None) => {
            let empty = writer.0.call(Store::is_empty).await??;
            anyhow::ensure!(
                empty,
                "this database holds other data: give the demo one of its own with --database"
            );
            writer.0.call(|store| store.set_origin(DEMO)).await??;
            Ok(DEMO)
        }
        (false, Some(REPLAY)) => Ok(REPLAY),
        (false, None | Some(LIVE)) => Ok(LIVE),
        (_, Some(other)) => bail!("this database holds {other} data: name another one with --database"),
    }
}

async fn retain(writer: StoreHandle, max_commits: u64) {
    let policy = Retention { max_age: RETENTION_AGE, max_commits, min_commits: RETENTION_COMMITS_MIN };
    let mut every = tokio::time::interval(RETENTION_EVERY);
    loop {
        every.tick().await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        match writer.call(move |store| store.retain(policy, now_ms)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(removed)) => tracing::info!(removed, "old commits removed from the log"),
            Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "retention failed"),
            Err(_) => std::future::pending().await,
        }
    }
}

async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM will not be graceful");
            interrupted.await.ok();
        }
    }
    tracing::info!("stopping");
}
