//! The WebSocket handshake, and all sockets that are open.
//!
//! The socket comes from hyper's upgrade, headers of frames in are parsed by a kept crate, frames out are
//! ready-made bytes, and everything that waits for a viewer goes out in one vectored write.

mod connection;
mod driver;
#[cfg(test)]
mod ends;
mod fanout;
mod inbound;
mod outbox;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use realtime_protocol::close::CloseCode;
use sha1::{Digest, Sha1};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http::Shared;
use crate::limits::{RETURN_MAX, RETURN_MIN, RETURNS_PER_MS, UNACKNOWLEDGED_MAX, UNSENT_BYTES_MAX};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::session::{Now, Session};
use connection::Connection;
use fanout::Seat;
pub(crate) use fanout::{Fanout, Teller};

/// All open sockets, so that a stop can send them away and wait for them.
#[derive(Debug, Clone)]
pub(crate) struct Sockets {
    tasks: Arc<Mutex<JoinSet<()>>>,
    /// Over what time viewers come back; none while the server serves.
    draining: watch::Receiver<Option<Duration>>,
    sent_away: Arc<AtomicU64>,
    fanout: Fanout,
    origin: Instant,
}

impl Sockets {
    pub(crate) fn new(draining: watch::Receiver<Option<Duration>>) -> Self {
        Self {
            tasks: Arc::default(),
            draining,
            sent_away: Arc::default(),
            fanout: Fanout::new(),
            origin: Instant::now(),
        }
    }

    pub(crate) fn fanout(&self) -> &Fanout {
        &self.fanout
    }

    /// Waits until every socket has ended; call it after draining has begun.
    pub(crate) async fn ended(&self) {
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    /// Sends away whoever has not been yet; call it after draining has begun.
    pub(crate) async fn send_away(self, metrics: Metrics) {
        self.fanout.send_away(&self, &metrics).await;
    }

    /// Ends the sockets that have not ended.
    pub(crate) async fn cut(&self) {
        self.tasks.lock().await.shutdown().await;
    }

    fn draining(&self) -> watch::Receiver<Option<Duration>> {
        self.draining.clone()
    }

    /// How the next viewer is sent away; nearly as many come back in each millisecond.
    fn farewell(&self) -> (CloseCode, String) {
        let over = self.draining.borrow().unwrap_or_default();
        let retry = share(self.sent_away.fetch_add(1, Ordering::Relaxed), over).as_millis();
        (CloseCode::DRAIN, format!("the server is stopping; retry={retry}"))
    }

    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { instant: self.origin.elapsed(), wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// Over what time so many viewers come back.
pub(crate) fn return_time(viewers: u64) -> Duration {
    Duration::from_millis(viewers / RETURNS_PER_MS).clamp(RETURN_MIN, RETURN_MAX)
}

/// A moment within `over`: numbers that follow one another are spread evenly, by the golden ratio.
fn share(id: u64, over: Duration) -> Duration {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    over.mul_f64(id.wrapping_mul(GOLDEN) as f64 / u64::MAX as f64)
}

/// `GET /socket/websocket?vsn=2.0.0`.
pub(crate) async fn upgrade(State(shared): State<Shared>, mut request: Request) -> Response {
    let Some(accept) = accept_key(request.headers()) else {
        return Problem::new(StatusCode::BAD_REQUEST, "this path takes a WebSocket handshake of version 13")
            .into_response();
    };
    if shared.sockets.draining.borrow().is_some() {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping")
            .retry_after(RETURN_MIN)
            .into_response();
    }
    // Counted before it is compared, so that handshakes at the same moment do not pass the limit together.
    let counted = Counted::new(shared.metrics.sessions.clone());
    if shared.metrics.sessions.get() > i64::try_from(shared.sessions_max).unwrap_or(i64::MAX) {
        shared.metrics.limit_hits.with_label_values(&["sessions"]).inc();
        let detail =
            format!("{} viewers are connected, which is the limit; try again later", shared.sessions_max);
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(RETURN_MIN).into_response();
    }
    let version = request.uri().query().unwrap_or("").split('&').any(|param| param == "vsn=2.0.0");
    let upgrade = hyper::upgrade::on(&mut request);
    let sockets = shared.sockets.clone();
    let mut tasks = sockets.tasks.lock().await;
    // Sessions that have ended are let go here, so that the set stays as large as what is open.
    while tasks.try_join_next().is_some() {}
    tasks.spawn(async move {
        let Shared { hub, metrics, sockets, .. } = shared.clone();
        let seat = match upgrade.await {
            Ok(upgraded) => seated(upgraded, shared, version),
            Err(error) => return tracing::debug!(%error, "a handshake was not finished"),
        };
        if let Some(seat) = seat {
            driver::run(seat, hub, metrics, sockets).await;
        }
        drop(counted);
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// One in a gauge, from its making to its end.
struct Counted(prometheus::IntGauge);

impl Counted {
    fn new(gauge: prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Makes a connection of a socket; none when it is not one that was accepted here.
fn seated(upgraded: Upgraded, shared: Shared, version: bool) -> Option<Seat> {
    let Shared { hub, metrics, sockets, page, .. } = shared;
    let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        tracing::error!("a socket is not of the kind that was accepted");
        return None;
    };
    let stream = parts.io.into_inner();
    bound(&stream);
    let now = sockets.now();
    let mode = *page.mode.borrow();
    let mut session =
        Session::new(hub.epoch().clone(), hub.head(), env!("CARGO_PKG_VERSION"), now).with_mode(mode);
    if !version {
        session.close(CloseCode::VERSION, "speak vsn=2.0.0");
    }
    let connection = Arc::new(Connection::new(stream, session, &parts.read_buf, metrics));
    let seat = sockets.fanout.sit_down(Arc::clone(&connection));
    // What changed before it sat down was not told to it.
    let mode = *page.mode.borrow();
    connection.give(now, |session| session.handle_mode(now, mode));
    if sockets.draining.borrow().is_some() {
        let (code, reason) = sockets.farewell();
        connection.give(now, |session| session.close(code, reason));
    }
    Some(seat)
}

/// Little waits in the kernel, so that a slow viewer is told what is new; a peer that is gone is noticed.
fn bound(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let set = socket
        .set_tcp_notsent_lowat(UNSENT_BYTES_MAX)
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX)));
    if let Err(error) = set {
        tracing::debug!(%error, "a socket keeps its own limits");
    }
}

fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name, token: &str| {
        let value = headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("");
        value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::CONNECTION, "upgrade")
        || !has(header::UPGRADE, "websocket")
        || !has(header::SEC_WEBSOCKET_VERSION, "13")
    {
        return None;
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    let mut digest = Sha1::new();
    digest.update(key.as_bytes());
    digest.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    HeaderValue::from_str(&STANDARD.encode(digest.finalize())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_key_is_that_of_the_rfc() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(header::SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(accept_key(&headers).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        headers.remove(header::UPGRADE);
        assert_eq!(accept_key(&headers), None);
    }

    #[test]
    fn viewers_who_are_sent_away_come_back_evenly() {
        let over = return_time(5_000);
        assert_eq!(
            (return_time(10), over, return_time(u64::MAX)),
            (RETURN_MIN, Duration::from_millis(2_500), RETURN_MAX)
        );
        let mut tenths = [0; 10];
        for id in 1..=5_000 {
            tenths[usize::try_from(share(id, over).as_millis() * 10 / 2_501).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|&count| (480..=520).contains(&count)), "{tenths:?}");
    }
}
