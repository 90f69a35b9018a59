//! What no client should do.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::{Server, Socket, game};
use serde_json::json;
use tempfile::TempDir;

use crate::{counter, hits, join};

fn start(args: &[&str]) -> Result<(TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("limits.sqlite"), args)?;
    Ok((folder, server))
}

/// The header of a masked frame of `length` bytes.
fn header(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first, 0x80 | 127];
    header.extend(length.to_be_bytes());
    header.extend([0; 4]);
    header
}

/// Broken by: no limit to the length of a message
#[test]
fn a_message_above_the_limit_is_refused_with_1009_before_it_is_read() -> Result<()> {
    let (_folder, server) = start(&[])?;
    let mut socket = Socket::open(&server.url())?;
    socket.send_bytes(&header(0x81, 1 << 40))?;
    socket.send_bytes(&vec![b'x'; 100_000])?;
    assert_eq!(socket.closed()?.0, 1009);
    assert!((hits(&server, "frame_bytes")? - 1.0).abs() < f64::EPSILON);
    Ok(())
}

/// Broken by: taking frames without a mask
#[test]
fn bytes_that_are_no_frames_are_refused_with_1002() -> Result<()> {
    let (_folder, server) = start(&[])?;
    for garbage in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 64], &[0x81, 0x01, b'x'], &[0x81, 0x81, 0, 0, 0, 0, 0xff]]
    {
        let mut socket = Socket::open(&server.url())?;
        socket.send_bytes(garbage)?;
        assert_eq!(socket.closed()?.0, 1002, "{garbage:?}");
    }
    assert!((hits(&server, "frame_garbage")? - 4.0).abs() < f64::EPSILON);
    Ok(())
}

/// Broken by: no limit to what cannot be read
#[test]
fn messages_that_are_none_are_passed_over_and_too_many_end_the_session_for_good() -> Result<()> {
    let (_folder, server) = start(&[])?;
    let mut socket = Socket::open(&server.url())?;
    socket.send(&json!({"not": "a message"}))?;
    socket.send(&join(1, "view:metrics"))?;
    assert_eq!(socket.receive()?.context("no answer")?[4]["status"], "ok");
    // Whether the server has closed before all were sent is its own affair.
    for _ in 0..1_000 {
        if socket.send(&json!("x")).is_err() || hits(&server, "malformed")? > 0.0 {
            break;
        }
    }
    assert_eq!(socket.closed()?.0, 4400);
    Ok(())
}

/// Broken by: no limit to messages that can be read
#[test]
fn a_flood_of_messages_is_cut_with_4529_and_a_time_to_come_back() -> Result<()> {
    let (_folder, server) = start(&[])?;
    let mut other = Socket::open(&server.url())?;
    other.send(&join(1, "view:metrics"))?;
    other.receive()?.context("no answer")?;
    let mut flood = Socket::open(&server.url())?;
    // Nothing answers it, so that only what is sent can be too much.
    let text = br#"[null,null,"view:metrics","access_token",{}]"#;
    let mut message = vec![0x81, 0x80 | u8::try_from(text.len())?, 0, 0, 0, 0];
    message.extend(text);
    let many = message.repeat(1_000);
    // Four times what may be sent at once.
    for _ in 0..200 {
        if flood.send_bytes(&many).is_err() || hits(&server, "client_frames")? > 0.0 {
            break;
        }
    }
    let (code, reason) = flood.closed()?;
    assert!(code == 4529 && reason.contains("retry=5000"), "{code} {reason}");
    let posted = Instant::now();
    server.http().post_game(&game(1, "town"))?;
    let mut told = other.receive()?.context("ended")?;
    while told[3] != "delta" {
        told = other.receive()?.context("ended")?;
    }
    assert!(posted.elapsed() < Duration::from_secs(2), "{:?}", posted.elapsed());
    Ok(())
}

