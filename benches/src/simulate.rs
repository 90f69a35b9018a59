//! How much faster than the clock the simulation is.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use simulation::simulate_viewers;

use crate::figure::{Figures, Target};

const VIEWERS: usize = 10;
const SEEDS: u64 = 20;

/// Virtual time over real time, on one core, with ten viewers.
pub(crate) fn measure(figures: &Figures) -> Result<()> {
    let mut lasted = Duration::ZERO;
    let began = Instant::now();
    for seed in 1..=SEEDS {
        let outcome = simulate_viewers(seed, Some(VIEWERS));
        ensure!(outcome.broken.is_none(), "seed {seed}: {outcome}");
        lasted += outcome.lasted;
    }
    let ratio = lasted.as_secs_f64() / began.elapsed().as_secs_f64();
    figures.print("simulation_10_viewers_speed", ratio, "times real time", Target::AtLeast(1000.0))?;
    Ok(())
}
