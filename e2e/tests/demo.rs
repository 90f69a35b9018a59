//! The demo season from outside.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use e2e::{Http, Server, run};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(5);

/// The state of `metrics`, once it is as wanted.
fn metrics_when(http: &Http, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let start = Instant::now();
    while start.elapsed() < 4 * SOON {
        let state = http.view("metrics")?;
        if wanted(&state) {
            return Ok(state);
        }
    }
    bail!("it did not come to that: {}", http.view("metrics")?)
}

/// Games by day, without the last day, on which the demo plays on.
fn days(state: &Value) -> Result<BTreeMap<String, Value>> {
    let state = state.as_object().context("no state")?;
    let days = state.iter().filter(|(key, _)| key.starts_with("games_by_day/"));
    let mut days: BTreeMap<_, _> = days.map(|(key, games)| (key.clone(), games.clone())).collect();
    days.pop_last();
    Ok(days)
}

#[test]
fn a_demo_shows_a_year_with_a_running_tournament_and_goes_on_after_a_restart() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("demo.sqlite");
    let path = database.to_string_lossy();
    let began = |state: &Value| state["tournaments_running"].as_i64() >= Some(1);
    let mut server = Server::start(&database, &["--demo"])?;
    let http = server.http();
    let before = metrics_when(&http, began)?;
    assert!(before["games"].as_i64() >= Some(1_000), "{before}");
    let past = days(&before)?;
    assert!(past.len() > 150, "{} days", past.len());
    let (status, _) = server.terminate(SOON)?;
    assert!(status.success());
    let verified = run(&["verify", "--database", &path])?;
    assert_eq!(verified.code, Some(0), "{verified:?}");

    let server = Server::start(&database, &["--demo"])?;
    let http = server.http();
    let games = before["games"].as_i64().unwrap_or_default();
    let after = metrics_when(&http, |state| state["games"].as_i64() > Some(games))?;
    let past_after: BTreeMap<_, _> =
        days(&after)?.into_iter().filter(|(day, _)| past.contains_key(day)).collect();
    assert_eq!(past_after, past, "no game of the past is told twice");
    assert_eq!(after["tournaments_running"], before["tournaments_running"]);
    let imports = http.view("activity")?;
    let imports = imports.as_object().context("no feed")?.keys().filter(|key| key.starts_with("import:"));
    assert_eq!(imports.count(), 1);
    Ok(())
}
