//! Rows of tables with a filter: over a raw WebSocket, in `gomafia watch`, and what is refused.

use anyhow::{Context, Result};
use e2e::{Http, Server, Socket, game, run};
use serde_json::{Value, json};

/// A name that has to be encoded.
const CUP: &str = "Кубок «Ёж» \"7&8\" 🎭 100%";
/// Its games that the town has won; the name is encoded, with capitals and without.
const TOPIC: &str = "table:games?winner=eq.town&tournament=eq.%D0%9A%d1%83%D0%B1%D0%BE%D0%BA%20%C2%AB%D0%81%D0%B6%C2%BB%20%227%268%22%20%F0%9F%8E%AD%20100%25";

/// Silences of two seconds after which nothing more will come.
const BEATS: usize = 3;

fn cup_game(number: u64, winner: &str) -> Value {
    let mut body = game(number, winner);
    body["tournament"] = json!(CUP);
    body
}

fn post(http: &Http, body: &Value) -> Result<String> {
    http.post_game(body)?.id()
}

/// Plays some games; answers op and id of what a viewer of the cup's games won by the town must be told.
fn play(http: &Http) -> Result<Vec<(String, String)>> {
    let (first, second) = (post(http, &cup_game(1, "town"))?, post(http, &cup_game(2, "mafia"))?);
    post(http, &game(3, "town"))?;
    let put = |id: &str, body: &Value| http.put(&format!("/api/v1/games/{id}"), body);
    assert_eq!(put(&first, &cup_game(1, "draw"))?.status, 200);
    assert_eq!(put(&second, &cup_game(2, "town"))?.status, 200);
    let mut running = cup_game(4, "town");
    running["status"] = json!("running");
    let fourth = post(http, &running)?;
    assert_eq!(put(&fourth, &cup_game(4, "town"))?.status, 200);
    assert_eq!(http.delete(&format!("/api/v1/games/{second}"))?.status, 200);
    assert_eq!(http.delete(&format!("/api/v1/games/{first}"))?.status, 200);
    let told = [
        ("insert", &first),
        ("leave", &first),
        ("update", &second),
        // Of the game that ran nobody knew who won it.
        ("update", &fourth),
        ("delete", &second),
    ];
    Ok(told.map(|(op, id)| (op.to_owned(), id.clone())).to_vec())
}

fn pair(row: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&row["op"]), text(&row["key"]))
}

fn join(socket: &mut Socket, topic: &str) -> Result<Value> {
    socket.send(&json!(["1", "1", topic, "phx_join", {"throttle_ms": 0}]))?;
    Ok(socket.receive()?.context("no answer")?[4].clone())
}

/// Behaviour: B34, B35 — broken by: rows that leave the filter are not told; small hexadecimal digits are not read
#[test]
fn a_viewer_with_a_filter_gets_the_rows_that_meet_it_and_hears_when_one_leaves() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut socket = Socket::open(&server.url())?;
    let answer = join(&mut socket, TOPIC)?;
    assert_eq!(answer["status"], "ok", "{answer}");
    let expected = play(&server.http())?;
    let (mut rows, mut beats) = (Vec::new(), 0);
    while rows.len() < expected.len() && beats < BEATS {
        let frame = socket.receive()?.context("the socket ended")?;
        beats += usize::from(frame[3] == "beat");
        if frame[3] == "rows" {
            assert_eq!(frame[2], answer["response"]["topic"], "one form of the topic");
            rows.extend(frame[4]["rows"].as_array().context("no rows")?.iter().cloned());
        }
    }
    assert_eq!(rows.iter().map(pair).collect::<Vec<_>>(), expected);
    assert_eq!((&rows[1]["old"]["winner"], rows[1].get("new")), (&json!("town"), None));
    assert_eq!((&rows[3]["old"]["winner"], &rows[3]["old"]["status"]), (&Value::Null, &json!("running")));
    Ok(())
}

#[test]
fn watch_shows_the_rows_of_a_filter_and_those_that_leave_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let http = server.http();
    let url = server.url();
    let watching = std::thread::spawn(move || {
        run(&["watch", "--url", &url, "--json", "--count", "5", "--timeout", "20", TOPIC])
    });
    // The viewer has joined when its group is counted.
    let is_joined = |text: &str| text.contains("gomafia_topics 1\n");
    while !watching.is_finished() && !http.get("/metrics")?.body.as_str().is_some_and(is_joined) {
        std::thread::yield_now();
    }
    let expected = play(&http)?;
    let done = watching.join().map_err(|_| anyhow::anyhow!("watch panicked"))??;
    assert_eq!(done.code, Some(0), "{done:?}");
    let lines = done.stdout.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let rows = lines.iter().filter(|line| line["type"] == "rows").flat_map(|line| line["rows"].as_array());
    assert_eq!(rows.flatten().map(pair).collect::<Vec<_>>(), expected);
    Ok(())
}

/// Behaviour: B35 — broken by: a word that the column never holds is compared like any other
#[test]
fn a_filter_that_can_match_nothing_is_refused_with_what_could() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut socket = Socket::open(&server.url())?;
    for (topic, parts) in [
        ("table:games?winner=eq.twn", &["bad_value: winner: one of town, mafia, draw is expected"][..]),
        ("table:games?colour=eq.red", &["unknown_column: ", "\"colour\"", "id, source, tournament"]),
        ("table:games?winner=has.town", &["unknown_operator: ", "eq, neq, lt"]),
        ("table:players?name=imatch.%5B", &["bad_value: name: a regular expression"]),
    ] {
        let answer = join(&mut socket, topic)?;
        let reason = answer["response"]["reason"].as_str().context("not refused")?;
        assert!(parts.iter().all(|part| reason.contains(part)), "{topic}: {reason}");
    }
    Ok(())
}
