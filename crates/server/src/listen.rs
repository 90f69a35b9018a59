//! Accepts connections and speaks HTTP on them, within limits: whoever is slow costs a place for a while, no more.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower_http::timeout::TimeoutLayer;

use crate::limits::{
    ACCEPT_REST, HEADER_BYTES_MAX, HEADER_TIME_MAX, HTTP_UNREAD_MAX, REFUSALS_MAX, REQUEST_TIME_MAX,
};
use crate::linger::linger;
use crate::metrics::Metrics;

const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
retry-after: 1\r\nconnection: close\r\ncontent-length: 97\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"too many connections\"}";

/// Serves `app` until `stopped` is ready, then ends each connection after its request.
pub(crate) async fn listen(
    listener: TcpListener,
    app: Router,
    connections_max: usize,
    metrics: Metrics,
    stopped: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(connections_max));
    let refusals = Arc::new(Semaphore::new(REFUSALS_MAX));
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        // Connections that have ended are let go here.
        while tasks.try_join_next().is_some() {}
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_of_the_peer(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "accepting rests");
                metrics.limit_hits.with_label_values(&["accept"]).inc();
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics.limit_hits.with_label_values(&["connections"]).inc();
            refuse(&stream);
            if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
                tasks.spawn(async move {
                    linger(&stream).await;
                    drop(place);
                });
            }
            continue;
        };
        set(&stream);
        let app = app.clone();
        let (metrics, stopping) = (metrics.clone(), stopping.clone());
        tasks.spawn(async move {
            serve(stream, app, &metrics, stopping).await;
            drop(place);
        });
    }
    drop(listener);
    stop.send_replace(true);
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Speaks HTTP until the peer ends, the socket becomes a WebSocket, or a stop and the end of the request.
async fn serve(stream: TcpStream, app: Router, metrics: &Metrics, mut stopping: watch::Receiver<bool>) {
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_MAX)
        .max_header_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades();
    let stopped = async {
        stopping.wait_for(|&stopping| stopping).await.ok();
    };
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopped => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = ended else { return };
    // The same time ends a connection that is idle, which is nothing that was cut.
    let is_begun = || connection.into_parts().is_some_and(|parts| !parts.read_buf.is_empty());
    if error.is_timeout() && is_begun() {
        metrics.limit_hits.with_label_values(&["header_time"]).inc();
    }
    tracing::debug!(%error, "a connection ended");
}

/// The same routes, none of which takes longer than it may.
pub(crate) fn limited(app: Router, metrics: Metrics) -> Router {
    app.layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME_MAX))
        .layer(axum::middleware::from_fn(move |request, next| count_late(metrics.clone(), request, next)))
}

/// Counts requests that took longer than they may.
async fn count_late(metrics: Metrics, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() == StatusCode::REQUEST_TIMEOUT {
        metrics.limit_hits.with_label_values(&["request_time"]).inc();
    }
    response
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers in one write; the socket is new and takes it. The runtime, which has not looked at it yet, is not asked.
fn refuse(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).send(FULL) {
        tracing::debug!(%error, "a connection was refused without a word");
    }
}