/// Broken by: ten times as many topics
#[test]
fn a_session_has_at_most_a_hundred_topics_and_answers_the_thousandth() -> Result<()> {
    let (_folder, server) = start(&[])?;
    let mut socket = Socket::open(&server.url())?;
    let (mut joined, mut refused) = (0, 0);
    for number in 1..=1_000 {
        socket.send(&join(number, &format!("table:games?round=eq.{number}")))?;
        let mut answer = socket.receive()?.context("ended")?;
        while answer[3] != "phx_reply" {
            answer = socket.receive()?.context("ended")?;
        }
        match answer[4]["status"].as_str() {
            Some("ok") => joined += 1,
            _ => {
                let reason = answer[4]["response"]["reason"].as_str().context("no reason")?;
                assert!(reason.starts_with("too_many_topics"), "{reason}");
                refused += 1;
            }
        }
    }
    assert_eq!((joined, refused), (100, 900));
    assert!((hits(&server, "session_topics")? - 900.0).abs() < f64::EPSILON);
    socket.send(&json!([null, "h", "phoenix", "heartbeat", {}]))?;
    let mut answer = socket.receive()?.context("ended")?;
    while answer[1] != "h" {
        answer = socket.receive()?.context("ended")?;
    }
    assert_eq!(answer[4]["status"], "ok");
    Ok(())
}

/// Behaviour: B29 — broken by: not telling the hub what a connection that has ended had joined
#[test]
fn ten_thousand_openings_and_closings_leave_no_group_and_no_memory() -> Result<()> {
    let (_folder, server) = start(&[])?;
    let topics = |server: &Server| counter(server, "gomafia_topics", "");
    let cycles = |socket: &mut Socket, count: u64| -> Result<()> {
        for number in 1..=count {
            socket.send(&join(number, "view:metrics"))?;
            socket.send(&json!([number.to_string(), null, "view:metrics", "phx_leave", {}]))?;
            // The answers to the join and to the leave, and the end of the join.
            let mut ended = false;
            while !ended {
                ended = socket.receive()?.context("ended")?[3] == "phx_close";
            }
        }
        Ok(())
    };
    let mut socket = Socket::open(&server.url())?;
    cycles(&mut socket, 1_000)?;
    let before = server.resident_bytes()?;
    cycles(&mut socket, 10_000)?;
    // A socket that goes in the midst of it leaves nothing either.
    let mut cut = Socket::open(&server.url())?;
    for number in 1..=50 {
        cut.send(&join(number, "view:activity"))?;
    }
    drop((cut, socket));
    let start = Instant::now();
    while counter(&server, "gomafia_sessions", "")? > 0.0 || topics(&server)? > 0.0 {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(10), "{} groups are left", topics(&server)?);
    }
    let after = server.resident_bytes()?;
    assert!(after as f64 <= before as f64 * 1.05, "{before} bytes before, {after} after");
    Ok(())
}

/// Broken by: not comparing the number of sessions; keeping the place of one that has ended
#[test]
fn more_viewers_than_the_limit_are_refused_with_503_and_a_time_to_come_back() -> Result<()> {
    let (_folder, server) = start(&["--max-sessions", "2"])?;
    let first = Socket::open(&server.url())?;
    let _second = Socket::open(&server.url())?;
    let refused = Socket::open(&server.url()).map(drop).map_err(|error| error.to_string());
    assert_eq!(refused, Err("no socket: HTTP/1.1 503 Service Unavailable\r\n".to_owned()));
    assert!((hits(&server, "sessions")? - 1.0).abs() < f64::EPSILON);
    drop(first);
    let start = Instant::now();
    while Socket::open(&server.url()).is_err() {
        anyhow::ensure!(start.elapsed() < Duration::from_secs(10), "a place that was left is not given");
    }
    Ok(())
}

/// Broken by: fewer places for connections than those that are slow; accepting the next when one has shaken hands
#[test]
fn a_handshake_that_does_not_end_costs_nobody_else_anything() -> Result<()> {
    let (_folder, server) = start(&[])?;
    let address = server.url().replace("http://", "").parse()?;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))
            .context("nobody is accepted any more")?;
        stream.write_all(b"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: a\r\nConn")?;
        slow.push(stream);
    }
    let mut socket = Socket::open(&server.url())?;
    socket.send(&join(1, "view:metrics"))?;
    assert_eq!(socket.receive()?.context("no answer")?[4]["status"], "ok");
    // That they are cut in the end is tried where time can be made to pass.
    Ok(())
}
