//! Odd requests: each is answered with a documented status, content type and body.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Server, game};
use serde_json::{Value, json};

use crate::client::{Call, encoded};
use crate::document::{Document, PROBLEM};

const GAMES: &str = "/api/v1/games";
const GAME: &str = "/api/v1/games/{id}";
const TOURNAMENT: &str = "/api/v1/tournaments/{id}";
const VIEW: &str = "/api/v1/views/{name}";
const TABLE: &str = "/api/v1/tables/{table}";

/// A request, the path that it means (none: no path of the document) and the status that it gets.
type Odd = (Call, Option<&'static str>, u16);

fn changed(pointer: &str, value: Value) -> Value {
    let mut changed = game(1, "town");
    let (parent, field) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(parent) = changed.pointer_mut(parent) {
        parent[field] = value;
    }
    changed
}

fn post(body: &Value) -> Call {
    Call::new("post", GAMES).json(body)
}

fn keys() -> Vec<Odd> {
    let good = game(1, "town");
    let unkeyed = |call: Call| call.header("authorization", "");
    let wrong = |call: Call| call.header("authorization", "Bearer wrong");
    vec![
        (unkeyed(post(&good)), Some(GAMES), 401),
        (wrong(post(&good)), Some(GAMES), 403),
        (post(&good).header("authorization", "Basic YTpi"), Some(GAMES), 401),
        (unkeyed(Call::new("put", "/api/v1/games/x").json(&good)), Some(GAME), 401),
        (wrong(Call::new("put", "/api/v1/games/x").json(&good)), Some(GAME), 403),
        (unkeyed(Call::new("delete", "/api/v1/games/x")), Some(GAME), 401),
        (wrong(Call::new("delete", "/api/v1/games/x")), Some(GAME), 403),
        (unkeyed(Call::new("put", "/api/v1/tournaments/x").json(&json!({}))), Some(TOURNAMENT), 401),
        (wrong(Call::new("put", "/api/v1/tournaments/x").json(&json!({}))), Some(TOURNAMENT), 403),
        (wrong(Call::new("get", "/api/v1/games/running")), Some(GAME), 200),
        (unkeyed(Call::new("get", "/api/v1/games/running")), Some(GAME), 200),
        (Call::new("get", "/api/v1/games/running"), Some(GAME), 200),
    ]
}

fn bodies() -> Vec<Odd> {
    let long = Value::from("Ж".repeat(1001));
    let nested = format!("{{\"players\":[{{\"seat\":1}}],\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let huge = changed("/note", Value::from("x".repeat(1024 * 1024)));
    let put = |id: &str, body: &Value| Call::new("put", &format!("/api/v1/games/{}", encoded(id))).json(body);
    let tournament =
        |id: &str, body: &Value| Call::new("put", &format!("/api/v1/tournaments/{}", encoded(id))).json(body);
    vec![
        (Call::new("post", GAMES), Some(GAMES), 400),
        (Call::new("post", GAMES).body("{\"players\":"), Some(GAMES), 400),
        (Call::new("post", GAMES).body([0xff, 0xfe]), Some(GAMES), 400),
        (Call::new("post", GAMES).body(nested), Some(GAMES), 400),
        (Call::new("post", GAMES).body("{\"players\":[{\"seat\":1e999}]}"), Some(GAMES), 400),
        (post(&json!([])), Some(GAMES), 422),
        (post(&json!({})), Some(GAMES), 422),
        (post(&json!({"players": "ten"})), Some(GAMES), 422),
        (post(&changed("/players/1/seat", json!(1))), Some(GAMES), 422),
        (post(&changed("/players/1/seat", json!(0))), Some(GAMES), 422),
        (post(&changed("/id", json!("не id"))), Some(GAMES), 422),
        (post(&changed("/tournament", long)), Some(GAMES), 422),
        (post(&changed("/best_move", json!({"guess": ["two"]}))), Some(GAMES), 422),
        (post(&changed("/players/0/fine", json!(1e10))), Some(GAMES), 422),
        (post(&huge), Some(GAMES), 413),
        (put("final", &huge), Some(GAME), 413),
        (tournament("cup", &json!({"note": "x".repeat(1024 * 1024)})), Some(TOURNAMENT), 413),
        (put("не id", &game(7, "town")), Some(GAME), 422),
        (put(&"x".repeat(65), &game(7, "town")), Some(GAME), 422),
        (put("one", &changed("/id", json!("two"))), Some(GAME), 422),
        (put("one", &json!({"players": []})), Some(GAME), 422),
        (tournament("cup", &json!({"type": "duel"})), Some(TOURNAMENT), 422),
        (tournament("cup", &json!({"aliases": [{"source": "north"}]})), Some(TOURNAMENT), 422),
        (tournament(&"x".repeat(201), &json!({})), Some(TOURNAMENT), 422),
        (tournament("a\nb", &json!({})), Some(TOURNAMENT), 422),
        (Call::new("put", "/api/v1/tournaments/cup").body("no"), Some(TOURNAMENT), 400),
        (tournament("Кубок «Ночь»", &json!({"status": "quiet", "start": "soon"})), Some(TOURNAMENT), 201),
    ]
}

fn headers_and_ids() -> Vec<Odd> {
    let good = game(1, "town");
    let bytes = "%FF";
    vec![
        (post(&good).header("gomafia-origin", "dream"), Some(GAMES), 400),
        (post(&good).header("gomafia-origin", "demo"), Some(GAMES), 409),
        (post(&good).header("idempotency-key", &"k".repeat(256)), Some(GAMES), 400),
        (post(&good).header("idempotency-key", "once"), Some(GAMES), 200),
        (post(&game(2, "town")).header("idempotency-key", "once"), Some(GAMES), 409),
        (post(&game(1, "mafia")), Some(GAMES), 409),
        (Call::new("put", "/api/v1/games/other").json(&good), Some(GAME), 409),
        (Call::new("get", "/api/v1/games/nobody"), Some(GAME), 404),
        (Call::new("delete", "/api/v1/games/nobody"), Some(GAME), 404),
        (Call::new("get", &format!("/api/v1/games/{}", encoded("не id"))), Some(GAME), 404),
        (Call::new("get", &format!("/api/v1/games/{bytes}")), Some(GAME), 400),
        (Call::new("delete", &format!("/api/v1/games/{bytes}")), Some(GAME), 400),
        (Call::new("put", &format!("/api/v1/games/{bytes}")).json(&good), Some(GAME), 400),
        (Call::new("get", "/api/v1/tournaments/nothing"), Some(TOURNAMENT), 404),
        (Call::new("get", &format!("/api/v1/tournaments/{bytes}")), Some(TOURNAMENT), 400),
    ]
}

fn reads() -> Vec<Odd> {
    let table = |rest: &str| Call::new("get", &format!("/api/v1/tables/{rest}"));
    let view = |rest: &str| Call::new("get", &format!("/api/v1/views/{rest}"));
    let filters = "id=neq.x&".repeat(33);
    let long = format!("activity?x={}", "y".repeat(1100));
    vec![
        (view("weather"), Some(VIEW), 404),
        (view("Metrics"), Some(VIEW), 404),
        (view("metrics?weather=fine"), Some(VIEW), 404),
        (view(&long), Some(VIEW), 404),
        (view("%FF"), Some(VIEW), 400),
        (view("metrics").header("if-none-match", "\"old\""), Some(VIEW), 200),
        (table("weather"), Some(TABLE), 404),
        (table("sqlite_master"), Some(TABLE), 404),
        (table("%FF"), Some(TABLE), 400),
        (table("games?weather=eq.fine"), Some(TABLE), 400),
        (table("games?flags=eq.odd_roles"), Some(TABLE), 400),
        (table("games?season=like.1"), Some(TABLE), 400),
        (table("games?season=1"), Some(TABLE), 400),
        (table("games?season=eq.one"), Some(TABLE), 400),
        (table("games?winner=eq.city"), Some(TABLE), 400),
        (table("games?date=gt.2025-13-01"), Some(TABLE), 400),
        (table("games?limit=0"), Some(TABLE), 400),
        (table("games?limit=1001"), Some(TABLE), 400),
        (table("games?limit=-1"), Some(TABLE), 400),
        (table("seats?after=1"), Some(TABLE), 400),
        (table(&format!("games?{filters}")), Some(TABLE), 400),
        (table("games?tournament=eq.%27%3B%20DROP%20TABLE%20games%3B--"), Some(TABLE), 200),
        (table("games?tournament=eq.%FF%00"), Some(TABLE), 200),
        (table("games?after=zzz"), Some(TABLE), 200),
        (Call::new("get", "/api/v1/nothing"), None, 404),
        (Call::new("get", "/api/v1/games/"), None, 404),
        (Call::new("patch", GAMES), None, 405),
        (Call::new("post", "/healthz"), None, 405),
        (Call::new("delete", "/api/v1/tournaments/x"), None, 405),
    ]
}

/// A server with a finished and a running game, marked as no simulation.
fn server() -> Result<(tempfile::TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("odd.sqlite"), &[])?;
    let mut running = game(100, "town");
    (running["status"], running["id"]) = (json!("running"), json!("running"));
    for body in [game(1, "town"), running] {
        let stored = post(&body).send(&server)?;
        ensure!(stored.status == 201, "{stored:?}");
    }
    Ok((folder, server))
}

fn held(document: &Document, (call, path, status): &Odd, answer: &Answer) -> Result<()> {
    ensure!(answer.status == *status, "answered {}, not {status}: {answer:?}", answer.status);
    match path {
        Some(path) => document.check(&document.operation(&call.method.to_lowercase(), path)?, answer),
        None => {
            ensure!(answer.headers.get("content-type").is_some_and(|kind| kind == PROBLEM), "{answer:?}");
            document.valid(&json!({"$ref": "#/components/schemas/Problem"}), &answer.body)
        }
    }
}

#[test]
fn odd_requests_are_answered_as_documented() -> Result<()> {
    let (_folder, server) = server()?;
    let document = Document::of(&server)?;
    let odd: Vec<Odd> = [keys(), bodies(), headers_and_ids(), reads()].into_iter().flatten().collect();
    ensure!(odd.len() >= 40, "only {} requests", odd.len());
    let mut statuses = BTreeSet::new();
    for one in &odd {
        let (call, _, _) = one;
        let body = String::from_utf8_lossy(call.body.as_deref().unwrap_or_default());
        let body: String = body.chars().take(200).collect();
        let answer = call.send(&server)?;
        held(&document, one, &answer).with_context(|| format!("{} {} {body}", call.method, call.target))?;
        statuses.insert(answer.status);
    }
    assert_eq!(Vec::from_iter(statuses), [200, 201, 400, 401, 403, 404, 405, 409, 413, 422]);
    Ok(())
}

#[test]
fn a_view_that_the_reader_has_is_answered_304_as_documented() -> Result<()> {
    let (_folder, server) = server()?;
    let document = Document::of(&server)?;
    let operation = document.operation("get", VIEW)?;
    for name in ["activity", "metrics"] {
        let call = Call::new("get", &format!("/api/v1/views/{name}"));
        // The views follow the log: what was written last is in them a moment later.
        let whole = server.http().view_after(name, &json!({"offset": 2}))?;
        let first = call.send(&server)?;
        assert_eq!(first.body, whole);
        document.check(&operation, &first)?;
        let etag = format!("\"other\", {}", first.headers["etag"]);
        let again = call.header("if-none-match", &etag).send(&server)?;
        assert_eq!(again.status, 304);
        document.check(&operation, &again)?;
    }
    Ok(())
}

#[test]
fn a_late_second_try_with_its_idempotency_key_does_not_bring_a_removed_game_back() -> Result<()> {
    let (_folder, server) = server()?;
    let tried = post(&game(5, "town")).header("idempotency-key", "once");
    let first = tried.send(&server)?;
    let address = format!("/api/v1/games/{}", first.id()?);
    assert_eq!((first.status, Call::new("delete", &address).send(&server)?.status), (201, 200));
    let second = tried.send(&server)?;
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(Call::new("get", &address).send(&server)?.status, 404);
    assert_eq!(post(&game(5, "town")).send(&server)?.status, 201, "without the key it is stored again");
    Ok(())
}

#[test]
fn a_server_without_a_key_refuses_writes_as_documented() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start_on(0, &folder.path().join("closed.sqlite"), &[], None)?;
    let document = Document::of(&server)?;
    let writes = [
        (post(&game(1, "town")), GAMES),
        (Call::new("put", "/api/v1/games/x").json(&game(1, "town")), GAME),
        (Call::new("delete", "/api/v1/games/x"), GAME),
        (Call::new("put", "/api/v1/tournaments/x").json(&json!({})), TOURNAMENT),
    ];
    for (call, path) in writes {
        let answer = call.send(&server)?;
        held(&document, &(call, Some(path), 403), &answer)?;
    }
    Ok(())
}

#[test]
fn the_metrics_and_the_health_of_a_server_are_as_documented() -> Result<()> {
    let (_folder, server) = server()?;
    let document = Document::of(&server)?;
    for path in ["/metrics", "/healthz", "/api/v1/openapi.json"] {
        let answer = Call::new("get", path).header("authorization", "").send(&server)?;
        held(&document, &(Call::new("get", path), Some(path), 200), &answer)?;
    }
    Ok(())
}