fn set(stream: &TcpStream) {
    let done = stream.set_nodelay(true).and_then(|()| {
        // A peer that takes nothing of an answer for this long is gone.
        SockRef::from(stream).set_tcp_user_timeout(Some(HTTP_UNREAD_MAX))
    });
    if let Err(error) = done {
        tracing::debug!(%error, "a socket keeps its own limits");
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::{Instant, timeout};

    use super::*;

    /// Longer than any limit here.
    const LONG: Duration = Duration::from_secs(300);

    const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    const NOT_CLOSED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";

    fn app() -> Router {
        Router::new().route("/", post(|body: String| async move { body }))
    }

    async fn bind() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    async fn connect(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(bytes).await.unwrap();
        client
    }

    /// Does that with a server of one place.
    async fn served(listener: TcpListener, metrics: &Metrics, doing: impl Future<Output = ()>) {
        let serving =
            listen(listener, limited(app(), metrics.clone()), 1, metrics.clone(), std::future::pending());
        tokio::select! {
            served = serving => served.unwrap(),
            () = doing => {}
        }
    }

    fn hits(metrics: &Metrics, limit: &str) -> u64 {
        metrics.limit_hits.with_label_values(&[limit]).get()
    }

    /// What a client is answered that sends `bytes` and no more, how often `limit` was hit, and when that was. Time
    /// stands still while anything can be done and jumps when nothing can.
    async fn answer(bytes: &[u8], limit: &str) -> (String, u64, Duration) {
        let (listener, address) = bind().await;
        let metrics = Metrics::new("test").unwrap();
        let (mut answer, start) = (String::new(), Instant::now());
        let asking = async {
            let mut client = connect(address, bytes).await;
            // A limit that does not hold is a failure, no test without end.
            let read = timeout(LONG, client.read_to_string(&mut answer)).await;
            read.expect("the connection goes on").unwrap();
        };
        served(listener, &metrics, asking).await;
        (answer, hits(&metrics, limit), start.elapsed())
    }

    /// Broken by: no time for the head
    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_cut_and_counted() {
        let (answer, hits, after) = answer(b"POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ", "header_time").await;
        assert_eq!((answer.as_str(), hits), ("", 1));
        assert!((HEADER_TIME_MAX..2 * HEADER_TIME_MAX).contains(&after), "{after:?}");
    }

    /// Broken by: counting whatever ended for the time of the head; no such time
    #[tokio::test(start_paused = true)]
    async fn a_connection_that_asks_nothing_or_nothing_more_ends_and_is_not_counted() {
        for (bytes, answered) in [(&b""[..], ""), (NOT_CLOSED, "\r\n\r\nok")] {
            let (answer, hits, after) = answer(bytes, "header_time").await;
            assert!(answer.ends_with(answered) && answer.is_empty() == answered.is_empty(), "{answer}");
            assert_eq!(hits, 0);
            assert!((HEADER_TIME_MAX..2 * HEADER_TIME_MAX).contains(&after), "{after:?}");
        }
    }

    /// Broken by: no time for a request; not counting the 408
    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_answered_408_and_counted() {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nslow";
        let (answer, hits, after) = answer(head, "request_time").await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert_eq!(hits, 1);
        assert!((REQUEST_TIME_MAX..2 * REQUEST_TIME_MAX).contains(&after), "{after:?}");
    }

    /// Broken by: keeping the place of a connection that has ended; letting those beyond the limit wait for a place
    #[tokio::test]
    async fn a_connection_beyond_the_limit_is_told_so_and_the_place_is_given_again() {
        let (listener, address) = bind().await;
        let metrics = Metrics::new("test").unwrap();
        let asking = async {
            let (head, body) = REQUEST.split_at(REQUEST.len() - 2);
            let mut first = connect(address, head).await;
            let mut refused = String::new();
            connect(address, b"").await.read_to_string(&mut refused).await.unwrap();
            assert_eq!(refused.as_bytes(), FULL);
            let mut answer = String::new();
            first.write_all(body).await.unwrap();
            first.read_to_string(&mut answer).await.unwrap();
            assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
            assert_eq!(hits(&metrics, "connections"), 1);
            // The first may not have been let go yet.
            let mut answer = FULL.to_vec();
            while answer == FULL {
                answer.clear();
                connect(address, REQUEST).await.read_to_end(&mut answer).await.unwrap();
            }
            assert!(answer.ends_with(b"\r\n\r\nok"));
        };
        let served = timeout(Duration::from_secs(10), served(listener, &metrics, asking));
        served.await.expect("the place is not given again");
    }

    /// Broken by: closing at once what is refused; waiting for more than so many
    #[tokio::test(start_paused = true)]
    async fn who_is_refused_reads_so_whatever_it_sent_and_only_so_many_are_waited_for() {
        let (listener, address) = bind().await;
        let metrics = Metrics::new("test").unwrap();
        // What they send is there before they are accepted, and so unread when they are refused.
        let first = connect(address, &REQUEST[..REQUEST.len() - 2]).await;
        let mut refused = connect(address, &[b'x'; 10_000]).await;
        let asking = async {
            let mut answer = Vec::new();
            refused.read_to_end(&mut answer).await.unwrap();
            assert_eq!(answer, FULL);
            let mut others = vec![refused];
            for _ in 1..REFUSALS_MAX {
                let mut other = connect(address, b"").await;
                other.read_to_end(&mut answer).await.unwrap();
                others.push(other);
            }
            let mut last = connect(address, b"").await;
            last.read_to_end(&mut answer).await.ok();
            for other in &mut others {
                other.write_all(b"more").await.unwrap();
                other.write_all(b"and more").await.unwrap();
            }
            // It is closed already, and what is sent to it comes back.
            let mut sent = 0;
            while last.write_all(b"more").await.is_ok() {
                sent += 1;
                assert!(sent < 10_000, "it is waited for");
            }
            assert_eq!(hits(&metrics, "connections"), REFUSALS_MAX as u64 + 1);
            drop(first);
        };
        served(listener, &metrics, asking).await;
    }

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
    }
}
