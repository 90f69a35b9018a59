//! More writes than a key may make.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use e2e::{Answer, KEY, Server, game};
use serde_json::json;

use crate::client::Call;
use crate::document::Document;

/// Sends the write `times` times without waiting for answers; all that came back.
///
/// The write is refused for its header after the rate was counted: none takes longer than the other.
fn burst(server: &Server, times: usize) -> Result<String> {
    let address = server.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address)?;
    let mut sending = stream.try_clone()?;
    let request = format!(
        "POST /api/v1/games HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {KEY}\r\n\
         gomafia-origin: none\r\ncontent-length: 0\r\n\r\n"
    );
    let sender = thread::spawn(move || -> std::io::Result<()> {
        let hundred = request.repeat(100);
        for _ in 0..times / 100 {
            sending.write_all(hundred.as_bytes())?;
        }
        sending.shutdown(Shutdown::Write)
    });
    let mut answers = String::new();
    stream.read_to_string(&mut answers)?;
    sender.join().ok().context("the sending thread failed")??;
    Ok(answers)
}

/// The first answer with this status.
fn answered(answers: &str, status: u16) -> Result<Option<Answer>> {
    let mark = format!("{status} ");
    let Some(one) = answers.split("HTTP/1.1 ").find(|one| one.starts_with(&mark)) else { return Ok(None) };
    let (head, body) = one.split_once("\r\n\r\n").context("an answer without an end of its headers")?;
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Ok(Some(Answer { status, headers, body: serde_json::from_str(body)? }))
}

#[test]
fn writes_beyond_the_rate_are_told_when_to_come_again_and_then_taken() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("rate.sqlite"), &[])?;
    let document = Document::of(&server)?;
    let operation = document.operation("post", "/api/v1/games")?;
    let mut refused = None;
    // A key may write 4,000 times at once and 2,000 times a second: a server that answers more slowly
    // than that refuses nobody.
    for _ in 0..10 {
        let answers = burst(&server, 8_000)?;
        ensure!(answered(&answers, 400)?.is_some(), "no write got as far as its wrong header");
        refused = answered(&answers, 429)?;
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.context("80,000 writes in a row were all taken")?;
    document.check(&operation, &refused)?;
    let wait: u64 = refused.headers["retry-after"].parse()?;
    let example = document.examples(
        &document.value()["components"]["responses"]["TooMany"]["content"]["application/problem+json"],
    )?;
    assert_eq!(Some(&&refused.body), example.get("too_many"));
    let start = Instant::now();
    let taken = loop {
        let answer = Call::new("post", "/api/v1/games").json(&game(1, "town")).send(&server)?;
        if answer.status != 429 {
            break answer;
        }
        if start.elapsed() > Duration::from_secs(wait) {
            bail!("after {wait} s the write was not taken");
        }
    };
    assert_eq!(taken.status, 201, "{taken:?}");
    let counters = Call::new("get", "/metrics").send(&server)?;
    let counters = counters.body.as_str().unwrap_or_default();
    ensure!(counters.contains("gomafia_limit_hits_total{limit=\"writes\"}"), "not counted: {counters}");
    assert_eq!(server.http().view_after("metrics", &taken.position()?)?["state"]["games"], json!(1));
    Ok(())
}
