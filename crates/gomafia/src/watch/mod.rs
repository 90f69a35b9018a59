//! `gomafia watch`: follows live views in a terminal, or as JSON lines.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use realtime_manager::{Config, Recovery, Status};
use realtime_native::{Client, Notice, websocket_url};
use realtime_protocol::Topic;
use tokio::sync::mpsc;

use crate::cli::{Done, GAVE_UP, WatchOptions};

mod keys;
mod lines;
mod live;
mod screen;
mod terminal;

use lines::Lines;
use live::Live;
use screen::Screen;

const DEFAULT_TOPICS: [&str; 2] = ["view:metrics", "view:activity"];
/// A terminal shows every change at once.
const THROTTLE: Duration = Duration::ZERO;

/// Follows until told to stop, `--count` changes, `--timeout`, or the connection is given up.
pub(crate) fn run(options: &WatchOptions) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(watch(options))
}

async fn watch(options: &WatchOptions) -> Done {
    let url = websocket_url(&options.url)?;
    let topics = topics(&options.topics)?;
    let mut seed = [0_u8; 8];
    getrandom::fill(&mut seed).context("failed to draw a seed")?;
    let config = Config { recovery: Recovery::default(), ..Config::default() };
    let (client, mut notices) = Client::spawn(url, config, u64::from_le_bytes(seed));
    let mut subscriptions = Vec::new();
    for topic in topics {
        subscriptions.push(client.subscribe(topic, THROTTLE).await?);
    }
    client.connect().await?;
    let lines = Lines { json: options.json, left: options.count.unwrap_or(u64::MAX) };
    let deadline = options.timeout.map(|seconds| tokio::time::Instant::now() + Duration::from_secs(seconds));
    let has_person = !options.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let code = if has_person {
        let (screen, above) = (Screen::new(lines), Vec::new());
        let live = Live { client: &client, notices: &mut notices, subscriptions, screen, above };
        live.follow(deadline).await
    } else {
        print_all(&mut notices, lines, deadline).await
    };
    drop(notices);
    client.close().await?;
    code.map_err(Into::into)
}

/// Prints every notice, for a program or a file; a connection that is given up is the end.
async fn print_all(
    notices: &mut mpsc::Receiver<Notice>,
    mut lines: Lines,
    deadline: Option<tokio::time::Instant>,
) -> anyhow::Result<ExitCode> {
    loop {
        let notice = tokio::select! {
            notice = notices.recv() => notice,
            () = until(deadline) => return Ok(ExitCode::SUCCESS),
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        };
        let Some(notice) = notice else { return Ok(ExitCode::FAILURE) };
        print(&lines.of(&notice.event))?;
        if lines.left == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        if notice.status == Status::Error {
            return Ok(ExitCode::from(GAVE_UP));
        }
    }
}

fn print(lines: &[String]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn topics(named: &[String]) -> anyhow::Result<Vec<Topic>> {
    let defaults = DEFAULT_TOPICS.map(str::to_owned);
    let named = if named.is_empty() { &defaults[..] } else { named };
    named.iter().map(|text| Topic::parse(text).with_context(|| format!("{text} is no topic"))).collect()
}
