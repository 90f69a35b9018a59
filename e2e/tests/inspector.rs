//! The server's view of itself beside its `/metrics`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Server, Socket, game};
use serde_json::{Map, Value, json};

const TOPIC: &str = "view:system";

/// Longest wait for what comes within a second or two.
const PATIENCE: Duration = Duration::from_secs(15);

/// What both must name alike, under the name of the one and of the other.
const NUMBERS: [(&str, &str); 7] = [
    ("commits", "gomafia_commits_total"),
    ("log_head", "gomafia_log_head"),
    ("sessions", "gomafia_sessions"),
    ("topics", "gomafia_topics"),
    ("lag_commits", "gomafia_lag_commits"),
    ("frames_encoded", "gomafia_frames_encoded_total"),
    ("limit_hits/frame_bytes", "gomafia_limit_hits_total{limit=\"frame_bytes\"}"),
];

/// A viewer of the server that keeps its state by what it is sent.
struct Viewer {
    socket: Socket,
    state: Map<String, Value>,
}

impl Viewer {
    fn join(server: &Server) -> Result<Self> {
        let mut socket = Socket::open(&server.url())?;
        socket.send(&json!(["1", "1", TOPIC, "phx_join", {"throttle_ms": 0}]))?;
        let answer = socket.receive()?.context("no answer")?[4]["response"].clone();
        ensure!(answer["mode"] == "snapshot", "{answer}");
        let state = answer["state"].as_object().context("no state")?.clone();
        Ok(Self { socket, state })
    }

    /// Takes over the next change.
    fn follow(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            ensure!(start.elapsed() < PATIENCE, "the view does not change");
            let frame = self.socket.receive()?.context("the socket ended")?;
            if let Some(state) = frame[4]["state"].as_object() {
                self.state = state.clone();
                return Ok(());
            }
            if frame[3] == "delta" {
                for key in frame[4]["drop"].as_array().into_iter().flatten() {
                    self.state.remove(key.as_str().unwrap_or_default());
                }
                self.state.extend(frame[4]["put"].as_object().context("no put")?.clone());
                return Ok(());
            }
        }
    }
}

/// The numbers of a view that `/metrics` has too.
fn named(state: &Map<String, Value>) -> Vec<Option<i64>> {
    NUMBERS.iter().map(|(key, _)| state.get(*key).and_then(Value::as_i64)).collect()
}

/// The same out of `/metrics`.
fn counted(server: &Server) -> Result<Vec<Option<i64>>> {
    let text = server.http().get("/metrics")?.body;
    let text = text.as_str().context("no text")?;
    let number = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.parse().ok()
    };
    Ok(NUMBERS.iter().map(|(_, name)| number(name)).collect())
}

fn read(server: &Server) -> Result<Map<String, Value>> {
    let answer = server.http().get("/api/v1/views/system")?.body;
    answer["state"].as_object().cloned().with_context(|| answer.to_string())
}

/// Behaviour: B69 — broken by: looking only once; leaving out what has a label
#[test]
fn the_view_of_the_server_names_the_numbers_of_its_metrics() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut other = Socket::open(&server.url())?;
    other.send(&json!(["1", "1", "view:metrics", "phx_join", {"throttle_ms": 0}]))?;
    other.receive()?.context("no answer")?;
    let mut viewer = Viewer::join(&server)?;
    for number in 1..=3 {
        server.http().post_game(&game(number, "town"))?;
    }
    let mut hostile = Socket::open(&server.url())?;
    let too_long = [&[0x81, 0x80 | 127][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
    hostile.send_bytes(&too_long)?;
    assert_eq!(hostile.closed()?.0, 1009);
    drop(hostile);

    // The other socket's end and the view's own frames are counted when they are; each change is one look.
    let start = Instant::now();
    let is_settled = |numbers: &[Option<i64>]| numbers[2] == Some(2) && numbers[6] == Some(1);
    loop {
        viewer.follow()?;
        let (seen, now) = (named(&viewer.state), counted(&server)?);
        let without_own = |numbers: &[Option<i64>]| [&numbers[..5], &numbers[6..]].concat();
        if is_settled(&now) && without_own(&seen) == without_own(&now) {
            break;
        }
        ensure!(start.elapsed() < PATIENCE, "{seen:?} is not {now:?}");
    }
    assert_eq!((&viewer.state["commits"], &viewer.state["log_head"]), (&json!(3), &json!(3)));
    assert_eq!((&viewer.state["topics"], &viewer.state["topics/view:metrics"]), (&json!(2), &json!(1)));
    assert_eq!((&viewer.state["mode"], &viewer.state["topics/view:system"]), (&json!("live"), &json!(1)));
    assert!(viewer.state.contains_key("rates/frames_sent") && viewer.state.contains_key("version"));

    // Without viewers nothing moves but by who asks, and then all of it is alike.
    drop((viewer, other));
    let start = Instant::now();
    loop {
        let (state, now) = (named(&read(&server)?), counted(&server)?);
        if now[2] == Some(0) && state == now {
            break;
        }
        ensure!(start.elapsed() < PATIENCE, "{state:?} is not {now:?}");
    }
    Ok(())
}
