//! A viewer whose link takes a kilobyte a second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Http, Server, Socket, game};
use serde_json::Value;

use crate::{counter, join};

const RATE: u32 = 1_000;
/// How long frames are watched.
const WATCH: Duration = Duration::from_secs(16);
const EVERY: Duration = Duration::from_millis(50);

/// When each commit was made.
type Times = Arc<Mutex<Vec<(u64, Instant)>>>;

/// The next push of the view, and how large it is.
fn push(socket: &mut Socket) -> Result<(String, Value, usize)> {
    loop {
        let frame = socket.receive()?.context("the socket has ended")?;
        let event = frame[3].as_str().unwrap_or_default().to_owned();
        if matches!(event.as_str(), "delta" | "reset") {
            let size = frame.to_string().len();
            return Ok((event, frame[4].clone(), size));
        }
    }
}

fn reached(push: &Value) -> Result<u64> {
    push["to"].as_u64().or_else(|| push["position"]["offset"].as_u64()).context("no offset")
}

/// Corrects the games one after another until told to end, and remembers when.
fn write(http: &Http, ids: &[String], times: &Times, is_over: &AtomicBool) -> Result<()> {
    let start = Instant::now();
    for n in 0_u32.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        thread::sleep((start + EVERY * n).saturating_duration_since(Instant::now()));
        let which = usize::try_from(n)? % ids.len();
        let winner = if n / 20 % 2 == 0 { "mafia" } else { "town" };
        let game = game(u64::try_from(which)? + 1, winner);
        let answer = http.put(&format!("/api/v1/games/{}", ids[which]), &game)?;
        let offset = answer.body["position"]["offset"].as_u64().context("no offset")?;
        times.lock().unwrap_or_else(PoisonError::into_inner).push((offset, Instant::now()));
    }
    Ok(())
}

/// The longest time from a commit to a viewer, until told to end.
fn slowest(viewer: &mut Socket, times: &Times, is_over: &AtomicBool) -> Result<Duration> {
    let mut slowest = Duration::ZERO;
    while !is_over.load(Ordering::Relaxed) {
        let (_, told, _) = push(viewer)?;
        let (now, to) = (Instant::now(), reached(&told)?);
        // The answer to the writer may be behind the push to the viewer.
        let made = times
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|(offset, _)| *offset == to)
            .map(|(_, at)| *at);
        slowest = slowest.max(made.map_or(Duration::ZERO, |made| now.saturating_duration_since(made)));
    }
    Ok(slowest)
}

/// Behaviour: B27 — broken by: telling a viewer whose socket is full what is new all the same
#[test]
fn a_viewer_at_a_kilobyte_a_second_delays_nobody_is_told_of_what_it_missed_and_stays_as_fresh_as_its_link()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("slow.sqlite"), &[])?;
    let http = server.http();
    let mut ids = Vec::new();
    for number in 1..=20 {
        ids.push(http.post_game(&game(number, "town"))?.id()?);
    }
    let mut fast = Socket::open(&server.url())?;
    fast.send(&join(1, "view:activity"))?;
    fast.receive()?.context("no answer")?;
    let mut slow = Socket::open_slow(&server.url(), RATE)?;
    slow.send(&join(1, "view:activity"))?;

    let (times, is_over) = (Times::default(), Arc::new(AtomicBool::new(false)));
    let writer = {
        let (times, is_over) = (Arc::clone(&times), Arc::clone(&is_over));
        thread::spawn(move || write(&http, &ids, &times, &is_over))
    };
    let others = {
        let (times, is_over) = (Arc::clone(&times), Arc::clone(&is_over));
        thread::spawn(move || slowest(&mut fast, &times, &is_over))
    };

    slow.receive()?.context("no answer")?;
    let start = Instant::now();
    let (mut resets, mut largest, mut oldest, mut shown) = (0, 0, Duration::ZERO, None::<u64>);
    let before = server.resident_bytes()?;
    while start.elapsed() < WATCH {
        let (event, told, size) = push(&mut slow)?;
        resets += u32::from(event == "reset");
        if event == "reset" {
            assert_eq!(told["reason"], "lag");
            assert!(told["missed"].as_u64().is_some_and(|missed| missed > 64), "{}", told["missed"]);
        }
        largest = largest.max(size);
        // Up to now it showed what it was told before, which lacked the commit after it.
        let times = times.lock().unwrap_or_else(PoisonError::into_inner);
        let lacked = shown.and_then(|shown| times.iter().find(|(offset, _)| *offset == shown + 1));
        oldest = oldest.max(lacked.map_or(Duration::ZERO, |(_, made)| made.elapsed()));
        shown = Some(reached(&told)?);
    }
    let after = server.resident_bytes()?;
    is_over.store(true, Ordering::Relaxed);
    writer.join().unwrap()?;
    let slowest_other = others.join().unwrap()?;

    assert!(resets >= 1, "it was told of what it missed");
    assert!(counter(&server, "gomafia_resets_total", "reason=\"lag\"")? >= f64::from(resets));
    // At best a frame is made when the last one has gone, and is a whole frame old when it has come.
    let ideal = Duration::from_secs_f64(2.0 * largest as f64 / f64::from(RATE));
    assert!(oldest <= 2 * ideal, "{oldest:?} old where {ideal:?} is the best; frames of {largest} bytes");
    assert!(slowest_other < Duration::from_millis(500), "another viewer waited {slowest_other:?}");
    assert!(after < before + 8 * 1024 * 1024, "{before} bytes before, {after} after");
    Ok(())
}
