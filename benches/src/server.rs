//! The server under many viewers, beside rivals that do the same in the same run.

mod check;
mod commits;
mod crowd;
mod fanout;
mod idle;
mod kind;
mod load;
mod managed;
mod paced;
mod poll;
mod process;
mod resume;
mod shipped;
mod soak;
mod socket;
mod tally;

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::figure::Figures;

/// How much of it; less is for a quick try.
#[derive(Debug, Clone, Args)]
pub(crate) struct Amount {
    /// Runs of each server, of which the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Seconds of each run.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Viewers where messages are fanned out.
    #[arg(long, default_value_t = 1_000)]
    viewers: usize,
    /// Viewers that wait.
    #[arg(long, default_value_t = 10_000)]
    idle_viewers: usize,
    /// Load the server for so many minutes more.
    #[arg(long)]
    soak: Option<u64>,
}

impl Amount {
    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

/// All of it, as far as it was asked for.
pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    process::prepare()?;
    if figures.wants("server_fanout") {
        fanout::measure(figures, amount)?;
    }
    if figures.wants("server_paced") {
        paced::measure(figures, amount)?;
    }
    if figures.wants("server_commits") {
        commits::measure(figures, amount)?;
    }
    if figures.wants("server_load") {
        load::measure(figures, amount)?;
    }
    if figures.wants("server_resume") {
        resume::measure(figures, amount)?;
    }
    if figures.wants("server_memory") {
        idle::memory(figures, amount)?;
    }
    if figures.wants("server_idle") {
        idle::cpu(figures, amount)?;
    }
    if let Some(minutes) = amount.soak {
        soak::measure(figures, minutes)?;
    }
    Ok(())
}

/// A line beside the figures; a closed stderr is nobody's loss.
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}

/// The middle of some values.
fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
