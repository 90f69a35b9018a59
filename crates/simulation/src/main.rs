//! Runs seeds and says how each ended: `simulation [FIRST [COUNT]]`.

use std::io::Write;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{io, thread};

use simulation::{Outcome, simulate};

fn main() -> io::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Ok(first), Ok(count)) = (arguments.next().unwrap_or(Ok(1)), arguments.next().unwrap_or(Ok(1)))
    else {
        writeln!(io::stderr(), "usage: simulation [FIRST [COUNT]]")?;
        return Ok(ExitCode::from(2));
    };
    let mut out = io::stdout().lock();
    let outcomes = run(first, first.saturating_add(count));
    for (seed, outcome) in &outcomes {
        writeln!(out, "seed {seed} {outcome}")?;
    }
    let is_ok = outcomes.iter().all(|(_, outcome)| outcome.broken.is_none());
    let is_whole = u64::try_from(outcomes.len()).is_ok_and(|done| done == count);
    Ok(if is_ok && is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Each seed is a world of its own, so every core takes the next one; the answers come in order.
fn run(first: u64, end: u64) -> Vec<(u64, Outcome)> {
    let next = AtomicU64::new(first);
    let take = || {
        let mut done = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return done;
            }
            done.push((seed, simulate(seed)));
        }
    };
    let mut outcomes: Vec<_> = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(take)).collect();
        // A seed whose thread panicked has no answer, and the count tells.
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    outcomes.sort_unstable_by_key(|(seed, _)| *seed);
    outcomes
}
