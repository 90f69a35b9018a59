//! The load that is promised: 1,000 whole clients, 200 games a second for half a minute.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use realtime_manager::{EndToEnd, Stats};
use realtime_protocol::Topic;

use super::managed::{Arrival, Clients, ensure_clean};
use super::process::Watch;
use super::shipped::{Shipped, post};
use super::tally::Times;
use super::{Amount, say};
use crate::figure::{Figures, Target};

const GAP: Duration = Duration::from_millis(5);
/// The class of every client.
const INTERVAL: Duration = Duration::from_millis(100);
/// Beside that, what a commit may take at the most.
const BOUND_MS: f64 = 250.0;
const WARM: Duration = Duration::from_secs(3);
/// Connections that post: the schedule holds though one of them waits for its answer.
const POSTERS: usize = 4;
/// Posts that may wait for those before them on one connection.
const POSTS_MAX: usize = 256;
/// How long the last commit may take to be everywhere.
const END: Duration = Duration::from_secs(10);

pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Shipped::start(&folder.path().join("load.sqlite"))?;
    let first = server.post(0..1)?;
    let mut clients = Clients::new(server.address, Topic::view("metrics")?, INTERVAL, amount.viewers)?;
    (0..amount.viewers).try_for_each(|number| clients.connect(number))?;
    let (at, hash) = server.metrics_after(first)?;
    let all = clients.run_until_all_have(at, Some(hash), END)?;
    ensure!(all.is_some(), "not every client came");
    let mut posters = Posters::start(&server);
    posters.schedule(&mut clients, WARM)?;
    let before: Vec<Stats> = clients.stats().collect();
    clients.record();
    let (watch, began) = (Watch::start(server.usage())?, Instant::now());
    posters.schedule(&mut clients, amount.time() * 10)?;
    let (lasted, (_, words)) = (began.elapsed(), watch.end()?);
    let after: Vec<Stats> = clients.stats().collect();
    let said: Vec<EndToEnd> = clients.end_to_end().collect();
    ensure!(said.len() == amount.viewers, "only {} clients know how long news take", said.len());
    let due = posters.end()?;
    let (at, hash) = server.metrics_after(due.keys().next_back().copied().unwrap_or(first))?;
    let all = clients.run_until_all_have(at, Some(hash), END)?;
    ensure!(all.is_some(), "not every client has the state of the server in the end");
    clients.stats().try_for_each(|stats| ensure_clean(&stats))?;

    let arrivals = clients.arrivals();
    let oldest = times(&due, &arrivals, began, |arrival| arrival.from + 1..=arrival.from + 1)?;
    let times = times(&due, &arrivals, began, |arrival| arrival.from + 1..=arrival.to)?;
    let (p50, p99) = (times.within_ms(500), times.within_ms(990));
    let bound = BOUND_MS + INTERVAL.as_secs_f64() * 1e3;
    let sum = |all: &[Stats], of: fn(&Stats) -> u64| all.iter().map(of).sum::<u64>();
    let counted = sum(&after, |stats| stats.commits) - sum(&before, |stats| stats.commits);
    let rate = counted as f64 / amount.viewers as f64 / lasted.as_secs_f64();
    let half = |of: fn(&EndToEnd) -> Duration| {
        let micros = said.iter().map(|each| u32::try_from(of(each).as_micros()).unwrap_or(u32::MAX));
        Times::of(micros.collect()).within_ms(500)
    };
    let memory = clients.memory_max() as f64 / 1024.0;
    say(&format!(
        "{} clients and 200 games a second: {words}; the longest {:.1} ms",
        amount.viewers,
        times.within_ms(1000)
    ));
    figures.print("server_load_p50", p50, "ms", Target::None)?;
    figures.print("server_load_p99", p99, "ms", Target::AtMost(bound))?;
    // Both of the oldest commit in each delta: as a client measures it, and as it was scheduled here.
    figures.print("server_load_reported_p50", half(|each| each.median), "ms", Target::None)?;
    figures.print("server_load_oldest_p50", oldest.within_ms(500), "ms", Target::None)?;
    figures.print("server_load_reported_p99", half(|each| each.p99), "ms", Target::AtMost(bound))?;
    figures.print("server_load_oldest_p99", oldest.within_ms(990), "ms", Target::None)?;
    figures.print("server_load_events_per_second", rate, "commits/s", Target::AtLeast(190.0))?;
    figures.print("server_load_memory", memory, "KiB", Target::None)?;
    let reconnects = sum(&after, |stats| stats.reconnects) as f64;
    figures.print("server_load_reconnects", reconnects, "", Target::AtMost(0.0))?;
    Ok(())
}

/// From the moment that a post was due to the moment that a client had applied it, for each client and each commit
/// of those asked for that was due after `began`.
fn times(
    due: &BTreeMap<u64, Instant>,
    arrivals: &[Arrival],
    began: Instant,
    of: fn(&Arrival) -> RangeInclusive<u64>,
) -> Result<Times> {
    let mut micros = Vec::new();
    for arrival in arrivals {
        for offset in of(arrival) {
            let &due = due.get(&offset).with_context(|| format!("commit {offset} was never posted"))?;
            if due >= began {
                let took = arrival.at.saturating_duration_since(due);
                micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
            }
        }
    }
    Ok(Times::of(micros))
}

/// Posts by schedule on some connections, each in a thread of its own.
struct Posters {
    posters: Vec<Poster>,
    next: u64,
}

struct Poster {
    posts: SyncSender<Post>,
    /// Answers which commits it made, and when each was due.
    thread: JoinHandle<Result<Vec<(u64, Instant)>>>,
}

struct Post {
    game: u64,
    due: Instant,
}

impl Posters {
    fn start(server: &Shipped) -> Self {
        let poster = || {
            let (posts, queue) = sync_channel::<Post>(POSTS_MAX);
            let http = server.http();
            let thread = std::thread::spawn(move || {
                queue.into_iter().map(|Post { game, due }| Ok((post(&http, game)?, due))).collect()
            });
            Poster { posts, thread }
        };
        Self { posters: (0..POSTERS).map(|_| poster()).collect(), next: 1 }
    }

    /// Posts for so long, while the clients do what they have to.
    fn schedule(&mut self, clients: &mut Clients, time: Duration) -> Result<()> {
        let start = Instant::now();
        let mut due = start;
        while due < start + time {
            clients.run(due.saturating_duration_since(Instant::now()))?;
            let poster = usize::try_from(self.next)? % POSTERS;
            if let Err(error) = self.posters[poster].posts.try_send(Post { game: self.next, due }) {
                bail!("posts come too late: {error}");
            }
            self.next += 1;
            due += GAP;
        }
        Ok(())
    }

    /// Waits for the last answers: which commit was due when.
    fn end(self) -> Result<BTreeMap<u64, Instant>> {
        let mut due = BTreeMap::new();
        for Poster { posts, thread } in self.posters {
            drop(posts);
            due.extend(thread.join().ok().context("a poster panicked")??);
        }
        Ok(due)
    }
}
