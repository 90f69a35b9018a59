//! `kill -9` in the middle of writing.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use e2e::{Http, Server, game, run};
use serde_json::json;

const ROUNDS: u64 = 100;

/// Games that were acknowledged before each kill; enough that the kill falls among writes.
const BEFORE_KILL: usize = 5;

/// Posts until the server is gone; sends each number and id as it is acknowledged.
fn post_until_gone(http: &Http, first: u64, acknowledged: &mpsc::Sender<(u64, String)>) -> u64 {
    let mut number = first;
    loop {
        let Ok(answer) = http.post_game(&game(number, "town")) else { return number + 1 };
        let Ok(id) = answer.id() else { return number + 1 };
        assert_eq!(answer.status, 201, "{answer:?}");
        number += 1;
        if acknowledged.send((number - 1, id)).is_err() {
            return number;
        }
    }
}

/// Behaviour: B49 — broken by: leaving out a game's last seat
#[test]
fn a_hundred_kills_lose_no_acknowledged_game_and_leave_none_half_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("live.sqlite");
    let mut server = Server::start(&path, &[])?;
    let mut next = 1;
    let mut all: Vec<(u64, String)> = Vec::new();
    for round in 0..ROUNDS {
        let http = server.http();
        let (sender, acknowledged) = mpsc::channel();
        let first = next;
        let poster = thread::spawn(move || post_until_gone(&http, first, &sender));
        let before_kill = usize::try_from(round)? % BEFORE_KILL + 1;
        let mut fresh: Vec<(u64, String)> = Vec::new();
        for _ in 0..before_kill {
            fresh.push(acknowledged.recv_timeout(Duration::from_secs(20))?);
        }
        server.kill()?;
        next = poster.join().expect("the poster ends");
        fresh.extend(acknowledged.try_iter());
        server = server.again()?;
        let http = server.http();
        for (number, id) in &fresh {
            let read = http.get(&format!("/api/v1/games/{id}"))?;
            assert_eq!((read.status, &read.body["game_no"]), (200, &json!(number)), "{read:?}");
            assert_eq!(read.body["players"].as_array().map(Vec::len), Some(10), "{read:?}");
        }
        all.extend(fresh);
    }
    every_stored_game_is_whole(&server, &all)?;
    drop(server);
    let verified = run(&["verify", "--database", &path.to_string_lossy()])?;
    assert_eq!(verified.code, Some(0), "{verified:?}");
    Ok(())
}

/// A game that was in flight at a kill may be there or not, but never in part.
fn every_stored_game_is_whole(server: &Server, acknowledged: &[(u64, String)]) -> Result<()> {
    let http = server.http();
    let games = http.view("metrics")?["games"].as_u64().unwrap_or_default();
    let least = u64::try_from(acknowledged.len())?;
    assert!((least..=least + ROUNDS).contains(&games), "{games} games, {least} acknowledged");
    let activity = http.view("activity")?;
    for entry in activity.as_object().into_iter().flat_map(|state| state.values()) {
        assert_eq!(entry["players"], json!(10), "{entry}");
    }
    for (_, id) in acknowledged {
        let read = http.get(&format!("/api/v1/games/{id}"))?;
        assert_eq!(read.body["players"].as_array().map(Vec::len), Some(10), "{id}: {:?}", read.body);
    }
    Ok(())
}
