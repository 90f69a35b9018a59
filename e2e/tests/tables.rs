//! The tables over HTTP, from outside.

use anyhow::Result;
use e2e::{Http, Server, game, run};
use serde_json::{Value, json};

/// `text` as it stands in a query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn rows(http: &Http, address: &str) -> Result<Vec<Value>> {
    let answer = http.get(address)?;
    assert_eq!(answer.status, 200, "{address}: {answer:?}");
    Ok(answer.body["rows"].as_array().cloned().unwrap_or_default())
}

fn server() -> Result<(tempfile::TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("tables.sqlite"), &[])?;
    Ok((folder, server))
}

#[test]
fn rows_of_games_carry_what_they_must_and_come_page_by_page() -> Result<()> {
    let (_folder, server) = server()?;
    let http = server.http();
    for number in 1..=5 {
        assert_eq!(http.post_game(&game(number, "town"))?.status, 201);
    }
    let answer = http.get("/api/v1/tables/games")?;
    assert_eq!(answer.body["position"]["offset"], json!(5));
    let whole = rows(&http, "/api/v1/tables/games")?;
    let fields = ["id", "source", "tournament", "season", "round", "table", "date", "winner", "status"];
    assert!(whole.iter().all(|row| fields.iter().all(|field| row.get(field).is_some())), "{whole:?}");
    let mut ids: Vec<Value> = whole.iter().map(|row| row["id"].clone()).collect();
    assert!(ids.is_sorted_by_key(|id| id.as_str().map(str::to_owned)));
    let mut after = String::new();
    while !ids.is_empty() {
        let page = rows(&http, &format!("/api/v1/tables/games?limit=2{after}"))?;
        let expected: Vec<Value> = ids.drain(..2.min(ids.len())).collect();
        assert_eq!(page.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), expected);
        after = format!("&after={}", expected.last().and_then(Value::as_str).unwrap_or_default());
    }
    assert_eq!(rows(&http, &format!("/api/v1/tables/games?limit=2{after}"))?, Vec::<Value>::new());
    Ok(())
}

/// Behaviour: B34 — broken by: comparing with the percent-encoded text
#[test]
fn names_in_any_alphabet_with_quotes_and_emoji_are_values_of_filters() -> Result<()> {
    let (_folder, server) = server()?;
    let http = server.http();
    let cup = "Кубок «Ночь» 🎭 \"2026\" & 100% + О'Нил";
    let mut posted = game(1, "town");
    posted["tournament"] = json!(cup);
    let id = http.post_game(&posted)?.id()?;
    http.post_game(&game(2, "mafia"))?;
    let found = rows(&http, &format!("/api/v1/tables/games?tournament=eq.{}", encoded(cup)))?;
    assert_eq!(found.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), [json!(id)]);
    for name in ["Борей 🌬️", "Сэр \"Туман\"", "Лис & Ко", "Ёлка"] {
        let players = rows(&http, &format!("/api/v1/tables/players?name=eq.{}", encoded(name)))?;
        assert_eq!(players.len(), 1, "{name}");
        let seats = rows(&http, &format!("/api/v1/tables/seats?name=eq.{}&limit=1000", encoded(name)))?;
        assert_eq!(seats.len(), 2, "{name}");
    }
    assert_eq!(rows(&http, &format!("/api/v1/tables/games?tournament=eq.{}", encoded("Кубок")))?.len(), 0);
    Ok(())
}

#[test]
fn what_is_wrong_with_a_request_is_told_with_what_there_is() -> Result<()> {
    let (_folder, server) = server()?;
    let http = server.http();
    for (address, status, word) in [
        ("weather", 404, "player_years"),
        ("games?colour=eq.1", 400, "season"),
        ("games?winner=like.t", 400, "town, mafia, draw"),
        ("games?source=match.p", 400, "ilike"),
        ("games?winner=town", 400, "gte"),
        ("games?season=eq.one", 400, "integer"),
        ("games?limit=1001", 400, "1000"),
        ("games?limit=all", 400, "1000"),
        ("seats?after=7", 400, "game, seat"),
    ] {
        let answer = http.get(&format!("/api/v1/tables/{address}"))?;
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        assert!(answer.status == status && detail.contains(word), "{address}: {answer:?}");
    }
    Ok(())
}

