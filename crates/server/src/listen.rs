//! Accepts connections and speaks HTTP on them, within limits: whoever is slow costs a place for a while, no more.

use std::io;
use std::sync::Arc;
use std::time::Duration;

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

use crate::limits::{HEADER_BYTES_MAX, HEADER_TIME_MAX, HTTP_UNREAD_MAX, REQUEST_TIME_MAX};
use crate::metrics::Metrics;

/// How long accepting rests after an error that is not the peer's, such as too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(100);

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
            continue;
        };
        set(&stream);
        let app = app.clone();
        let (metrics, stopping) = (metrics.clone(), stopping.clone());
        tasks.spawn(async move {
            if let Err(error) = serve(stream, app, stopping).await {
                if error.is_timeout() {
                    metrics.limit_hits.with_label_values(&["header_time"]).inc();
                }
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    stop.send_replace(true);
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Speaks HTTP until the peer ends, the socket becomes a WebSocket, or a stop and the end of the request.
async fn serve(stream: TcpStream, app: Router, mut stopping: watch::Receiver<bool>) -> hyper::Result<()> {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_MAX)
        .max_header_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let stopped = async {
        stopping.wait_for(|&stopping| stopping).await.ok();
    };
    tokio::select! {
        ended = &mut connection => return ended,
        () = stopped => connection.as_mut().graceful_shutdown(),
    }
    connection.await
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

/// Answers in one write, if the socket takes it; it is new and takes it.
fn refuse(stream: &TcpStream) {
    if let Err(error) = stream.try_write(FULL) {
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
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What a client is answered that sends `bytes` and no more, and how often `limit` was hit. Time stands still
    /// while anything can be done and jumps when nothing can.
    async fn answer(bytes: &[u8], limit: &str) -> (String, u64) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Metrics::new("test").unwrap();
        let app = Router::new().route("/", post(|body: String| async move { body }));
        let app = limited(app, metrics.clone());
        let serving = listen(listener, app, 1, metrics.clone(), std::future::pending());
        let mut answer = String::new();
        let asking = async {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(bytes).await.unwrap();
            client.read_to_string(&mut answer).await.unwrap();
        };
        tokio::select! {
            served = serving => served.unwrap(),
            () = asking => {}
        }
        (answer, metrics.limit_hits.with_label_values(&[limit]).get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_cut_and_counted() {
        let (answer, hits) = answer(b"POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ", "header_time").await;
        assert_eq!((answer.as_str(), hits), ("", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_answered_408_and_counted() {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nslow";
        let (answer, hits) = answer(head, "request_time").await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert_eq!(hits, 1);
    }

    #[tokio::test]
    async fn a_connection_beyond_the_limit_is_told_so_and_the_place_is_given_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Metrics::new("test").unwrap();
        let app = Router::new().route("/", post(|body: String| async move { body }));
        let serving = listen(listener, app, 1, metrics.clone(), std::future::pending());
        let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n";
        let asking = async {
            let mut first = TcpStream::connect(address).await.unwrap();
            first.write_all(request).await.unwrap();
            let mut refused = String::new();
            let mut second = TcpStream::connect(address).await.unwrap();
            second.read_to_string(&mut refused).await.unwrap();
            assert_eq!(refused.as_bytes(), FULL);
            let mut answer = String::new();
            first.write_all(b"ok").await.unwrap();
            first.read_to_string(&mut answer).await.unwrap();
            assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
            assert_eq!(metrics.limit_hits.with_label_values(&["connections"]).get(), 1);
            // The first may not have been let go yet.
            let mut answer = FULL.to_vec();
            while answer == FULL {
                answer.clear();
                let mut third = TcpStream::connect(address).await.unwrap();
                third.write_all(request).await.unwrap();
                third.write_all(b"ok").await.ok();
                third.read_to_end(&mut answer).await.ok();
            }
            assert!(answer.ends_with(b"\r\n\r\nok"));
        };
        tokio::select! {
            served = serving => served.unwrap(),
            () = asking => {}
        }
    }

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
    }
}
