//! What a connection costs that waits: memory and the core's time, for 10,000 of them.

use std::net::SocketAddrV4;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::check::Stream;
use super::crowd::{Crowd, Viewers, Wish};
use super::kind::{Kind, bun};
use super::process::{Usage, files_max};
use super::shipped::Shipped;
use super::{Amount, say};
use crate::figure::{Figures, Target};

const SETTLE: Duration = Duration::from_secs(3);
/// Some rounds of beats, of which there is one in two seconds.
const WATCHED: Duration = Duration::from_secs(10);
/// Files of this process and of a server that are no viewers.
const OTHER_FILES: usize = 200;

pub(crate) fn memory(figures: &Figures, amount: &Amount) -> Result<()> {
    let shipped = shipped_memory(amount)?;
    for kind in [Kind::Bun, Kind::Axum] {
        let Some(server) = kind.start(bun().as_deref())? else {
            say("SKIPPED: bun is not installed, so its memory is not compared");
            continue;
        };
        let bytes = grown(server.address, server.usage(), amount, kind.wish())?;
        figures.print(&format!("server_memory_{}", kind.name()), bytes, "bytes/connection", Target::None)?;
    }
    figures.print("server_memory_gomafia", shipped, "bytes/connection", Target::AtMost(4_096.0))?;
    Ok(())
}

fn shipped_memory(amount: &Amount) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let server = started(folder.path())?;
    grown(server.address, server.usage(), amount, metrics())
}

pub(crate) fn cpu(figures: &Figures, amount: &Amount) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = started(folder.path())?;
    let before = server.usage().cpu()?;
    std::thread::sleep(WATCHED);
    let alone = (server.usage().cpu()? - before).as_secs_f64() / WATCHED.as_secs_f64();
    figures.print("server_idle_cpu_without_viewers", alone * 100.0, "% of a core", Target::AtMost(1.0))?;
    let mut crowd = crowd(server.address, amount, metrics())?;
    crowd.listen(SETTLE)?;
    let (asleep, _) = idle(&mut crowd, server.usage())?;
    crowd.wait_as(Viewers::Awake);
    let (awake, texts) = idle(&mut crowd, server.usage())?;
    figures.print("server_idle_cpu", awake, "% of a core", Target::AtMost(5.0))?;
    figures.print("server_idle_cpu_asleep", asleep, "% of a core", Target::None)?;
    figures.print("server_idle_texts", texts, "beats and answers/s", Target::None)?;
    Ok(())
}

/// Per cent of the core, and texts a second.
fn idle(crowd: &mut Crowd, usage: Usage) -> Result<(f64, f64)> {
    let (before, texts) = (usage.cpu()?, crowd.checked().0);
    crowd.listen(WATCHED)?;
    let busy = (usage.cpu()? - before).as_secs_f64() / WATCHED.as_secs_f64();
    let texts = (crowd.checked().0 - texts) as f64 / WATCHED.as_secs_f64();
    Ok((busy * 100.0, texts))
}

fn started(folder: &Path) -> Result<Shipped> {
    let server = Shipped::start(&folder.join("idle.sqlite"))?;
    server.post(0..50)?;
    Ok(server)
}

/// The topic of the page's cards, as the page joins it.
fn metrics() -> Wish {
    Wish { stream: Stream::View, topic: "view:metrics", throttle_ms: 1_000 }
}

/// Viewers that say from time to time that they are there, as real ones do.
///
/// Ports do not run out: those of one address are counted for each server anew, and there are 28,000.
fn crowd(server: SocketAddrV4, amount: &Amount, wish: Wish) -> Result<Crowd> {
    let needed = amount.idle_viewers + OTHER_FILES;
    ensure!(files_max() >= needed, "a process may open {} files, {needed} are needed", files_max());
    let mut crowd = Crowd::join(server, amount.idle_viewers, wish).context("idle viewers")?;
    if wish.stream == Stream::View {
        crowd.keep_alive();
    }
    Ok(crowd)
}

/// Resident memory for each connection; what the kernel keeps for a socket is no part of it for anybody.
fn grown(server: SocketAddrV4, usage: Usage, amount: &Amount, wish: Wish) -> Result<f64> {
    let before = usage.resident()?;
    let mut crowd = crowd(server, amount, wish)?;
    crowd.listen(SETTLE)?;
    Ok((usage.resident()? - before) / amount.idle_viewers as f64)
}
