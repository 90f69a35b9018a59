//! Rows of tables over a raw WebSocket: every row once and in order, through a crash and in a burst.

use std::fmt::Write as _;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};
use e2e::{Server, Socket, game, run};
use serde_json::{Value, json};

/// A viewer of `table:games` that keeps what it was told.
struct Viewer {
    socket: Socket,
    answer: Value,
    /// Rows taken over: commit and key.
    rows: Vec<(u64, String)>,
    pieces: Vec<(u64, String)>,
    /// Pieces that were not the last of their push.
    parts: usize,
    at: u64,
}

impl Viewer {
    fn join(server: &Server, position: Option<&Value>) -> Result<Self> {
        let mut socket = Socket::open(&server.url())?;
        let payload = json!({"throttle_ms": 0, "position": position});
        socket.send(&json!(["1", "1", "table:games", "phx_join", payload]))?;
        let reply = socket.receive()?.context("no answer")?;
        let answer = reply[4]["response"].clone();
        let at = answer["position"]["offset"].as_u64().with_context(|| reply.to_string())?;
        Ok(Self { socket, answer, rows: Vec::new(), pieces: Vec::new(), parts: 0, at })
    }

    fn position(&self) -> Value {
        json!({"epoch": self.answer["position"]["epoch"], "offset": self.at})
    }

    /// Takes over one push; false when the socket has ended.
    fn next(&mut self) -> Result<bool> {
        while let Some(frame) = self.socket.receive()? {
            if frame[3] != "rows" {
                continue;
            }
            let push = &frame[4];
            assert_eq!(push["from"], self.at, "a push follows the one before");
            for row in push["rows"].as_array().context("no rows")? {
                let key = row["key"].as_str().context("no key")?;
                self.pieces.push((row["offset"].as_u64().context("no offset")?, key.to_owned()));
            }
            if push["last"] == false {
                self.parts += 1;
                continue;
            }
            self.at = push["to"].as_u64().context("no end")?;
            self.rows.append(&mut self.pieces);
            return Ok(true);
        }
        Ok(false)
    }

    fn until(&mut self, count: usize) -> Result<()> {
        while self.rows.len() < count {
            if !self.next()? {
                bail!("the socket ended after {} rows", self.rows.len());
            }
        }
        Ok(())
    }
}

#[test]
fn a_viewer_of_a_table_gets_each_posted_game_once_and_goes_on_after_a_crash() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let written = server.http().post_game(&game(1, "town"))?.position()?;
    // What is acknowledged stands in the log; the hub reads it a moment later.
    server.http().view_after("metrics", &written)?;
    let mut viewer = Viewer::join(&server, None)?;
    assert_eq!((&viewer.answer["mode"], viewer.at), (&json!("live"), 1));
    let http = server.http();
    let (sender, acknowledged) = mpsc::channel();
    let poster = thread::spawn(move || {
        let mut number = 2;
        while let Ok(answer) = http.post_game(&game(number, "town")) {
            number += 1;
            let Ok(id) = answer.id() else { break };
            if sender.send(id).is_err() {
                break;
            }
        }
        number + 1
    });
    viewer.until(20)?;
    server.kill()?;
    let next = poster.join().map_err(|_| anyhow::anyhow!("the poster panicked"))?;
    while viewer.next()? {}
    server = server.again()?;
    let http = server.http();
    for number in next..next + 5 {
        assert_eq!(http.post_game(&game(number, "mafia"))?.status, 201);
    }
    let mut back = Viewer::join(&server, Some(&viewer.position()))?;
    assert_eq!((&back.answer["mode"], back.at), (&json!("resumed"), viewer.at));
    let head = http.get("/api/v1/tables/games?limit=1000")?.body;
    let games = head["rows"].as_array().context("no rows")?;
    while back.at < head["position"]["offset"].as_u64().context("no head")? {
        assert!(back.next()?);
    }
    let rows = [viewer.rows, back.rows].concat();
    let mut all: Vec<(u64, String)> = games
        .iter()
        .map(|row| (row["offset"].as_u64().unwrap_or(0), row["id"].as_str().unwrap_or("").to_owned()))
        .filter(|(offset, _)| *offset > 1)
        .collect();
    all.sort_unstable();
    assert_eq!(rows, all, "each game of the table once, in the order of the log");
    for id in acknowledged.try_iter() {
        assert!(rows.iter().any(|(_, key)| *key == id), "{id} was acknowledged");
    }
    Ok(())
}

#[test]
fn a_row_is_pushed_as_the_table_is_answered_and_a_running_game_keeps_its_secrets() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut socket = Socket::open(&server.url())?;
    socket.send(&json!(["1", "1", "table:games", "phx_join", {"throttle_ms": 0}]))?;
    let mut running = game(1, "town");
    running["status"] = json!("running");
    for body in [running, game(2, "mafia")] {
        assert_eq!(server.http().post_game(&body)?.status, 201);
        let row = loop {
            let frame = socket.receive()?.context("the socket ended")?;
            if frame[3] == "rows" {
                break frame[4]["rows"][0].clone();
            }
        };
        let answer = server.http().get("/api/v1/tables/games?limit=10")?.body;
        let rows = answer["rows"].as_array().context("no rows")?;
        let answered = rows.iter().find(|answered| answered["id"] == row["key"]).context("no such row")?;
        let pushed = row["new"].as_object().context("no row")?;
        assert!(pushed.len() > 10, "{row}");
        for (column, value) in pushed {
            assert_eq!(Some(value), answered.get(column), "{column}");
        }
        if answered["status"] == "running" {
            assert_eq!(pushed["winner"], Value::Null);
            assert!(!row.to_string().contains("side"), "{row}");
        }
    }
    Ok(())
}

#[test]
fn an_import_beside_a_viewer_arrives_whole_in_pieces_where_a_commit_is_larger_than_a_push() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("live.sqlite");
    let server = Server::start(&path, &[])?;
    let mut viewer = Viewer::join(&server, None)?;
    let mut lines = String::new();
    for number in 1..=GAMES {
        writeln!(lines, "{}", game(u64::try_from(number)?, "town"))?;
    }
    let file = folder.path().join("club_games.jsonl");
    std::fs::write(&file, lines)?;
    let done = run(&["import", "--database", &path.to_string_lossy(), &file.to_string_lossy()])?;
    assert_eq!(done.code, Some(0), "{done:?}");
    viewer.until(GAMES)?;
    assert_eq!(viewer.rows.len(), GAMES);
    let mut keys: Vec<&String> = viewer.rows.iter().map(|(_, key)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), GAMES, "no game twice");
    assert!(viewer.rows.is_sorted_by_key(|(offset, _)| *offset));
    assert!(viewer.parts > 0, "a commit of the import is larger than a push");
    Ok(())
}

/// More than one commit of an import holds.
const GAMES: usize = 1_200;
