//! What one delta costs a viewer, and whether a flood of them costs memory.

use std::fs;
use std::time::{Duration, Instant as Clock};

use anyhow::{Context as _, Result, ensure};
use realtime_manager::{Attempt, Config, Event, Input, Instant, Manager, Output};
use realtime_protocol::message::{DeltaPush, JoinMode, Joined, Reply, event};
use realtime_protocol::{Delta, Epoch, Frame, Position, State, Topic};
use serde_json::Value;

use crate::figure::{Figures, Target};

/// Keys of the state: days of some years, as the view of the metrics has them.
const KEYS: u64 = 1_000;
const WARM: u64 = 10_000;
const MEASURED: u64 = 500_000;
/// Deltas between two looks at the memory.
const LOOK_EVERY: u64 = 100_000;

/// The median of one delta, how many go through one core in a second, and what memory that takes.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let topic = Topic::view("metrics")?;
    let mut state = State::from_entries((0..KEYS).map(|n| (key(n), Value::from(n))).collect())?;
    let mut manager = connected(&topic, &state)?;
    let frames: Vec<String> =
        (1..=WARM + MEASURED).map(|to| delta(&topic, &mut state, to)).collect::<Result<_>>()?;
    // Written to before the first look, so that its own pages are not taken for the manager's.
    let mut samples = vec![Duration::MAX; usize::try_from(MEASURED)?];
    samples.clear();
    let mut resident = Vec::new();
    for (n, frame) in (0_u64..).zip(&frames) {
        let began = Clock::now();
        manager.handle_input(Instant::default(), Input::Received(Attempt(1), frame));
        let updates = drain(&mut manager);
        let took = began.elapsed();
        ensure!(updates == 1, "delta {n} was told as {updates} updates");
        if n >= WARM {
            samples.push(took);
        }
        if n >= WARM && (n - WARM).is_multiple_of(LOOK_EVERY) {
            resident.push(resident_kib()?);
        }
    }
    ensure!(manager.state(&topic).map(State::hash) == Some(state.hash()), "another state came out of it");
    let total: Duration = samples.iter().sum();
    samples.sort_unstable();
    let median = samples.get(samples.len() / 2).context("nothing was measured")?;
    figures.print("client_delta_p50", median.as_secs_f64() * 1e6, "µs", Target::AtMost(3.0))?;
    let rate = MEASURED as f64 / total.as_secs_f64();
    figures.print("client_deltas_per_s", rate, "deltas/s", Target::AtLeast(100_000.0))?;
    let (first, last) = (resident.first().context("no look")?, resident.last().context("no look")?);
    let growth = *last as f64 / *first as f64 - 1.0;
    figures.print("client_deltas_memory_growth", growth * 100.0, "%", Target::AtMost(1.0))?;
    Ok(())
}

fn key(n: u64) -> String {
    format!("games_by_day/{:04}-{:02}-{:02}", 2020 + n / 336, n / 28 % 12 + 1, n % 28 + 1)
}

fn connected(topic: &Topic, state: &State) -> Result<Manager> {
    let mut manager = Manager::new(Config::default(), Instant::default(), 1);
    manager.subscribe(Instant::default(), topic.clone(), Duration::ZERO);
    manager.connect(Instant::default());
    manager.handle_input(Instant::default(), Input::Opened(Attempt(1)));
    drain(&mut manager);
    let joined = Joined {
        topic: topic.as_str().to_owned(),
        throttle_ms: 0,
        position: Position { epoch: Epoch::new("bench"), offset: 0 },
        hash: state.hash(),
        mode: JoinMode::Snapshot,
        state: Some(state.entries().clone()),
        delta: None,
    };
    // The heartbeat was the first request, the join the second.
    let answer = Frame::encode(Some("2"), Some("2"), topic.as_str(), event::REPLY, &Reply::Ok(joined))?;
    manager.handle_input(Instant::default(), Input::Received(Attempt(1), &answer));
    ensure!(drain(&mut manager) == 1, "the join was not taken");
    Ok(manager)
}

/// The frame of a commit that changes one key, as the server encodes it.
fn delta(topic: &Topic, state: &mut State, to: u64) -> Result<String> {
    let mut delta = Delta::default();
    delta.put(key(to % KEYS), 1_000_000 + to);
    state.apply(&delta)?;
    let push = DeltaPush {
        from: to - 1,
        to,
        commits: 1,
        hash: state.hash(),
        delta,
        at_ms: Some(1_800_000_000_000),
        last: true,
    };
    Ok(Frame::encode(None, None, topic.as_str(), event::DELTA, &push)?)
}

/// Takes everything out; how many updates were in it.
fn drain(manager: &mut Manager) -> usize {
    let mut updates = 0;
    loop {
        match manager.poll_output() {
            Output::Event(Event::Batch(batch)) => updates += batch.len(),
            Output::Wait(_) => return updates,
            _ => {}
        }
    }
}

fn resident_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("memory is read on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
