//! The client against a scripted server on a real socket.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a script that does not hold together is a failed test"
)]

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use realtime_manager::{Config, Event, Recovery, Status, TopicChange};
use realtime_native::{Client, Handle, Notice, websocket_url};
use realtime_protocol::{State, Topic};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

type Socket = WebSocketStream<TcpStream>;

const PATIENCE: Duration = Duration::from_secs(10);

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes too long")
}

fn metrics() -> Topic {
    Topic::view("metrics").unwrap()
}

fn quick() -> Config {
    let recovery =
        Recovery { first_delay: Duration::from_millis(1), jitter: false, factor: 1.0, ..Recovery::default() };
    Config { recovery, ..Config::default() }
}

async fn start() -> (TcpListener, Handle, mpsc::Receiver<Notice>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = websocket_url(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let (handle, notices) = Client::spawn(url, quick(), 42);
    handle.subscribe(metrics(), Duration::from_secs(1)).await.unwrap();
    handle.connect().await.unwrap();
    (listener, handle, notices)
}

async fn accept(listener: &TcpListener) -> Socket {
    let (stream, _) = within(listener.accept()).await.unwrap();
    within(accept_async(stream)).await.unwrap()
}

async fn request(socket: &mut Socket, event: &str) -> Value {
    loop {
        let message = within(socket.next()).await.unwrap().unwrap();
        let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        if frame[3] == event {
            return frame;
        }
    }
}

async fn send(socket: &mut Socket, frame: Value) {
    within(socket.send(Message::text(frame.to_string()))).await.unwrap();
}

/// Answers the first heartbeat and the join, with these values of key `games`.
async fn serve(socket: &mut Socket, offset: u64, games: i64) -> Value {
    let beat = request(socket, "heartbeat").await;
    let response = json!({"status": "ok", "response": {"time_ms": 1, "version": "1"}});
    send(socket, json!([null, beat[1], "phoenix", "phx_reply", response])).await;
    let join = request(socket, "phx_join").await;
    let state = State::from_entries([("games".to_owned(), json!(games))].into()).unwrap();
    let response = json!({"topic": "view:metrics", "throttle_ms": 1000, "position": {"epoch": "e", "offset": offset},
        "hash": state.hash(), "mode": "snapshot", "state": state.entries()});
    let reply = json!({"status": "ok", "response": response});
    send(socket, json!([join[0], join[1], "view:metrics", "phx_reply", reply])).await;
    join
}

async fn until<T>(notices: &mut mpsc::Receiver<Notice>, wanted: impl Fn(&Notice) -> Option<T>) -> T {
    loop {
        let notice = within(notices.recv()).await.unwrap();
        if let Some(found) = wanted(&notice) {
            return found;
        }
    }
}

fn is_status(status: Status) -> impl Fn(&Notice) -> Option<()> {
    move |notice| matches!(&notice.event, Event::Status(change) if change.to == status).then_some(())
}

fn batch(notice: &Notice) -> Option<TopicChange> {
    if let Event::Batch(updates) = &notice.event { Some(updates[0].change.clone()) } else { None }
}

#[tokio::test]
async fn a_client_connects_joins_and_follows() {
    let (listener, handle, mut notices) = start().await;
    let mut socket = accept(&listener).await;
    let join = serve(&mut socket, 1, 5).await;
    until(&mut notices, is_status(Status::Connected)).await;
    let change = until(&mut notices, batch).await;
    assert_eq!(change, TopicChange::Snapshot([("games".to_owned(), json!(5))].into()));

    let state = State::from_entries([("games".to_owned(), json!(6))].into()).unwrap();
    let payload = json!({"from": 1, "to": 2, "commits": 1, "hash": state.hash(), "put": {"games": 6}, "drop": [], "last": true});
    send(&mut socket, json!([join[0], null, "view:metrics", "delta", payload])).await;
    assert!(matches!(until(&mut notices, batch).await, TopicChange::Delta(_)));
    let (position, held) = handle.snapshot(metrics()).await.unwrap().unwrap();
    assert_eq!((position.offset, held), (2, state));
    let stats = handle.stats().await.unwrap();
    assert_eq!((stats.frames, stats.updates, stats.deltas), (3, 2, 1));
    assert!(handle.health().await.unwrap().latency.is_some());
    within(handle.close()).await.unwrap();
}

#[tokio::test]
async fn closing_the_handle_closes_the_socket_with_1000() {
    let (listener, handle, mut notices) = start().await;
    let mut socket = accept(&listener).await;
    serve(&mut socket, 1, 5).await;
    until(&mut notices, batch).await;
    let server = async {
        loop {
            if let Message::Close(frame) = within(socket.next()).await.unwrap().unwrap() {
                return frame.map(|frame| u16::from(frame.code));
            }
        }
    };
    let (code, closed) = tokio::join!(server, within(handle.close()));
    assert_eq!(code, Some(1000));
    closed.unwrap();
    until(&mut notices, is_status(Status::Disconnected)).await;
    assert_eq!(within(notices.recv()).await, None);
}

#[tokio::test]
async fn a_lost_socket_is_won_back_from_where_the_topic_stood() {
    let (listener, handle, mut notices) = start().await;
    let mut socket = accept(&listener).await;
    serve(&mut socket, 7, 5).await;
    until(&mut notices, batch).await;
    drop(socket);
    until(&mut notices, is_status(Status::Reconnecting)).await;
    let mut socket = accept(&listener).await;
    let join = serve(&mut socket, 9, 6).await;
    assert_eq!(join[4]["position"], json!({"epoch": "e", "offset": 7}));
    let caught_up =
        until(
            &mut notices,
            |notice| if let Event::CaughtUp(found) = notice.event { Some(found) } else { None },
        )
        .await;
    assert_eq!((caught_up.commits, caught_up.resumed), (2, false));
    within(handle.close()).await.unwrap();
}

#[tokio::test]
async fn a_final_refusal_ends_in_an_error_without_a_retry() {
    let (listener, handle, mut notices) = start().await;
    let mut socket = accept(&listener).await;
    let refusal = CloseFrame { code: 4401.into(), reason: "token".into() };
    within(socket.close(Some(refusal))).await.unwrap();
    until(&mut notices, is_status(Status::Error)).await;
    assert_eq!(handle.stats().await.unwrap().attempts, 1);
    assert_eq!(
        handle.health().await.unwrap().last_error.as_deref(),
        Some("server refused the connection for good (4401)")
    );
    within(handle.close()).await.unwrap();
}

#[tokio::test]
async fn where_nobody_listens_it_gives_up_after_five_retries() {
    let (listener, handle, mut notices) = start().await;
    drop(listener);
    until(&mut notices, is_status(Status::Error)).await;
    assert_eq!(handle.stats().await.unwrap().attempts, 6);
    within(handle.close()).await.unwrap();
}

#[tokio::test]
async fn disconnect_keeps_the_state_and_ends_the_connection() {
    let (listener, handle, mut notices) = start().await;
    let mut socket = accept(&listener).await;
    serve(&mut socket, 3, 5).await;
    until(&mut notices, batch).await;
    handle.disconnect().await.unwrap();
    until(&mut notices, is_status(Status::Disconnected)).await;
    let (position, _) = handle.snapshot(metrics()).await.unwrap().unwrap();
    assert_eq!(position.offset, 3);
    while let Some(Ok(_)) = within(socket.next()).await {}
    within(handle.close()).await.unwrap();
}

#[tokio::test]
async fn a_client_whose_notices_nobody_reads_still_closes() {
    let (listener, handle, notices) = start().await;
    let mut socket = accept(&listener).await;
    let join = serve(&mut socket, 1, 0).await;
    let mut games = 0;
    for offset in 1..600_u64 {
        games += 1;
        let state = State::from_entries([("games".to_owned(), json!(games))].into()).unwrap();
        let payload = json!({"from": offset, "to": offset + 1, "commits": 1, "hash": state.hash(),
            "put": {"games": games}, "drop": [], "last": true});
        send(&mut socket, json!([join[0], null, "view:metrics", "delta", payload])).await;
    }
    within(handle.close()).await.unwrap();
    drop(notices);
}

/// Answers one request as a proxy does that lets no WebSocket through; its first line.
async fn answer_http(listener: &TcpListener, view: &str) -> String {
    let (mut stream, _) = within(listener.accept()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.unwrap());
    }
    let line = String::from_utf8(head).unwrap().lines().next().unwrap().to_owned();
    let (status, body) = match line.split(' ').nth(1).unwrap() {
        "/healthz" => ("200 OK", "{}"),
        "/api/v1/views/metrics" => ("200 OK", view),
        _ => ("403 Forbidden", "no sockets here"),
    };
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    within(stream.write_all(answer.as_bytes())).await.unwrap();
    line
}

#[tokio::test]
async fn where_no_socket_opens_but_the_server_is_there_views_are_read_over_http() {
    let (listener, handle, mut notices) = start().await;
    let state = State::from_entries([("games".to_owned(), json!(7))].into()).unwrap();
    let view = json!({"topic": "view:metrics", "position": {"epoch": "e", "offset": 3}, "hash": state.hash(),
        "state": state.entries()});
    let mut lines = Vec::new();
    while lines.last() != Some(&"GET /api/v1/views/metrics HTTP/1.1".to_owned()) {
        lines.push(answer_http(&listener, &view.to_string()).await);
    }
    assert!(lines.contains(&"GET /healthz HTTP/1.1".to_owned()));
    loop {
        let notice = within(notices.recv()).await.unwrap();
        if let Event::Batch(batch) = notice.event {
            assert_eq!(batch[0].change, TopicChange::Snapshot(state.entries().clone()));
            break;
        }
    }
    let health = handle.health().await.unwrap();
    assert!(health.by_http && health.status != Status::Connected);
}
