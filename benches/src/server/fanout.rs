//! Deliveries for a second of the server's core, with one message under way and with 64.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::crowd::{Crowd, Viewers};
use super::kind::{Kind, bun};
use super::process::Watch;
use super::{Amount, median, say};
use crate::figure::{Figures, Target};

/// Before a run is measured, so that caches are warm and Bun's compiler has seen the loop.
const WARM: Duration = Duration::from_millis(700);

/// What runs of one server gave, in order.
type Runs = BTreeMap<&'static str, Vec<f64>>;

pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    let one = [Kind::View, Kind::Loop, Kind::Axum, Kind::Bun];
    let runs = interleaved(&one, amount, 1, Viewers::Awake)?;
    let name = |kind: Kind| format!("server_fanout_one_{}", kind.name());
    print(figures, &runs, &one, name)?;
    ratio(figures, &runs, "server_fanout_one_to_loop", Kind::View, Kind::Loop, Target::AtLeast(0.9))?;
    ratio(figures, &runs, "server_fanout_one_to_bun", Kind::View, Kind::Bun, Target::AtLeast(1.0))?;
    ratio(figures, &runs, "server_fanout_one_to_axum", Kind::View, Kind::Axum, Target::None)?;
    let many = [Kind::Table, Kind::Coalescing, Kind::Axum, Kind::Bun, Kind::View];
    let runs = interleaved(&many, amount, 64, Viewers::Awake)?;
    let name = |kind: Kind| format!("server_fanout_64_{}", kind.name());
    print(figures, &runs, &many, name)?;
    let to = Kind::Coalescing;
    ratio(figures, &runs, "server_fanout_64_to_coalescing_loop", Kind::Table, to, Target::AtLeast(0.8))?;
    ratio(figures, &runs, "server_fanout_64_bun_to_coalescing_loop", Kind::Bun, to, Target::None)?;
    ratio(figures, &runs, "server_fanout_64_to_bun", Kind::Table, Kind::Bun, Target::AtLeast(1.0))?;
    ratio(figures, &runs, "server_fanout_64_to_axum", Kind::Table, Kind::Axum, Target::AtLeast(1.5))?;
    asleep(figures, amount)
}

/// The same where a write may have to wake the viewers' process: what that costs goes to whoever writes.
fn asleep(figures: &Figures, amount: &Amount) -> Result<()> {
    let one = [Kind::View, Kind::Loop, Kind::Bun];
    let runs = interleaved(&one, amount, 1, Viewers::Asleep)?;
    ratio(figures, &runs, "server_fanout_one_asleep_to_loop", Kind::View, Kind::Loop, Target::None)?;
    ratio(figures, &runs, "server_fanout_one_asleep_to_bun", Kind::View, Kind::Bun, Target::None)?;
    let many = [Kind::Table, Kind::Coalescing, Kind::Bun];
    let runs = interleaved(&many, amount, 64, Viewers::Asleep)?;
    let to = Kind::Coalescing;
    ratio(figures, &runs, "server_fanout_64_asleep_to_coalescing_loop", Kind::Table, to, Target::None)?;
    ratio(figures, &runs, "server_fanout_64_asleep_to_bun", Kind::Table, Kind::Bun, Target::None)
}

/// Run after run of all of them in turn, so that whatever else the machine does hits each alike.
fn interleaved(kinds: &[Kind], amount: &Amount, under_way: usize, viewers: Viewers) -> Result<Runs> {
    let mut runs = Runs::new();
    for _ in 0..amount.runs {
        for &kind in kinds {
            let run = run(kind, amount, under_way, viewers).with_context(|| kind.name())?;
            runs.entry(kind.name()).or_default().extend(run);
        }
    }
    Ok(runs)
}

/// Deliveries for a second of the server's core; none when the server is not there.
fn run(kind: Kind, amount: &Amount, under_way: usize, viewers: Viewers) -> Result<Option<f64>> {
    let Some(server) = kind.start(bun().as_deref())? else {
        say(&format!("SKIPPED: {} is not installed, so nothing is compared with it", kind.name()));
        return Ok(None);
    };
    let mut crowd = Crowd::join(server.address, amount.viewers, kind.wish())?;
    crowd.wait_as(viewers);
    crowd.closed_loop(WARM, under_way, |messages| server.publish(messages))?;
    let (delivered, checked) = (crowd.tally().delivered(), crowd.checked());
    let watch = Watch::start(server.usage())?;
    crowd.closed_loop(amount.time(), under_way, |messages| server.publish(messages))?;
    let (spent, words) = watch.end()?;
    let delivered = crowd.tally().delivered() - delivered;
    let per_cpu = delivered as f64 / spent.cpu.as_secs_f64();
    crowd.place()?;
    say(&format!(
        "{} with {under_way} under way, viewers {viewers:?}: {per_cpu:.0} deliveries a second of its core, {:.0} a second, {words}; \
         {} texts to {} viewers checked, {} of them read, {} deliveries within whole states",
        kind.name(),
        delivered as f64 / amount.seconds,
        crowd.checked().0 - checked.0,
        amount.viewers,
        crowd.checked().1 - checked.1,
        crowd.tally().in_resets(),
    ));
    Ok(Some(per_cpu))
}

fn print(figures: &Figures, runs: &Runs, kinds: &[Kind], name: impl Fn(Kind) -> String) -> Result<()> {
    for &kind in kinds {
        if let Some(values) = runs.get(kind.name()).filter(|values| !values.is_empty()) {
            figures.print(&name(kind), median(values), "deliveries/CPU-s", Target::None)?;
        }
    }
    Ok(())
}

/// The middle of the ratios of runs that stood beside each other.
fn ratio(figures: &Figures, runs: &Runs, name: &str, ours: Kind, to: Kind, target: Target) -> Result<()> {
    let (Some(ours), Some(to)) = (runs.get(ours.name()), runs.get(to.name())) else { return Ok(()) };
    let ratios: Vec<f64> = ours.iter().zip(to).map(|(ours, to)| ours / to).collect();
    if !ratios.is_empty() {
        figures.print(name, median(&ratios), "times", target)?;
    }
    Ok(())
}
