//! A view with parameters over a raw WebSocket and over HTTP.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use e2e::{Server, Socket, game};
use serde_json::{Value, json};

const TOPIC: &str = "view:activity?kind=game&limit=2";

/// A viewer that keeps its state by deltas alone.
struct Viewer {
    socket: Socket,
    answer: Value,
    state: BTreeMap<String, Value>,
    at: u64,
    hash: Value,
}

impl Viewer {
    fn join(server: &Server, position: Option<&Value>) -> Result<Self> {
        let mut socket = Socket::open(&server.url())?;
        socket.send(&json!(["1", "1", TOPIC, "phx_join", {"throttle_ms": 0, "position": position}]))?;
        let answer = socket.receive()?.context("no answer")?[4]["response"].clone();
        let at = answer["position"]["offset"].as_u64().with_context(|| answer.to_string())?;
        let state = serde_json::from_value(answer["state"].clone()).unwrap_or_default();
        let hash = answer["hash"].clone();
        Ok(Self { socket, answer, state, at, hash })
    }

    fn apply(&mut self, delta: &Value) -> Result<()> {
        for key in delta["drop"].as_array().into_iter().flatten() {
            self.state.remove(key.as_str().context("no key")?);
        }
        let put: BTreeMap<String, Value> = serde_json::from_value(delta["put"].clone())?;
        self.state.extend(put);
        Ok(())
    }

    /// Follows up to a commit that changed something here.
    fn follow(&mut self, to: u64) -> Result<()> {
        while self.at < to {
            let frame = self.socket.receive()?.context("the socket ended")?;
            if frame[3] == "delta" {
                assert_eq!(frame[4]["from"], self.at);
                self.apply(&frame[4])?;
                (self.at, self.hash) = (frame[4]["to"].as_u64().context("no end")?, frame[4]["hash"].clone());
            }
        }
        Ok(())
    }
}

fn offset(position: &Value) -> u64 {
    position["offset"].as_u64().unwrap_or_default()
}

#[test]
fn a_part_of_the_feed_is_followed_continued_and_read_over_http() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let http = server.http();
    let mut viewer = Viewer::join(&server, None)?;
    let mut posted = Vec::new();
    for number in 1..=3 {
        posted.push(http.post_game(&game(number, "town"))?);
    }
    let cup = json!({"source": "polar/evening", "title": "Cup", "type": "team"});
    let told = http.put("/api/v1/tournaments/cup", &cup)?;
    let last = http.put(&format!("/api/v1/games/{}", posted[2].id()?), &game(3, "draw"))?.position()?;
    viewer.follow(offset(&last))?;
    let games: Vec<String> =
        posted[1..].iter().map(|game| Ok(format!("game:{}", game.id()?))).collect::<Result<_>>()?;
    let mut keys: Vec<_> = viewer.state.keys().cloned().collect();
    keys.sort_by_key(|key| viewer.state[key]["offset"].as_u64());
    assert_eq!(keys, games, "the newest two");
    let read = http.get("/api/v1/views/activity?limit=2&kind=game")?.body;
    assert_eq!((&read["topic"], &read["hash"]), (&json!(TOPIC), &viewer.hash));
    assert_eq!(read["state"], json!(viewer.state));
    assert!(offset(&told.position()?) < viewer.at);

    let position = json!({"epoch": last["epoch"], "offset": viewer.at});
    drop(viewer.socket);
    assert_eq!(http.delete(&format!("/api/v1/games/{}", posted[2].id()?))?.status, 200);
    http.view_after("activity", &json!({"offset": viewer.at + 1}))?;
    let mut back = Viewer { state: viewer.state, ..Viewer::join(&server, Some(&position))? };
    assert_eq!(back.answer["mode"], "resumed", "{}", back.answer);
    let delta = back.answer["delta"].clone();
    back.apply(&delta)?;
    assert_eq!(json!(back.state), http.get("/api/v1/views/activity?kind=game&limit=2")?.body["state"]);
    assert!(back.state.contains_key(&format!("game:{}", posted[0].id()?)), "what was pushed out is back");
    Ok(())
}

#[test]
fn parameters_that_a_view_does_not_take_are_refused_with_those_that_it_does() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mut socket = Socket::open(&server.url())?;
    for (view, status, reason) in [
        (
            "activity?kind=goat",
            400,
            "bad_value: kind: one of game, tournament, import is expected, not \"goat\"",
        ),
        ("activity?limit=0", 400, "bad_value: limit: one integer from 1 to 100 is expected, not \"0\""),
        ("activity?sort=1", 404, "unknown_parameter: there is no parameter \"sort\"; there are kind, limit"),
        ("metrics?limit=1", 404, "unknown_parameter: this view takes no parameters"),
    ] {
        socket.send(&json!(["1", "1", format!("view:{view}"), "phx_join", {}]))?;
        assert_eq!(socket.receive()?.context("no answer")?[4]["response"]["reason"], reason);
        let answer = server.http().get(&format!("/api/v1/views/{view}"))?;
        assert_eq!((answer.status, &answer.body["detail"]), (status, &json!(reason)));
    }
    Ok(())
}
