//! The ingest interface and the commands, each from outside.

use std::time::Duration;

use anyhow::Result;
use e2e::{Http, KEY, Server, fixture, game, run};
use serde_json::{Value, json};

fn database() -> Result<(tempfile::TempDir, std::path::PathBuf)> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("live.sqlite");
    Ok((folder, path))
}

#[test]
fn the_same_game_twice_is_one_commit_and_another_under_its_identity_a_conflict() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    let http = server.http();
    let first = http.post_game(&game(1, "town"))?;
    assert_eq!(first.status, 201, "{first:?}");
    let again = http.post_game(&game(1, "town"))?;
    assert_eq!((again.status, again.position()?), (200, first.position()?));
    let other = http.post_game(&game(1, "mafia"))?;
    assert_eq!(other.status, 409, "{other:?}");
    assert_eq!(http.view_after("metrics", &first.position()?)?["state"]["games"], json!(1));
    Ok(())
}

#[test]
fn a_correction_and_a_removal_are_commits_of_their_own() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    let http = server.http();
    let id = http.post_game(&game(1, "town"))?.id()?;
    let address = format!("/api/v1/games/{id}");
    let corrected = http.put(&address, &game(1, "mafia"))?;
    assert_eq!((corrected.status, corrected.position()?["offset"].clone()), (200, json!(2)));
    let read = http.get(&address)?;
    assert_eq!((read.status, read.body["winner"].clone()), (200, json!("mafia")));
    assert_eq!(read.body["players"].as_array().map(Vec::len), Some(10));
    let deleted = http.delete(&address)?;
    assert_eq!((deleted.status, deleted.position()?["offset"].clone()), (200, json!(3)));
    assert_eq!(http.get(&address)?.status, 404);
    assert_eq!(http.delete(&address)?.status, 404);
    Ok(())
}

#[test]
fn a_put_under_a_free_id_creates() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    let put = server.http().put("/api/v1/games/final-1", &game(9, "town"))?;
    assert_eq!((put.status, put.id()?), (201, "final-1".to_owned()));
    Ok(())
}

/// Behaviour: B79 — broken by: taking any key for the right one
#[test]
fn writing_needs_the_key_and_reading_none() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    assert_eq!(Http::new(&server.url(), None).post_game(&game(1, "town"))?.status, 401);
    let wrong = Http::new(&server.url(), Some("wrong"));
    assert!([401, 403].contains(&wrong.post_game(&game(1, "town"))?.status));
    assert_eq!(Http::new(&server.url(), None).view("metrics")?["games"], json!(0));
    drop(server);
    let closed = Server::start_on(0, &path, &[], None)?;
    let refused = Http::new(&closed.url(), Some(KEY)).post_game(&game(1, "town"))?;
    assert_eq!(refused.status, 403, "{refused:?}");
    Ok(())
}

#[test]
fn what_is_wrong_with_a_game_is_pointed_at() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    let http = server.http();
    let wrong: [(&str, Value, &str); 4] = [
        ("/winner", json!("city"), "/winner"),
        ("/players/2/role", json!("doctor"), "/players/2/role"),
        ("/players/1/seat", json!(31), "/players/1/seat"),
        ("/players/0/fouls", json!("three"), "/players/0/fouls"),
    ];
    for (at, value, pointer) in wrong {
        let mut bad = game(1, "town");
        let (parent, field) = at.rsplit_once('/').unwrap_or_default();
        let parent = if parent.is_empty() { &mut bad } else { bad.pointer_mut(parent).expect("the parent") };
        parent[field] = value;
        let answer = http.post_game(&bad)?;
        assert_eq!(answer.status, 422, "{at}: {answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(answer.pointers().iter().any(|p| p == pointer), "{at}: {answer:?}");
    }
    let mut named = game(1, "town");
    named["id"] = json!("не id!");
    assert_eq!(http.post_game(&named)?.status, 422);
    assert_eq!(http.view("metrics")?["games"], json!(0));
    Ok(())
}

#[test]
fn a_body_that_is_no_json_or_too_large_is_refused() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    let http = server.http();
    let broken = http.post_text("/api/v1/games", "application/json", "{\"source\":")?;
    assert!([400, 422].contains(&broken.status), "{broken:?}");
    let mut large = game(1, "town");
    large["note"] = Value::String("x".repeat(1024 * 1024));
    assert_eq!(http.post_game(&large)?.status, 413);
    assert_eq!(http.get("/api/v1/nothing")?.status, 404);
    Ok(())
}

