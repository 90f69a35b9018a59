//! The server's view of itself beside its `/metrics`.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Server, Socket, game, run};
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

/// The sources of the view, and those of `/metrics` under the same names.
fn sources(server: &Server) -> Result<[Vec<(String, i64)>; 2]> {
    let state = read(server)?;
    let seen = state.iter().filter(|(key, _)| key.starts_with("source_"));
    let seen = seen.map(|(key, number)| (key.clone(), number.as_i64().unwrap_or_default())).collect();
    let text = server.http().get("/metrics")?.body;
    let text = text.as_str().context("no text")?;
    let counted = text.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("gomafia_")?.split_once("{source=\"")?;
        let (source, number) = rest.split_once("\"} ")?;
        let name = name.strip_suffix("_total").unwrap_or(name);
        Some((format!("{name}/{source}"), number.parse().ok()?))
    });
    let mut counted: Vec<_> = counted.collect();
    counted.sort();
    Ok([seen, counted])
}

/// Behaviour: B69 — broken by: taking an import for its first source; keeping a source's first commit for its last; leaving sources out of the view
#[test]
fn the_view_of_the_server_tells_who_brought_how_much_and_when_as_its_metrics_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("live.sqlite");
    let server = Server::start(&database, &[])?;
    for number in 1..=3 {
        server.http().post_game(&game(number, "town"))?;
    }
    let file = folder.path().join("club_games.jsonl");
    let mut imported = game(4, "town");
    imported["source"] = json!("polar/club");
    fs::write(&file, format!("{imported}\n"))?;
    let paths = [&database, &file].map(|path| path.to_string_lossy().into_owned());
    run(&["import", "--database", &paths[0], &paths[1]])?;
    let mut last = game(5, "mafia");
    last["source"] = json!("polar/club");
    server.http().post_game(&last)?;

    let start = Instant::now();
    let seen = loop {
        let [seen, counted] = sources(&server)?;
        if seen == counted && seen.contains(&("source_offset/polar/club".to_owned(), 5)) {
            break seen;
        }
        ensure!(start.elapsed() < PATIENCE, "{seen:?} is not {counted:?}");
    };
    let commits: Vec<_> = seen.iter().filter(|(key, _)| !key.starts_with("source_committed_at_ms")).collect();
    let expected = [
        ("source_commits/import:club_games.jsonl", 1),
        ("source_commits/polar/club", 1),
        ("source_commits/polar/evening", 3),
        ("source_offset/import:club_games.jsonl", 4),
        ("source_offset/polar/club", 5),
        ("source_offset/polar/evening", 3),
    ]
    .map(|(key, number)| (key.to_owned(), number));
    assert_eq!(commits, expected.iter().collect::<Vec<_>>());
    // Each was committed after the one before it.
    let time = |source: &str| {
        let key = format!("source_committed_at_ms/{source}");
        seen.iter().find(|(name, _)| *name == key).map(|&(_, ms)| ms)
    };
    let times = ["polar/evening", "import:club_games.jsonl", "polar/club"].map(time);
    assert!(times[0].is_some() && times.is_sorted(), "{times:?}");
    Ok(())
}
