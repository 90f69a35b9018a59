//! What `gomafia report` tells of a database.

use anyhow::Result;
use e2e::{Server, game, run};
use serde_json::{Value, json};

/// Behaviour: B41 — broken by: counting the seats that won instead of the games
#[test]
fn the_win_rate_of_a_side_counts_games_and_a_draw_is_nobodys() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sides.sqlite");
    let mut server = Server::start(&path, &[])?;
    for (number, winner) in
        (1..).zip(["mafia", "town", "mafia", "town", "mafia", "town", "mafia", "draw", "mafia", "town"])
    {
        assert_eq!(server.http().post_game(&game(number, winner))?.status, 201);
    }
    server.terminate(std::time::Duration::from_secs(5))?;
    let told = run(&["report", "--json", "--database", &path.to_string_lossy()])?;
    let report: Value = serde_json::from_str(&told.stdout)?;
    let sides = json!({
        "mafia": {"wins": 5, "n": 10, "rate_milli": 500},
        "town": {"wins": 4, "n": 10, "rate_milli": 400},
    });
    assert_eq!(report["win_rate_by_side"], sides);
    let text = run(&["report", "--database", &path.to_string_lossy()])?.stdout;
    assert!(text.contains("mafia won 5 of 10 games, 50.0 %"), "{text}");
    Ok(())
}

/// Behaviour: B42 — broken by: showing as many days as the timeframe has, less one
#[test]
fn the_report_counts_games_by_timeframe_and_follows_a_player_game_by_game() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("report.sqlite");
    let mut server = Server::start(&path, &[])?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let http = server.http();
    // The last day of each window, and the first outside of it.
    for (number, back) in (1..).zip([0, 6, 7, 29, 30, 89, 90, 800]) {
        let mut played = game(number, if number % 2 == 0 { "town" } else { "mafia" });
        played["date"] = json!(today.checked_sub(jiff::Span::new().days(back))?.to_string());
        assert_eq!(http.post_game(&played)?.status, 201);
    }
    server.terminate(std::time::Duration::from_secs(5))?;
    let name = game(1, "town")["players"][1]["name"].as_str().unwrap_or_default().to_owned();
    let told = run(&["report", "--json", "--player", &name, "--database", &path.to_string_lossy()])?;
    assert_eq!(told.code, Some(0), "{told:?}");
    let report: Value = serde_json::from_str(&told.stdout)?;
    assert_eq!(report["games_by_timeframe"], json!({"7d": 2, "30d": 4, "90d": 6, "1y": 7, "all": 8}));
    let player = &report["players"][0];
    let games = player["games"].as_array().cloned().unwrap_or_default();
    let sum: i64 = games.iter().filter_map(|game| game["change"].as_i64()).sum();
    assert_eq!(games.len(), 8);
    assert_eq!(json!(sum), player["black"], "{player}");
    assert!(games.windows(2).all(|pair| pair[0]["date"].as_str() <= pair[1]["date"].as_str()), "{player}");
    let nobody = run(&["report", "--json", "--player", "Nobody", "--database", &path.to_string_lossy()])?;
    assert_eq!(serde_json::from_str::<Value>(&nobody.stdout)?["players"], json!([]));
    Ok(())
}
