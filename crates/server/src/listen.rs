//! Accepts connections and speaks HTTP on them, within limits: whoever is slow costs a place for a while, no more.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::limits::{CONNECTIONS_MAX, HEADER_BYTES_MAX, HEADER_TIME_MAX, HTTP_UNREAD_MAX};
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
    metrics: Metrics,
    stopped: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
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

/// Counts requests that took longer than they may.
pub(crate) async fn count_late(metrics: Metrics, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() == axum::http::StatusCode::REQUEST_TIMEOUT {
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
    use super::*;

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
    }
}
