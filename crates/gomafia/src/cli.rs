//! Flags and exit codes. Each flag `--f-g` is also the variable `GOMAFIA_F_G`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use jiff::tz::TimeZone;

use crate::speed::Speed;

/// Done, but something was set aside.
pub(crate) const SET_ASIDE: u8 = 3;
/// The connection was given up.
pub(crate) const GAVE_UP: u8 = 4;

/// Why a command failed, in a sentence that says what to do.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// How a command ended.
pub(crate) type Done = Result<ExitCode, Failure>;

/// Live analytics of sport mafia.
#[derive(Debug, Parser)]
#[command(name = "gomafia", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the dashboard, its live stream and the ingest API.
    Serve(ServeOptions),
    /// Import files of games, also beside a running server.
    Import(ImportOptions),
    /// Play simulated evenings into a server.
    Demo(DemoOptions),
    /// Send recorded games to a server as if they were played now.
    Replay(ReplayOptions),
    /// Follow live views in the terminal.
    Watch(WatchOptions),
    /// Recount every view in SQL and compare.
    Verify(VerifyOptions),
    /// Tell what a database holds and what its sources tell differently.
    Report(ReportOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Database file; made when absent [default: gomafia.sqlite, with --demo gomafia-demo.sqlite].
    #[arg(long, env = "GOMAFIA_DATABASE")]
    pub(crate) database: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "GOMAFIA_LISTEN", default_value = "127.0.0.1:7878")]
    pub(crate) listen: SocketAddr,
    /// Zone in which games tell their dates and times: a name of the IANA database.
    #[arg(long, env = "GOMAFIA_TIME_ZONE", default_value = "UTC", value_parser = time_zone)]
    pub(crate) time_zone: TimeZone,
    /// Most commits kept in the log, never fewer than the last 1,000.
    #[arg(long, env = "GOMAFIA_RETENTION_COMMITS", default_value_t = 1_000_000)]
    pub(crate) retention_commits: u64,
    /// Most viewers connected at once; more are refused with 503.
    #[arg(long, env = "GOMAFIA_MAX_SESSIONS", default_value_t = realtime_server::limits::SESSIONS_MAX)]
    pub(crate) max_sessions: usize,
    /// Play simulated evenings into a database of its own.
    #[arg(long, env = "GOMAFIA_DEMO")]
    pub(crate) demo: bool,
    /// TOML file with these settings under the names of the flags; flags and variables stand above it.
    #[arg(long, env = "GOMAFIA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "names look like Europe/Moscow, Asia/Almaty or UTC".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// Database file; made when absent.
    #[arg(long, env = "GOMAFIA_DATABASE", default_value = "gomafia.sqlite")]
    pub(crate) database: PathBuf,
    /// Write what was set aside to this file, one JSON object a line.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
    /// Print the summary as JSON on the last line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Files, folders with all that is in them, or `-` for the standard input: games one a line, players'
    /// years as CSV, documents of gomafia.pro, each also packed with gzip and told apart by content.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// Server to play into; the key comes from GOMAFIA_INGEST_KEY or GOMAFIA_INGEST_KEY_FILE.
    #[arg(long, env = "GOMAFIA_URL", default_value = "http://127.0.0.1:7878")]
    pub(crate) url: String,
    /// The same seed plays the same games.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many things happen live in a minute; or `max`, without a pause.
    #[arg(long, default_value = "10")]
    pub(crate) speed: Speed,
    /// Stop after so many games; without it the demo goes on.
    #[arg(long)]
    pub(crate) games: Option<u64>,
    /// Play also into a database that holds other data.
    #[arg(long)]
    pub(crate) mixed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayOptions {
    /// File with one game a line.
    pub(crate) file: PathBuf,
    /// Server to play into; the key comes from GOMAFIA_INGEST_KEY or GOMAFIA_INGEST_KEY_FILE.
    #[arg(long, env = "GOMAFIA_URL", default_value = "http://127.0.0.1:7878")]
    pub(crate) url: String,
    /// So many times as fast as it was recorded; or `max`, without a pause.
    #[arg(long, default_value = "1")]
    pub(crate) speed: Speed,
    /// Move all dates, so that the first game is now.
    #[arg(long)]
    pub(crate) rebase: Option<Rebase>,
    /// Play also into a database that holds other data.
    #[arg(long)]
    pub(crate) mixed: bool,
}

/// Where the first game of a replay is moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rebase {
    /// To the present.
    Now,
}

#[derive(Debug, Args)]
pub(crate) struct WatchOptions {
    /// Server to follow: ws://HOST:PORT.
    #[arg(long, env = "GOMAFIA_URL", default_value = "ws://127.0.0.1:7878")]
    pub(crate) url: String,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Stop after so many changes.
    #[arg(long)]
    pub(crate) count: Option<u64>,
    /// Stop after so many seconds.
    #[arg(long)]
    pub(crate) timeout: Option<u64>,
    /// Topics to follow [default: view:metrics view:activity].
    pub(crate) topics: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// Database file.
    #[arg(long, env = "GOMAFIA_DATABASE", default_value = "gomafia.sqlite")]
    pub(crate) database: PathBuf,
    /// Print the differences as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportOptions {
    /// Database file.
    #[arg(long, env = "GOMAFIA_DATABASE", default_value = "gomafia.sqlite")]
    pub(crate) database: PathBuf,
    /// Tell also the local rating of the players of this name, game by game.
    #[arg(long, value_name = "NAME")]
    pub(crate) player: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The ingest key from the environment, where there is one.
///
/// # Errors
/// When the key file cannot be read or holds nothing.
pub(crate) fn ingest_key() -> anyhow::Result<Option<String>> {
    use anyhow::Context as _;
    if let Ok(key) = std::env::var("GOMAFIA_INGEST_KEY") {
        return Ok(Some(key).filter(|key| !key.is_empty()));
    }
    let Some(path) = std::env::var_os("GOMAFIA_INGEST_KEY_FILE") else { return Ok(None) };
    let path = PathBuf::from(path);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read key file {}", path.display()))?;
    let key = text.trim();
    anyhow::ensure!(!key.is_empty(), "key file {} is empty: write the key into it", path.display());
    Ok(Some(key.to_owned()))
}
