//! Hours of load in minutes: 100 commits a second while clients come and go, and memory that stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::Http;
use realtime_protocol::Topic;
use serde_json::Value;

use super::managed::{Clients, ensure_clean};
use super::say;
use super::shipped::Shipped;
use crate::figure::{Figures, Target};
use crate::games::game;

const CLIENTS: usize = 200;
/// A client goes, and another comes.
const CHANGE_EVERY: Duration = Duration::from_millis(100);
const COMMIT_EVERY: Duration = Duration::from_millis(10);
/// Games, each of which is corrected again and again: so the data stay as many, and memory has no reason to grow.
const GAMES: u64 = 1_000;

/// Prints a line each minute; the figures compare the last with the middle one, because until then SQLite's page cache
/// (64 MiB) and the last rows that the hub keeps (16 MiB) fill: 15 minutes are enough.
pub(crate) fn measure(figures: &Figures, minutes: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Shipped::start(&folder.path().join("soak.sqlite"))?;
    let ids = (0..GAMES).map(|n| server.http().post_game(&game(n))?.id()).collect::<Result<Vec<_>>>()?;
    let mut clients = Clients::new(server.address, Topic::view("metrics")?, Duration::ZERO, CLIENTS)?;
    (0..CLIENTS).try_for_each(|number| clients.connect(number))?;
    let stopping = Arc::new(AtomicBool::new(false));
    let (stop, http) = (Arc::clone(&stopping), server.http());
    let correcting = std::thread::spawn(move || correct(&http, &ids, &stop));
    let mut resident = Vec::new();
    let mut next = 0;
    for minute in 1..=minutes {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            clients.run(CHANGE_EVERY)?;
            ensure_clean(&clients.replace(next)?)?;
            next = (next + 1) % CLIENTS;
        }
        clients.stats().try_for_each(|stats| ensure_clean(&stats))?;
        let bytes = server.usage().resident()?;
        resident.push(bytes);
        let (mib, cpu) = (bytes / 1024.0 / 1024.0, server.usage().cpu()?);
        let (offset, _) = server.metrics()?;
        say(&format!(
            "minute {minute}: {mib:.1} MiB resident, {offset} commits, {} of {CLIENTS} clients connected, \
             core busy for {cpu:?}",
            clients.connected(),
        ));
    }
    stopping.store(true, Ordering::Relaxed);
    let commits = correcting.join().ok().context("the corrector panicked")??;
    let (at, hash) = server.metrics()?;
    let all = clients.run_until_all_have(at, Some(hash), Duration::from_secs(10))?;
    ensure!(all.is_some(), "not every client has the state of the server in the end");
    let (warm, last) = (resident.get(resident.len() / 2).context("no minute")?, resident.last());
    let growth = last.context("no minute")? / warm - 1.0;
    figures.print("server_soak_memory_growth", growth * 100.0, "%", Target::AtMost(5.0))?;
    let rate = commits as f64 / (minutes * 60) as f64;
    figures.print("server_soak_commits", rate, "commits/s", Target::AtLeast(95.0))?;
    Ok(())
}

/// Turns the result of one game after the other, by schedule; answers how many commits that made.
fn correct(http: &Http, ids: &[String], stop: &AtomicBool) -> Result<u64> {
    let start = Instant::now();
    let mut commits = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep((start + COMMIT_EVERY * commits).saturating_duration_since(Instant::now()));
        let number = u64::from(commits) % GAMES;
        let mut game = game(number);
        let is_turned = (u64::from(commits) / GAMES).is_multiple_of(2);
        if is_turned {
            let other = if game["winner"] == "town" { "mafia" } else { "town" };
            game["winner"] = Value::from(other);
        }
        let id = &ids[usize::try_from(number)?];
        let answer = http.put(&format!("/api/v1/games/{id}"), &game)?;
        ensure!(answer.status == 200, "a correction was answered with {answer:?}");
        commits += 1;
    }
    Ok(u64::from(commits))
}
