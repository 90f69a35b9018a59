//! `kill -9`, two seconds of nothing, and 5,000 clients that come back with the backoff of the real manager.
//!
//! Games arrive while they are connected, while the server is away (by an import into the file), and while they come
//! back; in the end each client must have all of them.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use realtime_manager::Stats;
use realtime_protocol::{StateHash, Topic, TopicKind};

use super::managed::{Clients, ensure_clean};
use super::shipped::Shipped;
use super::{Amount, say};
use crate::figure::{Figures, Target};
use crate::games::game;

const DOWN: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(40);
/// Games before the first client comes.
const BEFORE: u64 = 200;
/// Games of each of the three times.
const MORE: u64 = 10;
/// Clients that begin to connect before those before them are looked at.
const AT_ONCE: usize = 64;
/// Reads of files that a handful of topics may cost, and thousands of clients must not multiply.
const READS_MAX: f64 = 1_000.0;

pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    let clients = 5 * amount.viewers;
    for (name, topic) in [("view", "view:metrics"), ("table", "table:games")] {
        let back = resume(&Topic::parse(topic)?, clients).with_context(|| topic)?;
        let figure = |part: &str| format!("server_resume_{name}_{part}");
        figures.print(&figure("all_back"), back.took.as_secs_f64(), "s", Target::AtMost(10.0))?;
        figures.print(&figure("file_reads"), back.file_reads, "reads", Target::AtMost(READS_MAX))?;
        figures.print(&figure("cpu"), back.cpu.as_secs_f64(), "s", Target::None)?;
    }
    Ok(())
}

/// How all came back.
struct Back {
    /// Since the server was started again.
    took: Duration,
    /// Of the server until then, its start aside.
    cpu: Duration,
    /// Likewise; what the store has in memory is not among them.
    file_reads: f64,
}

fn resume(topic: &Topic, number: usize) -> Result<Back> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("resume.sqlite");
    let mut server = Shipped::start(&database)?;
    let before = server.post(0..BEFORE)?;
    let mut clients = connected(&server, topic, number, before)?;
    let more = server.post(BEFORE..BEFORE + MORE)?;
    all_have(&mut clients, topic, &server, more)?.context("clients did not come to begin with")?;
    server.kill()?;
    clients.run(DOWN / 2)?;
    import(folder.path(), &database, BEFORE + MORE..BEFORE + 2 * MORE)?;
    clients.run(DOWN / 2)?;
    ensure!(clients.connected() == 0, "somebody is connected to nothing");
    let began = Instant::now();
    let again = server.again()?;
    let (started, usage) = (began.elapsed(), again.usage());
    let (cpu, reads) = (usage.cpu()?, usage.file_reads()?);
    let last = again.post(BEFORE + 2 * MORE..BEFORE + 3 * MORE)?;
    let posted = usage.file_reads()? - reads;
    let all = all_have(&mut clients, topic, &again, last)?;
    let back = clients.connected();
    let (cpu, file_reads) = (usage.cpu()? - cpu, usage.file_reads()? - reads);
    let stats: Vec<Stats> = clients.stats().collect();
    say(&format!(
        "{topic}: the server answered after {started:?}; {back} of {number} connected, {} attempts, {} resets; \
         its core was busy for {cpu:?}; it read from files {file_reads} times, {posted} of them while games were posted",
        stats.iter().map(|stats| stats.attempts).sum::<u64>(),
        stats.iter().map(|stats| stats.resets).sum::<u64>(),
    ));
    let took = all.context("not all came back")?.duration_since(began);
    for stats in &stats {
        ensure_clean(stats)?;
        let rows = if topic.kind() == TopicKind::Table { 3 * MORE } else { 0 };
        ensure!(stats.rows == rows && stats.resets == 0, "a client has not all rows, each once: {stats:?}");
    }
    Ok(Back { took, cpu, file_reads })
}

fn connected(server: &Shipped, topic: &Topic, number: usize, at: u64) -> Result<Clients> {
    let mut clients = Clients::new(server.address, topic.clone(), Duration::from_secs(1), number)?;
    for client in 0..number {
        clients.connect(client)?;
        if client % AT_ONCE == 0 {
            clients.run(Duration::from_millis(5))?;
        }
    }
    all_have(&mut clients, topic, server, at)?.context("clients did not come to begin with")?;
    Ok(clients)
}

/// Waits until all stand where the server stands, which has made a commit of that offset.
fn all_have(clients: &mut Clients, topic: &Topic, server: &Shipped, made: u64) -> Result<Option<Instant>> {
    let (at, hash) = server.metrics_after(made)?;
    let hash: Option<StateHash> = (topic.kind() == TopicKind::View).then_some(hash);
    clients.run_until_all_have(at, hash, LIMIT)
}

/// Into the file, as one may while no server runs.
fn import(folder: &Path, database: &Path, games: std::ops::Range<u64>) -> Result<()> {
    let path = folder.join("away.jsonl");
    let mut file = std::fs::File::create(&path)?;
    games.into_iter().try_for_each(|n| writeln!(file, "{}", game(n)))?;
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path that is no text");
    let done = e2e::run(&["import", "--json", "--database", &text(database)?, &text(&path)?])?;
    ensure!(done.last_json()?["added"].as_u64() == Some(MORE), "the import ended with {done:?}");
    Ok(())
}
