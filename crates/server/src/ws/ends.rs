//! How connections end whose sockets take nothing, or whose hub is gone.

use changelog::{Commit, MemoryLog};
use realtime_protocol::{Delta, Epoch, Position, State as ViewState};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest, Ready};
use tokio::net::TcpListener;

use super::connection::Plan;
use super::*;
use crate::follow::{Told, follower};
use crate::hub::Hub;
use crate::limits::{CLOSE_MAX, WRITE_STUCK_MAX};
use crate::reader::Reader;
use crate::session::beat_frame;
use crate::system::Inspector;
use crate::tables::NoTables;
use crate::views::{FoldError, Views};
use crate::wire;

/// No view at all.
#[derive(Debug)]
struct Nothing;

impl Views for Nothing {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    fn fold(&mut self, _: &Commit) -> Result<(), FoldError> {
        Ok(())
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        Vec::new()
    }

    fn state(&self, _: &str) -> Option<ViewState> {
        None
    }
}

const MS: Duration = Duration::from_millis(1);

fn at(instant: Duration) -> Now {
    Now { instant, wall_ms: 0 }
}

/// A connection and its peer, between whom little is on its way.
async fn pair(metrics: &Metrics) -> (Arc<Connection>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let stream = listener.accept().await.unwrap().0;
    SockRef::from(&stream).set_send_buffer_size(4_096).unwrap();
    let session = Session::new(Epoch::new("e"), 0, "1", at(Duration::ZERO));
    (Arc::new(Connection::new(stream, session, &[], metrics.clone())), peer)
}

/// What a look at the clock does.
fn look(connection: &Connection, now: Now) {
    connection.timeout(now, 0, &beat_frame(now, 0).unwrap());
}

/// Writes until the socket is full, and stays so.
fn fill(connection: &Connection, now: Now) -> usize {
    let mut pongs = 0;
    while !connection.is_full() {
        pongs += 1;
        connection.give(now, |session| session.handle_ping(now, &[b'p'; 125]));
        if connection.is_full() {
            connection.transfer(now, Ready::WRITABLE);
        }
    }
    pongs
}

fn has_ended(connection: &Connection) -> bool {
    matches!(connection.plan(false).0, Plan::End)
}

/// Broken by: no end of a stuck socket; nothing due for one
#[tokio::test]
async fn a_socket_that_takes_nothing_for_too_long_ends_and_is_counted() {
    let metrics = Metrics::new("test").unwrap();
    let hits = || metrics.limit_hits.with_label_values(&["write_stuck"]).get();
    let (connection, _peer) = pair(&metrics).await;
    let full_at = Duration::from_secs(7);
    fill(&connection, at(full_at));
    let last = at(full_at + WRITE_STUCK_MAX - MS);
    look(&connection, last);
    assert_eq!((has_ended(&connection), hits()), (false, 0));
    let over = at(full_at + WRITE_STUCK_MAX + MS);
    assert!(connection.is_due(over), "nobody would look at it");
    look(&connection, over);
    assert_eq!((has_ended(&connection), hits()), (true, 1));
    look(&connection, over);
    assert_eq!(hits(), 1, "it ends once");
}

/// Broken by: counting from when the socket was full first
#[tokio::test]
async fn a_socket_that_takes_something_in_time_is_not_stuck() {
    let metrics = Metrics::new("test").unwrap();
    let (connection, mut peer) = pair(&metrics).await;
    let pongs = fill(&connection, at(Duration::ZERO));
    let late = at(WRITE_STUCK_MAX - MS);
    let writing = async {
        while connection.is_full() {
            let ready = connection.stream.ready(Interest::WRITABLE).await.unwrap();
            connection.transfer(late, ready);
        }
    };
    let mut read = vec![0; pongs * wire::pong(&[b'p'; 125]).len()];
    let ((), read) = tokio::join!(writing, peer.read_exact(&mut read));
    read.unwrap();
    fill(&connection, late);
    look(&connection, at(WRITE_STUCK_MAX + MS));
    assert!(!has_ended(&connection));
    look(&connection, at(late.instant + WRITE_STUCK_MAX + MS));
    assert!(has_ended(&connection));
}

