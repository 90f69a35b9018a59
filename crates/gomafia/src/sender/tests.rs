//! What sends games, against a server of a few answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use super::*;

/// A server that gives these answers, one a connection; then what it was asked.
fn answering(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let asked = answers.iter().map(|answer| {
            let (mut socket, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(socket.try_clone().unwrap());
            let (mut head, mut length) = (Vec::new(), 0);
            for line in reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()) {
                let line = line.to_lowercase();
                length = line.strip_prefix("content-length: ").map_or(length, |text| text.parse().unwrap());
                head.push(line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let (head_of_answer, text) = answer.rsplit_once('\n').unwrap();
            let length = text.len();
            write!(
                socket,
                "HTTP/1.1 {head_of_answer}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            )
            .unwrap();
            format!("{} {}", head.join("|"), String::from_utf8(body).unwrap())
        });
        asked.collect()
    });
    (url, asked)
}

fn post_to(answers: &'static [&'static str], stop: &Stop) -> (anyhow::Result<Taken>, Vec<String>) {
    let (url, asked) = answering(answers);
    let taken = Sender::new(&format!("{url}/"), "secret", "replay", true).post("/api/v1/games", "{}", stop);
    // After an error the server may wait for a request that never comes.
    let asked = if taken.is_ok() { asked.join().unwrap() } else { Vec::new() };
    (taken, asked)
}

#[test]
fn a_request_is_sent_again_until_the_server_takes_it() {
    const ANSWERS: &[&str] = &[
        "429 Too Many Requests\r\nretry-after: 0\n{}",
        "503 Service Unavailable\r\nretry-after: 0\nnot JSON",
        "201 Created\n{\"id\":\"g1\"}",
    ];
    let (taken, asked) = post_to(ANSWERS, &Stop::default());
    assert_eq!(taken.unwrap(), Taken::Written("g1".to_owned()));
    assert_eq!(asked.len(), 3);
    for request in asked {
        assert!(request.starts_with("post /api/v1/games http/1.1|"), "{request}");
        assert!(request.contains("|authorization: bearer secret|"), "{request}");
        assert!(request.contains("|gomafia-origin: replay-mixed|") && request.ends_with(" {}"), "{request}");
    }
}

#[test]
fn a_stop_ends_the_wait_for_a_busy_server() {
    let stop = Stop::default();
    stop.stop();
    let (taken, _) = post_to(&["429 Too Many Requests\r\nretry-after: 3600\n{}"], &stop);
    assert_eq!(taken.unwrap(), Taken::Stopped);
}

#[test]
fn a_game_that_is_there_clashes_or_is_refused_is_told_apart() {
    let taken = |answers| post_to(answers, &Stop::default()).0;
    assert_eq!(taken(&["200 OK\n{\"id\":\"g1\"}"]).unwrap(), Taken::Known);
    let clash = taken(&["409 Conflict\n{\"detail\":\"another game\"}"]).unwrap();
    assert_eq!(clash, Taken::Conflict("another game".to_owned()));
    const REFUSED: &str =
        "422 Unprocessable\n{\"detail\":\"no\",\"errors\":[{\"pointer\":\"/id\",\"detail\":\"bad\"}]}";
    assert_eq!(taken(&[REFUSED]).unwrap(), Taken::Refused("no: /id bad".to_owned()));
    const ORIGIN: &str = "409 Conflict\n{\"type\":\"urn:gomafia:origin\",\"detail\":\"only with --mixed\"}";
    let other = taken(&[ORIGIN]).unwrap_err();
    assert!(other.to_string().contains("only with --mixed"), "{other}");
    assert!(taken(&["401 Unauthorized\n{}"]).is_err());
}
