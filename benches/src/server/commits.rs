//! The program as it ships: 20 games a second are posted, each a durable commit, and 2,000 viewers follow.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::check::Stream;
use super::crowd::{Crowd, Wish};
use super::process::Watch;
use super::shipped::{Poster, Shipped};
use super::{Amount, say};
use crate::figure::{Figures, Target, median_ms};

const GAP: Duration = Duration::from_millis(50);
const WARM: Duration = Duration::from_secs(2);
/// Games that are there before.
const BEFORE: u64 = 200;

pub(crate) fn measure(figures: &Figures, amount: &Amount) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Shipped::start(&folder.path().join("commits.sqlite"))?;
    server.post(0..BEFORE)?;
    let wish = Wish { stream: Stream::View, topic: "view:metrics", throttle_ms: 0 };
    let mut crowd = Crowd::join(server.address, 2 * amount.viewers, wish)?;
    let mut poster = Poster::start(server.http(), BEFORE);
    crowd.open_loop(WARM, GAP, |_| poster.publish())?;
    crowd.tally().take_times();
    let (delivered, watch) = (crowd.tally().delivered(), Watch::start(server.usage())?);
    // Long enough for the slowest hundredth to be some hundred commits' deliveries.
    crowd.open_loop(amount.time() * 6, GAP, |_| poster.publish())?;
    let (spent, words) = watch.end()?;
    let ((checked, read), viewers) = (crowd.checked(), 2 * amount.viewers);
    say(&format!(
        "{viewers} viewers of the metrics and 20 games a second: {words}; {checked} texts checked, {read} of them read"
    ));
    let delivered = crowd.tally().delivered() - delivered;
    let posts = poster.end()?;
    let place = crowd.place()?;
    ensure!(
        (place.at.unwrap_or_default(), place.state.hash()) == server.metrics()?,
        "viewers have another state than the server"
    );
    let times = crowd.times();
    figures.print("server_commits_p50", times.within_ms(500), "ms", Target::AtMost(15.0))?;
    figures.print("server_commits_p99", times.within_ms(990), "ms", Target::AtMost(50.0))?;
    figures.print("server_commits_post_p50", median_ms(posts), "ms", Target::None)?;
    let cost = spent.cpu.as_secs_f64() * 1e6 / delivered as f64;
    figures.print("server_commits_cpu_per_delivery", cost, "µs", Target::None)?;
    figures.print("server_commits_checked", crowd.checked().0 as f64, "texts", Target::None)?;
    Ok(())
}