#[test]
fn a_tournament_is_answered_with_all_its_fields_and_what_its_games_count() -> Result<()> {
    let (_folder, server) = server()?;
    let http = server.http();
    let mut posted = game(1, "town");
    posted["tournament"] = json!("Кубок");
    http.post_game(&posted)?;
    let body = json!({
        "source": "polar/evening", "title": "Кубок", "type": "team", "status": "идёт", "country": "Россия",
        "city": "Казань", "stars": 4, "elo_average": "1512.40", "planned_rounds": 12,
        "start": "2025-05-10", "end": "2025-05-09",
        "aliases": [{"source": "elsewhere", "id": "77"}],
    });
    let put = http.put("/api/v1/tournaments/cup", &body)?;
    assert_eq!(put.status, 201, "{put:?}");
    let read = http.get("/api/v1/tournaments/cup")?.body;
    let expected = json!({
        "id": "cup", "source": "polar/evening", "title": "Кубок", "type": "team", "status": "running",
        "country": "Россия", "city": "Казань", "stars": 4, "elo_average": 1512.4, "planned_rounds": 12,
        "start": "2025-05-09", "end": "2025-05-10", "games": 1, "rounds_played": 1, "players": 10,
        "aliases": [{"source": "elsewhere", "id": "77", "automatic": false}],
        "offset": put.position()?["offset"],
    });
    assert_eq!(read, expected);
    assert_eq!(
        http.put("/api/v1/tournaments/cup", &read)?.position()?,
        put.position()?,
        "put as it was read"
    );
    assert_eq!(http.get("/api/v1/tournaments/77")?.body["id"], json!("cup"));
    let odd = json!({"source": "polar/evening", "status": "перенесён"});
    assert_eq!(http.put("/api/v1/tournaments/odd", &odd)?.status, 201);
    let read = http.get("/api/v1/tournaments/odd")?.body;
    assert_eq!((&read["status"], &read["status_word"]), (&json!("unknown"), &json!("перенесён")));
    Ok(())
}

#[test]
fn a_finished_game_tells_the_score_of_each_seat_and_a_running_one_no_role() -> Result<()> {
    let (_folder, server) = server()?;
    let http = server.http();
    let mut posted = game(1, "town");
    posted["status"] = json!("running");
    posted["roles"] = json!("don at six");
    posted["players"][1]["role"] = json!("don");
    posted["players"][0]["total"] = json!(1.5);
    posted["players"][0]["card"] = json!("red");
    let id = http.post_game(&posted)?.id()?;
    let address = format!("/api/v1/games/{id}");
    let viewer = Http::new(&server.url(), None);
    let seen = viewer.get(&address)?.body;
    assert_eq!((&seen["flags"], &seen["winner"], &seen["roles"]), (&json!([]), &Value::Null, &Value::Null));
    assert_eq!(seen["players"][0], json!({"seat": 1, "name": "Полынь"}));
    assert_eq!(viewer.get("/api/v1/tables/games?winner=eq.town")?.body["rows"], json!([]));
    http.put(&address, &game(1, "town"))?;
    let score = |address: &str, seat: usize| -> Result<Value> {
        Ok(viewer.get(address)?.body["players"][seat]["score"].clone())
    };
    assert_eq!(score(&address, 0)?["win"], json!(1000));
    assert_eq!(
        (score(&address, 5)?["win"].clone(), score(&address, 5)?["total"].clone()),
        (json!(0), json!(0))
    );
    Ok(())
}

#[test]
fn the_report_names_joined_tournaments_and_what_is_told_otherwise() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("joined.sqlite");
    let line = |source: &str, winner: &str| {
        let mut posted = game(1, winner);
        posted["source"] = json!(source);
        posted["tournament"] = json!("Кубок");
        posted.to_string()
    };
    let file = folder.path().join("games.jsonl");
    std::fs::write(&file, format!("{}\n{}\n", line("one", "town"), line("two", "draw")))?;
    let database = path.to_string_lossy();
    let imported = run(&["import", "--database", &database, &file.to_string_lossy()])?;
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let told = run(&["report", "--json", "--database", &database])?;
    let report: Value = serde_json::from_str(&told.stdout)?;
    assert_eq!(report["tables"]["games"], json!(1), "{report}");
    assert_eq!(report["joins"][1]["key"], json!("title:Кубок"));
    let one = &report["disagreements"][0];
    assert_eq!((&one["kept"], &one["told"], &one["source"]), (&json!("town"), &json!("draw"), &json!("two")));
    let text = run(&["report", "--database", &database])?;
    assert!(text.stdout.contains("winner: town stands, two says draw"), "{}", text.stdout);
    let none = run(&["report", "--database", &folder.path().join("none.sqlite").to_string_lossy()])?;
    assert!(none.code == Some(1) && none.stderr.contains("--database"), "{none:?}");
    Ok(())
}
