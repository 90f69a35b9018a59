//! One view, `stats`, folded from a log of measurements: all that a live page needs of its own.

use std::time::{Duration, SystemTime};

use changelog::{Change, Commit, MemoryLog, Op};
use realtime_protocol::{Delta, Epoch, Position, State};
use realtime_server::assets::Page;
use realtime_server::hub::Hub;
use realtime_server::limits::SESSIONS_MAX;
use realtime_server::{FoldError, Metrics, Server, ServerConfig, Views};
use tokio::net::TcpListener;

/// The figures of the newest measurement, by name.
#[derive(Default)]
struct Stats {
    state: State,
    changed: Delta,
}

impl Views for Stats {
    fn names(&self) -> &'static [&'static str] {
        &["stats"]
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        let failed = |source| FoldError { offset: commit.offset, source };
        let mut delta = Delta::default();
        for change in &commit.changes {
            let text = change.new.as_deref().unwrap_or("null");
            let value: serde_json::Value =
                serde_json::from_str(text).map_err(|error| failed(error.into()))?;
            delta.put(change.key.as_str(), value);
        }
        self.changed.merge(&delta);
        self.state.apply(&delta).map_err(|error| failed(error.into()))
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        vec![("stats", std::mem::take(&mut self.changed))]
    }

    fn state(&self, name: &str) -> Option<State> {
        (name == "stats").then(|| self.state.clone())
    }
}

/// Serves the page and the view until something fails.
///
/// # Errors
/// When the server cannot go on.
pub async fn serve(listener: TcpListener, log: &MemoryLog, page: Page) -> anyhow::Result<()> {
    let start = Position { epoch: Epoch::new("server-stats"), offset: 0 };
    let hub = Hub::new(start, Box::<Stats>::default());
    let (metrics, rows) = (Metrics::new("stats")?, Box::new(log.clone()));
    let server = Server::new(ServerConfig {
        hub,
        log: Box::new(log.clone()),
        rows,
        page,
        metrics,
        sessions_max: SESSIONS_MAX,
    })?;
    Ok(server.run(listener, axum::Router::new(), std::future::pending()).await?)
}

/// Measures again and again; each measurement is one commit.
///
/// # Errors
/// When the system does not tell its load.
pub async fn measure(log: &MemoryLog, period: Duration) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(period);
    loop {
        every.tick().await;
        let change = |key: &str, value: u64| {
            let new = Some(value.to_string());
            Change { table: "stats".into(), op: Op::Update, key: key.into(), new, old: None }
        };
        let changes = figures()?.map(|(key, value)| change(key, value)).to_vec();
        let now = SystemTime::UNIX_EPOCH.elapsed()?;
        _ = log.append(u64::try_from(now.as_millis())?, changes);
        log.retain_last(600);
    }
}

/// Load in thousandths, memory that is free to be used, and how long the machine runs.
fn figures() -> anyhow::Result<[(&'static str, u64); 3]> {
    let first = |path: &str| -> anyhow::Result<f64> {
        Ok(std::fs::read_to_string(path)?.split_whitespace().next().unwrap_or_default().parse()?)
    };
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let free = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.split_whitespace().next());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are small and positive"
    )]
    let [load, uptime] =
        [first("/proc/loadavg")? * 1000.0, first("/proc/uptime")?].map(|value| value.round() as u64);
    Ok([("load_milli", load), ("memory_free_kb", free.unwrap_or_default().parse()?), ("uptime_s", uptime)])
}