#[test]
fn a_view_is_not_sent_again_to_who_has_it() -> Result<()> {
    let (_folder, path) = database()?;
    let server = Server::start(&path, &[])?;
    let http = server.http();
    let first = http.get("/api/v1/views/metrics")?;
    let etag = first.headers.get("etag").expect("an ETag").clone();
    assert_eq!(http.get_if("/api/v1/views/metrics", Some(&etag))?.status, 304);
    let posted = http.post_game(&game(1, "town"))?.position()?;
    http.view_after("metrics", &posted)?;
    assert_eq!(http.get_if("/api/v1/views/metrics", Some(&etag))?.status, 200);
    assert_eq!(http.get("/healthz")?.body, json!({"status": "ok"}));
    Ok(())
}

#[test]
fn importing_twice_changes_nothing_the_second_time() -> Result<()> {
    let (_folder, path) = database()?;
    let path = path.to_string_lossy();
    let file = fixture("evening.jsonl");
    let args = ["import", "--database", &path, "--json", &file.to_string_lossy()];
    let first = run(&args)?;
    assert_eq!(first.code, Some(0), "{first:?}");
    let first = first.last_json()?;
    assert_eq!(
        (&first["read"], &first["added"], &first["set_aside"]),
        (&json!(17), &json!(17), &json!(0)),
        "{first}"
    );
    for flag in ["unrated", "no_role", "odd_roles", "empty_name", "duplicate_name", "no_date", "won_mismatch"]
    {
        assert!(first["flags"][flag].as_u64() >= Some(1), "{flag}: {first}");
    }
    let second = run(&args)?.last_json()?;
    assert_eq!(
        (&second["added"], &second["changed"], &second["unchanged"]),
        (&json!(0), &json!(0), &json!(17))
    );
    assert_eq!(second["position"], first["position"]);
    Ok(())
}

/// Behaviour: B67 — broken by: not counting what is set aside
#[test]
fn bad_lines_are_set_aside_each_with_its_reason() -> Result<()> {
    let (folder, path) = database()?;
    let report = folder.path().join("report.jsonl");
    let done = run(&[
        "import",
        "--database",
        &path.to_string_lossy(),
        "--json",
        "--report",
        &report.to_string_lossy(),
        &fixture("bad_lines.jsonl").to_string_lossy(),
    ])?;
    assert_eq!(done.code, Some(3), "{done:?}");
    let totals = done.last_json()?;
    let text = std::fs::read_to_string(&report)?;
    let rows = text.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    let mut lines: Vec<u64> = rows.iter().filter_map(|row| row["line"].as_u64()).collect();
    lines.dedup();
    assert_eq!(lines, (1..=24).collect::<Vec<u64>>(), "{text}");
    assert_eq!(
        (&totals["read"], &totals["added"], &totals["set_aside"]),
        (&json!(25), &json!(1), &json!(24))
    );
    for row in &rows {
        assert!(row["reason"].is_string() && row["message"].is_string() && row["raw"].is_string(), "{row}");
    }
    Ok(())
}

#[test]
fn sigterm_ends_the_server_with_success_within_five_seconds() -> Result<()> {
    let (_folder, path) = database()?;
    let mut server = Server::start(&path, &[])?;
    server.http().post_game(&game(1, "town"))?;
    let (status, took) = server.terminate(Duration::from_secs(5))?;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5));
    Ok(())
}

/// Behaviour: B49 — broken by: starting with empty views
#[test]
fn the_figures_survive_a_restart() -> Result<()> {
    let (_folder, path) = database()?;
    let mut server = Server::start(&path, &[])?;
    let mut last = json!(null);
    for number in 1..=5 {
        last = server.http().post_game(&game(number, "town"))?.position()?;
    }
    let figures = |http: Http| -> Result<_> {
        Ok((http.view_after("metrics", &last)?, http.view_after("activity", &last)?))
    };
    let before = figures(server.http())?;
    server.terminate(Duration::from_secs(5))?;
    let server = server.again()?;
    let after = figures(server.http())?;
    assert_eq!(before.0["state"]["games"], json!(5));
    assert_eq!(before, after);
    Ok(())
}
