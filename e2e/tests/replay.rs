//! `gomafia replay` from outside.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{KEY, Server, binary, fixture, game, run_with_key};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(5);

fn replay(url: &str, file: &str, args: &[&str]) -> Result<e2e::Finished> {
    run_with_key(&[&["replay", file, "--url", url], args].concat())
}

fn recorded() -> String {
    fixture("replay.jsonl").to_string_lossy().into_owned()
}

/// The replay as a process that runs on.
fn started(url: &str, file: &str, args: &[&str]) -> Result<Child> {
    let mut command = Command::new(binary()?);
    command.args(["replay", file, "--url", url]).args(args).env("GOMAFIA_INGEST_KEY", KEY);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?)
}

/// The exit code, within `limit`.
fn ended(child: &mut Child, limit: Duration) -> Result<Option<i32>> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        std::thread::yield_now();
    }
    child.kill()?;
    child.wait()?;
    anyhow::bail!("the replay still runs after {limit:?}")
}

/// Games of one file, a line each.
fn written(folder: &tempfile::TempDir, games: &[Value]) -> Result<String> {
    let path = folder.path().join("games.jsonl");
    let lines: Vec<_> = games.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n"))?;
    Ok(path.to_string_lossy().into_owned())
}

/// Behaviour: B72 — broken by: sending games of one time in the reverse order at `max`; not ordering them by their clock
#[test]
fn a_replay_ends_in_the_same_bytes_at_every_speed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut ends = Vec::new();
    for speed in ["1", "100", "max"] {
        let server = Server::start(&folder.path().join(format!("{speed}.sqlite")), &[])?;
        let start = Instant::now();
        let replayed = replay(&server.url(), &recorded(), &["--speed", speed])?;
        assert_eq!(replayed.code, Some(0), "{replayed:?}");
        assert_eq!(replayed.stdout, "replayed 8, 0 were there, 0 set aside\n");
        if speed == "1" {
            assert!(start.elapsed() >= Duration::from_secs(2), "the recorded spacing is kept");
        }
        let mut end = Vec::new();
        for view in ["metrics", "activity"] {
            let view = server.http().view_after(view, &json!({"offset": 8}))?;
            assert_eq!(view["position"]["offset"], json!(8));
            end.push((view["hash"].to_string(), view["state"].to_string()));
        }
        ends.push(end);
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
    let activity: Value = serde_json::from_str(&ends[0][1].1)?;
    let mut order: Vec<_> = activity
        .as_object()
        .context("no feed")?
        .values()
        .map(|entry| (entry["offset"].as_u64(), entry["at"].to_string()))
        .collect();
    order.sort();
    assert_eq!(order.len(), 8);
    assert!(order.is_sorted_by_key(|(_, at)| at), "{order:?}");
    Ok(())
}

#[test]
fn a_replay_marks_the_page_and_goes_among_other_data_only_when_told_so() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let http = server.http();
    let mark = |mode: &str| -> Result<bool> {
        let page = http.get("/")?.body;
        let text = page.as_str().map_or_else(|| page.to_string(), str::to_owned);
        Ok(text.contains(&format!(r#"name="gomafia-mode" content="{mode}""#)))
    };
    let posted = http.post_game(&game(1, "town"))?.position()?;
    let refused = replay(&server.url(), &recorded(), &["--speed", "max"])?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("--mixed"), "{refused:?}");
    let view = http.view_after("metrics", &posted)?;
    assert_eq!((&view["state"]["games"], &view["position"]), (&json!(1), &posted), "nothing was written");
    assert!(mark("live")?);
    let mixed = replay(&server.url(), &recorded(), &["--speed", "max", "--mixed"])?;
    assert_eq!(mixed.code, Some(0), "{mixed:?}");
    assert!(mark("replay")?);
    let again = replay(&server.url(), &recorded(), &["--speed", "max"])?;
    assert_eq!(again.stdout, "replayed 0, 8 were there, 0 set aside\n");
    let demo = run_with_key(&["demo", "--url", &server.url(), "--games", "1", "--speed", "max"])?;
    assert_eq!(demo.code, Some(1), "{demo:?}");
    Ok(())
}

#[test]
fn lines_that_are_no_games_and_games_that_clash_are_set_aside_with_exit_code_3() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let file = written(&folder, &[game(1, "town"), json!({"players": []}), game(1, "mafia")])?;
    let replayed = replay(&server.url(), &file, &["--speed", "max"])?;
    assert_eq!(replayed.code, Some(3), "{replayed:?}");
    assert_eq!(replayed.stdout, "replayed 1, 0 were there, 2 set aside\n");
    for line in ["line=2", "line=3"] {
        assert!(replayed.stderr.contains(line), "{replayed:?}");
    }
    Ok(())
}

#[test]
fn rebased_games_begin_today() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let replayed = replay(&server.url(), &recorded(), &["--speed", "max", "--rebase", "now"])?;
    assert_eq!(replayed.code, Some(0), "{replayed:?}");
    let view = server.http().view_after("metrics", &json!({"offset": 8}))?;
    let days = view["state"].as_object().context("no state")?;
    let days: Vec<_> = days.keys().filter(|key| key.starts_with("games_by_day/")).collect();
    assert!(!days.is_empty() && days.iter().all(|day| day.as_str() > "games_by_day/2026"), "{days:?}");
    Ok(())
}

#[test]
fn a_replay_waits_for_a_server_that_is_away() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let away = TcpListener::bind("127.0.0.1:0")?;
    let port = away.local_addr()?.port();
    let mut replay = started(&format!("http://127.0.0.1:{port}"), &recorded(), &["--speed", "max"])?;
    // It has tried, and is cut off.
    drop(away.accept()?);
    drop(away);
    let server = Server::start_on(port, &folder.path().join("live.sqlite"), &[], Some(KEY))?;
    assert_eq!(ended(&mut replay, 6 * SOON)?, Some(0));
    assert_eq!(server.http().view_after("metrics", &json!({"offset": 8}))?["state"]["games"], json!(8));
    Ok(())
}

#[test]
fn an_interrupted_replay_ends_at_once_with_what_it_has_sent() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut later = game(2, "town");
    later["date"] = json!("2025-05-12");
    let file = written(&folder, &[game(1, "town"), later])?;
    let mut replay = started(&server.url(), &file, &[])?;
    server.http().view_after("metrics", &json!({"offset": 1}))?;
    let told = Command::new("kill").args(["-INT", &replay.id().to_string()]).status()?;
    assert!(told.success());
    assert_eq!(ended(&mut replay, SOON)?, Some(0));
    assert_eq!(server.http().view("metrics")?["games"], json!(1));
    Ok(())
}