/// Broken by: ending when a close frame is due; ending with the first write after it
#[tokio::test]
async fn a_close_frame_behind_a_full_socket_comes_whole_when_there_is_room() {
    let metrics = Metrics::new("test").unwrap();
    let (connection, mut peer) = pair(&metrics).await;
    let now = at(Duration::ZERO);
    // More waits than the socket takes at once.
    let pongs = fill(&connection, now) + 4_000;
    for _ in 0..4_000 {
        connection.give(now, |session| session.handle_ping(now, &[b'p'; 125]));
    }
    connection.give(now, |session| session.close(CloseCode::DRAIN, "the server is stopping; retry=7"));
    assert!(!has_ended(&connection), "it waits");
    let writing = async {
        while let Plan::Wait { interest } = connection.plan(false).0 {
            let ready = connection.stream.ready(interest.unwrap()).await.unwrap();
            connection.transfer(now, ready);
        }
        drop(connection);
    };
    let mut read = Vec::new();
    let (_, result) = tokio::join!(writing, peer.read_to_end(&mut read));
    result.unwrap();
    let mut sent = wire::pong(&[b'p'; 125]).repeat(pongs);
    sent.extend(wire::close(CloseCode::DRAIN, "the server is stopping; retry=7"));
    assert!(read == sent, "{} bytes came of {}", read.len(), sent.len());
}

/// Broken by: waiting twice as long; nothing due for a full socket
#[tokio::test]
async fn a_close_frame_waits_behind_a_full_socket_no_longer_than_it_may() {
    let metrics = Metrics::new("test").unwrap();
    let (connection, _peer) = pair(&metrics).await;
    let closed_at = Duration::from_secs(3);
    fill(&connection, at(Duration::ZERO));
    let now = at(closed_at);
    connection.tell(now, |session| session.close(CloseCode::DRAIN, "bye"));
    look(&connection, at(closed_at + CLOSE_MAX - MS));
    assert!(!has_ended(&connection));
    let over = at(closed_at + CLOSE_MAX);
    assert!(connection.is_due(over), "nobody would look at it");
    look(&connection, over);
    assert!(has_ended(&connection));
}

/// Broken by: ending with the answer that the hub is gone, without a close frame
#[tokio::test]
async fn a_viewer_who_asks_a_hub_that_has_ended_stays_until_it_is_sent_away() {
    let metrics = Metrics::new("test").unwrap();
    let (drain, draining) = watch::channel(None);
    let sockets = Sockets::new(draining);
    let (_, mode) = watch::channel("live");
    let (_reader, rows) = Reader::new(Box::new(MemoryLog::new("e")), Arc::new(NoTables));
    let hub = Hub::new(Position { epoch: Epoch::new("e"), offset: 0 }, Box::new(Nothing));
    let (ended, hub, _) = follower(hub, metrics.clone(), Inspector::new(mode), rows, 1, Told::default());
    drop(ended);
    let (connection, mut peer) = pair(&metrics).await;
    let seat = sockets.fanout().sit_down(connection);
    let asking = async {
        for text in
            [&br#"["1","1","view:still","phx_join",{}]"#[..], br#"[null,"2","phoenix","heartbeat",{}]"#]
        {
            let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
            frame.extend(text);
            peer.write_all(&frame).await.unwrap();
        }
        // The answer to the heartbeat: the join was heard before it.
        let mut head = [0; 2];
        peer.read_exact(&mut head).await.unwrap();
        assert_eq!(head[0], 0x81);
        // What was asked is asked by now, and nothing else can be done.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        drain.send_replace(Some(Duration::from_secs(1)));
        sockets.clone().send_away(metrics.clone()).await;
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.unwrap();
        drop(peer);
        rest
    };
    let running = driver::run(seat, hub, metrics.clone(), sockets.clone());
    let (rest, ()) = tokio::join!(asking, running);
    let told = String::from_utf8_lossy(&rest);
    assert!(told.contains("the server is stopping; retry="), "{told}");
}
