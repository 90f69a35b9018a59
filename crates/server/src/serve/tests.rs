//! How a server ends when a part of it does.

use std::io;
use std::net::SocketAddr;

use axum::routing::get;
use changelog::{Commit, MemoryLog};
use realtime_protocol::{Delta, Epoch, Position, State};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use super::*;
use crate::views::{FoldError, Views};

/// Longer than a stop may take.
const LONG: Duration = Duration::from_secs(20);

/// A view that takes no commit.
#[derive(Debug, Clone, Copy)]
enum Broken {
    Fails,
    Panics,
}

impl Views for Broken {
    fn names(&self) -> &'static [&'static str] {
        &["still"]
    }

    fn fold(&mut self, commit: &Commit) -> Result<(), FoldError> {
        match self {
            Self::Fails => {
                Err(FoldError { offset: commit.offset, source: io::Error::other("broken").into() })
            }
            Self::Panics => panic!("a bug"),
        }
    }

    fn take_changes(&mut self) -> Vec<(&'static str, Delta)> {
        Vec::new()
    }

    fn state(&self, _: &str) -> Option<State> {
        Some(State::default())
    }
}

fn server(views: Broken, log: &MemoryLog) -> Server {
    let position = Position { epoch: Epoch::new("e"), offset: 0 };
    let (_, mode) = watch::channel("live");
    Server::new(ServerConfig {
        hub: Hub::new(position, Box::new(views)),
        log: Box::new(log.clone()),
        rows: Box::new(log.clone()),
        page: Page { index: "", mode, assets: &[] },
        metrics: Metrics::new("test").unwrap(),
        sessions_max: 100,
    })
    .unwrap()
}

/// A viewer that has joined.
async fn viewer(address: SocketAddr) -> TcpStream {
    let mut viewer = TcpStream::connect(address).await.unwrap();
    let handshake = "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    viewer.write_all(handshake.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(viewer.read_u8().await.unwrap());
    }
    let join = br#"["1","1","view:still","phx_join",{}]"#;
    let mut frame = vec![0x81, 0x80 | u8::try_from(join.len()).unwrap(), 0, 0, 0, 0];
    frame.extend(join);
    viewer.write_all(&frame).await.unwrap();
    assert_eq!(read_frame(&mut viewer).await.unwrap().0, 0x81);
    viewer
}

/// The first byte of the next frame, and its payload.
async fn read_frame(viewer: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let first = viewer.read_u8().await?;
    let length = match viewer.read_u8().await? {
        126 => usize::from(viewer.read_u16().await?),
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    viewer.read_exact(&mut payload).await?;
    Ok((first, payload))
}

/// How a viewer is sent away; then its socket ends.
async fn farewell(mut viewer: TcpStream) -> (u16, String) {
    let mut frame = read_frame(&mut viewer).await.expect("no close frame came");
    while frame.0 != 0x88 {
        frame = read_frame(&mut viewer).await.expect("no close frame came");
    }
    assert_eq!(viewer.read_u8().await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let (code, reason) = frame.1.split_at(2);
    (u16::from_be_bytes([code[0], code[1]]), String::from_utf8_lossy(reason).into_owned())
}

/// Opens viewers, lets something end the server, and answers how it ended; every viewer is sent away.
async fn ended(
    address: SocketAddr,
    serving: impl Future<Output = Result<(), ServerError>>,
    end: impl FnOnce(),
) -> Result<(), ServerError> {
    let viewing = async {
        let mut viewers = Vec::new();
        for _ in 0..8 {
            viewers.push(viewer(address).await);
        }
        end();
        for viewer in viewers {
            let (code, reason) = farewell(viewer).await;
            assert!(code == 1012 && reason.contains("retry="), "{code} {reason}");
        }
    };
    let both = async { tokio::join!(serving, viewing).0 };
    timeout(LONG, both).await.expect("it hangs")
}

/// Sends what has to be answered until the server takes nothing more, and reads no answer.
async fn fill(viewer: &mut TcpStream) {
    let mut ping = vec![0x89, 0x80 | 125, 0, 0, 0, 0];
    ping.extend([b'p'; 125]);
    let pings = ping.repeat(500);
    while timeout(Duration::from_secs(1), viewer.write_all(&pings)).await.is_ok() {}
}

/// Broken by: not looking whether the hub has ended; a panic of the hub that counts as an end as wished
#[tokio::test]
async fn a_hub_that_ends_under_its_viewers_sends_them_away_and_ends_the_server() {
    for views in [Broken::Fails, Broken::Panics] {
        let log = MemoryLog::new("e");
        let server = server(views, &log);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = server.run(listener, Router::new(), std::future::pending());
        let ended = ended(address, serving, || assert_eq!(log.append(0, Vec::new()), 1)).await;
        match views {
            Broken::Fails => assert!(matches!(ended, Err(ServerError::Follow(_))), "{ended:?}"),
            Broken::Panics => assert!(matches!(ended, Err(ServerError::Panicked)), "{ended:?}"),
        }
    }
}

/// Broken by: not looking whether one has ended; sending away only those that other tasks tell
#[tokio::test]
async fn a_task_that_tells_and_panics_ends_the_server_and_its_viewers_are_sent_away_too() {
    let log = MemoryLog::new("e");
    let mut server = server(Broken::Fails, &log);
    let mut telling: JoinSet<()> =
        std::mem::take(&mut server.tellers).into_iter().skip(1).map(Teller::run).collect();
    let (end, ending) = oneshot::channel();
    // In the place of the first.
    telling.spawn(async {
        ending.await.unwrap();
        panic!("a bug");
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = server.serve(listener, Router::new(), std::future::pending(), telling);
    let ended = ended(address, serving, || end.send(()).unwrap()).await;
    assert!(matches!(ended, Err(ServerError::Panicked)), "{ended:?}");
}

/// Broken by: no limit to the waiting; not ending the sockets then; not ending the requests then
#[tokio::test]
async fn a_stop_ends_sockets_that_take_nothing_and_requests_that_are_never_answered() {
    let server = server(Broken::Fails, &MemoryLog::new("e"));
    let metrics = server.metrics.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Notify::new());
    let is_asked = Arc::clone(&asked);
    let never = async move || {
        is_asked.notify_one();
        std::future::pending::<()>().await;
    };
    let (stop, stopping) = oneshot::channel();
    let stopping = async { stopping.await.unwrap() };
    let serving = server.run(listener, Router::new().route("/never", get(never)), stopping);
    let connecting = async {
        let mut full = viewer(address).await;
        let mut waiting = TcpStream::connect(address).await.unwrap();
        waiting.write_all(b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        asked.notified().await;
        // From now on time passes when nothing else can.
        tokio::time::pause();
        fill(&mut full).await;
        stop.send(()).unwrap();
        (full, waiting, Instant::now())
    };
    let both = async { tokio::join!(serving, connecting) };
    let (ended, (_full, mut waiting, start)) = timeout(LONG, both).await.expect("it hangs");
    assert!(ended.is_ok(), "{ended:?}");
    assert!((STOP_MAX..2 * STOP_MAX).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert_eq!(metrics.sessions.get(), 0, "a socket goes on");
    let mut answer = Vec::new();
    let read = timeout(LONG, waiting.read_to_end(&mut answer)).await;
    // However it ends.
    assert!(read.is_ok() && answer.is_empty(), "a request goes on");
}
