//! `kill -9`, two seconds of nothing, and 5,000 clients that come back with the backoff of the real manager.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use realtime_protocol::Topic;

use super::managed::{Clients, ensure_clean};
use super::shipped::Shipped;
use super::{Amount, say};
use crate::figure::{Figures, Target};

const DOWN: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(40);
/// Games before the first client comes.
const BEFORE: u64 = 200;
/// Games while they are connected, and as many while they come back.
const MORE: u64 = 10;

pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Shipped::start(&folder.path().join("resume.sqlite"))?;
    server.post(0..BEFORE)?;
    let topic = Topic::view("metrics")?;
    let mut clients = Clients::new(server.address, topic, Duration::from_secs(1), 5 * amount.viewers)?;
    for number in 0..5 * amount.viewers {
        clients.connect(number)?;
        if number % 64 == 63 {
            clients.run(Duration::from_millis(10))?;
        }
    }
    server.post(BEFORE..BEFORE + MORE)?;
    let (at, hash) = server.metrics()?;
    clients.run_until_all_have(at, hash, LIMIT)?.context("clients did not come to begin with")?;
    // Those that come back are to be few in a moment, as after a long evening; the backoff alone must do that.
    server.kill()?;
    clients.run(DOWN)?;
    ensure!(clients.connected() == 0, "somebody is connected to nothing");
    let began = Instant::now();
    let again = server.again()?;
    let started = began.elapsed();
    let (cpu, reads) = (again.usage().cpu()?, again.usage().file_reads()?);
    again.post(BEFORE + MORE..BEFORE + 2 * MORE)?;
    let posted_reads = again.usage().file_reads()?;
    let (at, hash) = again.metrics()?;
    let all = clients.run_until_all_have(at, hash, LIMIT)?;
    let (reads, posted) = (again.usage().file_reads()? - reads, posted_reads - reads);
    let cpu = again.usage().cpu()? - cpu;
    let stats: Vec<_> = clients.stats().collect();
    stats.iter().try_for_each(ensure_clean)?;
    let resets: u64 = stats.iter().map(|stats| stats.resets).sum();
    let attempts: u64 = stats.iter().map(|stats| stats.attempts).sum();
    say(&format!(
        "resume: the server answered after {started:?}; {} of {} connected, {attempts} attempts, {resets} resets; \
         its core was busy for {cpu:?}; it read from files {reads} times, {posted} of them while games were posted",
        clients.connected(),
        stats.len(),
    ));
    let took = all.context("not all came back")?.duration_since(began);
    figures.print("server_resume_all_back", took.as_secs_f64(), "s", Target::AtMost(10.0))?;
    figures.print("server_resume_file_reads", reads, "reads", Target::AtMost(1_000.0))?;
    figures.print("server_resume_cpu", cpu.as_secs_f64(), "s", Target::None)?;
    Ok(())
}
