//! Latency and cost at a steady rate, whatever has arrived: 1,000 viewers and 50 messages a second.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::crowd::{Crowd, Viewers};
use super::kind::{Kind, bun};
use super::process::Watch;
use super::{Amount, median, say};
use crate::figure::{Figures, Target};

const GAP: Duration = Duration::from_millis(20);
const WARM: Duration = Duration::from_secs(1);

/// One run: milliseconds, and microseconds of the core for a delivery.
#[derive(Debug, Clone, Copy)]
struct Run {
    p50: f64,
    p99: f64,
    cost: f64,
}

type Value = fn(&Run) -> f64;

pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    let kinds = [Kind::View, Kind::Bun, Kind::Axum, Kind::Loop];
    compare(figures, amount, &kinds, Viewers::Awake)?;
    compare(figures, amount, &[Kind::View, Kind::Bun], Viewers::Asleep)
}

fn compare(figures: &Figures, amount: &Amount, kinds: &[Kind], viewers: Viewers) -> Result<()> {
    let mut runs: BTreeMap<&str, Vec<Run>> = BTreeMap::new();
    for _ in 0..amount.runs {
        for &kind in kinds {
            let run = run(kind, amount, viewers).with_context(|| kind.name())?;
            runs.entry(kind.name()).or_default().extend(run);
        }
    }
    let asleep = if viewers == Viewers::Asleep { "asleep_" } else { "" };
    let middle = |kind: Kind, value: Value| {
        let values: Vec<f64> = runs.get(kind.name())?.iter().map(value).collect();
        (!values.is_empty()).then(|| median(&values))
    };
    let parts: [(&str, &str, Value); 3] = [
        ("p50", "ms", |run| run.p50),
        ("p99", "ms", |run| run.p99),
        ("cpu_per_delivery", "µs", |run| run.cost),
    ];
    for (part, unit, value) in parts {
        let rival = middle(Kind::Bun, value);
        for &kind in kinds {
            let Some(middle) = middle(kind, value) else { continue };
            let target = match (kind, viewers, rival) {
                (Kind::View, Viewers::Awake, Some(rival)) => Target::AtMost((rival * 1e3).round() / 1e3),
                _ => Target::None,
            };
            figures.print(&format!("server_paced_{asleep}{}_{part}", kind.name()), middle, unit, target)?;
        }
    }
    Ok(())
}

fn run(kind: Kind, amount: &Amount, viewers: Viewers) -> Result<Option<Run>> {
    let Some(server) = kind.start(bun().as_deref())? else {
        say(&format!("SKIPPED: {} is not installed, so nothing is compared with it", kind.name()));
        return Ok(None);
    };
    let mut crowd = Crowd::join(server.address, amount.viewers, kind.wish())?;
    crowd.wait_as(viewers);
    crowd.open_loop(WARM, GAP, |messages| server.publish(messages))?;
    crowd.tally().take_times();
    let (delivered, watch) = (crowd.tally().delivered(), Watch::start(server.usage())?);
    crowd.open_loop(amount.time(), GAP, |messages| server.publish(messages))?;
    let (spent, words) = watch.end()?;
    let delivered = crowd.tally().delivered() - delivered;
    crowd.place()?;
    let times = crowd.times();
    let (p50, p99) = (times.within_ms(500), times.within_ms(990));
    let cost = spent.cpu.as_secs_f64() * 1e6 / delivered as f64;
    say(&format!(
        "{} at {:.0} deliveries a second, viewers {viewers:?}: {p50:.2} ms, {p99:.2} ms, the longest {:.2} ms, {cost:.2} µs each; {words}",
        kind.name(),
        delivered as f64 / amount.seconds,
        times.within_ms(1000),
    ));
    Ok(Some(Run { p50, p99, cost }))
}
