//! Drives a session over a WebSocket: one loop, no decisions.
//!
//! The socket comes from hyper's upgrade; frames in are decoded by a kept crate, frames out are
//! ready-made bytes, and everything that waits goes out in one vectored write.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fastwebsockets::{FragmentCollectorRead, OpCode, Role, WebSocketError, after_handshake_split};
use futures_util::future::select_all;
use hyper_util::rt::TokioIo;
use realtime_protocol::ThrottleClass;
use realtime_protocol::close::CloseCode;
use realtime_protocol::limits::CLIENT_FRAME_BYTES_MAX;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::follow::{HubHandle, Stopped};
use crate::http::Shared;
use crate::hub::Tick;
use crate::limits::{INBOUND_FRAMES_MAX, SESSIONS_MAX, WRITE_MAX};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::rows::Rows;
use crate::session::{JoinId, Now, Output, Read, Session};
use crate::wire;

/// All open sockets, so that a stop can wait for them.
#[derive(Debug, Clone)]
pub(crate) struct Sockets {
    tasks: Arc<Mutex<JoinSet<()>>>,
    draining: watch::Receiver<bool>,
    origin: Instant,
}

impl Sockets {
    pub(crate) fn new(draining: watch::Receiver<bool>) -> Self {
        Self { tasks: Arc::default(), draining, origin: Instant::now() }
    }

    /// Waits until every socket has ended; call it after draining has begun.
    pub(crate) async fn ended(&self) {
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { instant: self.origin.elapsed(), wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// `GET /socket/websocket?vsn=2.0.0`.
pub(crate) async fn upgrade(State(shared): State<Shared>, mut request: Request) -> Response {
    let Some(accept) = accept_key(request.headers()) else {
        return Problem::new(StatusCode::BAD_REQUEST, "this path takes a WebSocket handshake of version 13")
            .into_response();
    };
    if shared.metrics.sessions.get() >= i64::try_from(SESSIONS_MAX).unwrap_or(i64::MAX) {
        shared.metrics.limit_hits.with_label_values(&["sessions"]).inc();
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many sessions").into_response();
    }
    let version = request.uri().query().unwrap_or("").split('&').any(|param| param == "vsn=2.0.0");
    let upgrade = hyper::upgrade::on(&mut request);
    let sockets = shared.sockets.clone();
    let mut tasks = sockets.tasks.lock().await;
    // Sessions that have ended are let go here, so that the set stays as large as what is open.
    while tasks.try_join_next().is_some() {}
    tasks.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => serve(TokioIo::new(upgraded), shared, version).await,
            Err(error) => tracing::debug!(%error, "a handshake was not finished"),
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
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

/// What came from the client.
enum Inbound {
    Text(String),
    Ping(Vec<u8>),
    Ended(Option<CloseCode>),
}

async fn serve<S>(stream: S, shared: Shared, version: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let Shared { hub, metrics, sockets, page } = shared;
    metrics.sessions.inc();
    let (read, write) = tokio::io::split(stream);
    let (inbound_sender, inbound) = mpsc::channel(INBOUND_FRAMES_MAX);
    let mut mode = page.mode.clone();
    let session = Session::new(hub.epoch().clone(), hub.head(), env!("CARGO_PKG_VERSION"), sockets.now())
        .with_mode(*mode.borrow_and_update());
    let mut driver = Driver {
        session,
        hub,
        metrics: metrics.clone(),
        write,
        ticks: BTreeMap::new(),
        sockets,
        mode,
        read: None,
    };
    if !version {
        driver.session.close(CloseCode::VERSION, "speak vsn=2.0.0");
    }
    tokio::select! {
        () = receive(read, &inbound_sender) => {}
        ended = driver.run(inbound) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a session ended");
            }
        }
    }
    let Driver { session, hub, .. } = driver;
    for (topic, class) in session.subscriptions() {
        if hub.leave(topic, class).await.is_err() {
            break;
        }
    }
    metrics.sessions.dec();
    for (reason, count) in &session.stats().resets {
        metrics.resets.with_label_values(&[*reason]).inc_by(*count);
    }
    metrics.limit_hits.with_label_values(&["session_topics"]).inc_by(session.stats().topics_refused);
    metrics.limit_hits.with_label_values(&["log_retention"]).inc_by(session.stats().tables_expired);
}

/// Reads frames until the socket ends. It waits for room, so a flood slows down only itself.
async fn receive<R: AsyncRead + Unpin>(read: R, inbound: &mpsc::Sender<Inbound>) {
    let (mut reader, _) = after_handshake_split(read, tokio::io::sink(), Role::Server);
    reader.set_auto_close(false);
    reader.set_auto_pong(false);
    reader.set_max_message_size(CLIENT_FRAME_BYTES_MAX);
    let mut reader = FragmentCollectorRead::new(reader);
    loop {
        // Pongs and closes are answered by the driver, so nothing is ever sent from here.
        let read = reader.read_frame(&mut |_| std::future::ready(Ok::<(), WebSocketError>(()))).await;
        let item = match read {
            Ok(frame) => match frame.opcode {
                OpCode::Text => match std::str::from_utf8(&frame.payload) {
                    Ok(text) => Inbound::Text(text.to_owned()),
                    Err(_) => Inbound::Ended(Some(CloseCode::PROTOCOL)),
                },
                OpCode::Ping => Inbound::Ping(frame.payload.to_vec()),
                OpCode::Close => Inbound::Ended(Some(CloseCode::NORMAL)),
                OpCode::Pong | OpCode::Binary | OpCode::Continuation => continue,
            },
            Err(WebSocketError::FrameTooLarge) => Inbound::Ended(Some(CloseCode::TOO_LARGE)),
            Err(WebSocketError::UnexpectedEOF | WebSocketError::IoError(_)) => Inbound::Ended(None),
            Err(_) => Inbound::Ended(Some(CloseCode::PROTOCOL)),
        };
        let ended = matches!(item, Inbound::Ended(_));
        if inbound.send(item).await.is_err() {
            return;
        }
        if ended {
            // The driver answers and ends; this side must not end first.
            std::future::pending::<()>().await;
        }
    }
}

struct Driver<W> {
    session: Session,
    hub: HubHandle,
    metrics: Metrics,
    write: W,
    ticks: BTreeMap<ThrottleClass, watch::Receiver<Arc<Tick>>>,
    sockets: Sockets,
    mode: watch::Receiver<&'static str>,
    read: Option<Reading>,
}

/// A read under way, with the join that asked for it.
type Reading = Pin<Box<dyn Future<Output = (JoinId, Result<Rows, Stopped>)> + Send>>;

impl<W: AsyncWrite + Unpin> Driver<W> {
    async fn run(&mut self, mut inbound: mpsc::Receiver<Inbound>) -> Result<(), Ended> {
        let mut draining = self.sockets.draining.clone();
        loop {
            let until = self.drain().await?;
            tokio::select! {
                item = inbound.recv() => self.inbound(item).await?,
                class = changed(&mut self.ticks) => self.tick(class),
                (join, rows) = read(&mut self.read) => self.rows(join, rows?),
                mode = next(&mut self.mode) => self.session.handle_mode(self.sockets.now(), mode),
                () = begun(&mut draining) => {
                    self.session.close(CloseCode::DRAIN, "the server is stopping");
                }
                () = tokio::time::sleep_until(until) => {
                    self.session.handle_head(self.hub.head());
                    self.session.handle_timeout(self.sockets.now());
                }
            }
        }
    }

    async fn inbound(&mut self, item: Option<Inbound>) -> Result<(), Ended> {
        match item {
            Some(Inbound::Text(text)) => self.session.handle_text(self.sockets.now(), &text),
            Some(Inbound::Ping(payload)) => self.write(&[wire::pong(&payload)]).await?,
            Some(Inbound::Ended(Some(code))) => {
                self.write(&[wire::close(code, "")]).await?;
                return Err(Ended::Peer);
            }
            Some(Inbound::Ended(None)) | None => return Err(Ended::Peer),
        }
        Ok(())
    }

    fn tick(&mut self, class: ThrottleClass) {
        let tick = self.ticks.get_mut(&class).map(|ticks| Arc::clone(&ticks.borrow_and_update()));
        if let Some(tick) = tick {
            self.session.handle_tick(self.sockets.now(), class, &tick);
        }
    }

    fn rows(&mut self, join: JoinId, rows: Rows) {
        self.read = None;
        if let Rows::Frames { frames, .. } = &rows {
            self.metrics.frames_encoded.inc_by(frames.len() as u64);
        }
        self.session.handle_rows(self.sockets.now(), join, rows);
    }

    /// Does what the session wants until it waits; all its frames go out in one write.
    async fn drain(&mut self) -> Result<Instant, Ended> {
        let mut frames = Vec::new();
        loop {
            match self.session.poll_output() {
                Output::Send(bytes) => frames.push(bytes),
                Output::Unsubscribe { topic, class } => self.hub.leave(topic, class).await?,
                Output::Subscribe { join, topic, class, position } => {
                    let answer = self.hub.join(topic.clone(), class, position).await?;
                    let joined = answer.is_ok();
                    let wanted = self.session.handle_joined(self.sockets.now(), join, &topic, answer);
                    if joined && !wanted {
                        self.hub.leave(topic, class).await?;
                    } else if let (true, Some(ticks)) = (joined, self.hub.ticks(class)) {
                        self.ticks.entry(class).or_insert(ticks);
                        // A flush may lie between the hub's answer and now.
                        self.tick(class);
                    }
                }
                Output::Read(read) => {
                    self.write(&std::mem::take(&mut frames)).await?;
                    self.read = Some(begin(self.hub.clone(), read));
                }
                Output::Close(code, reason) => {
                    frames.push(wire::close(code, reason));
                    self.write(&frames).await?;
                    return Err(Ended::Closed);
                }
                Output::Wait(until) => {
                    self.write(&frames).await?;
                    return Ok(self.sockets.origin + until);
                }
            }
        }
    }

    async fn write(&mut self, frames: &[Bytes]) -> Result<(), Ended> {
        if frames.is_empty() {
            return Ok(());
        }
        tokio::time::timeout(WRITE_MAX, write_all(&mut self.write, frames))
            .await
            .map_err(|_| Ended::Stuck)??;
        self.metrics.frames_sent.inc_by(frames.len() as u64);
        Ok(())
    }
}

/// Waits until draining has begun; a server that is gone drains too.
async fn begun(draining: &mut watch::Receiver<bool>) {
    while !*draining.borrow_and_update() {
        if draining.changed().await.is_err() {
            return;
        }
    }
}

fn begin(hub: HubHandle, read: Read) -> Reading {
    let join = read.join;
    Box::pin(async move { (join, hub.rows(read).await) })
}

/// The end of the read under way, which never comes when there is none.
async fn read(read: &mut Option<Reading>) -> (JoinId, Result<Rows, Stopped>) {
    match read {
        Some(read) => read.await,
        None => std::future::pending().await,
    }
}

/// The next mark of the data; a mark that can change no more never comes.
async fn next(mode: &mut watch::Receiver<&'static str>) -> &'static str {
    if mode.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    *mode.borrow_and_update()
}

async fn changed(ticks: &mut BTreeMap<ThrottleClass, watch::Receiver<Arc<Tick>>>) -> ThrottleClass {
    let waits = ticks.iter_mut().map(|(&class, ticks)| {
        Box::pin(async move {
            if ticks.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            class
        })
    });
    let waits: Vec<_> = waits.collect();
    if waits.is_empty() {
        return std::future::pending().await;
    }
    select_all(waits).await.0
}

async fn write_all<W: AsyncWrite + Unpin>(write: &mut W, frames: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<_> = frames.iter().map(|frame| IoSlice::new(frame)).collect();
    let mut rest = &mut slices[..];
    while !rest.is_empty() {
        let written = write.write_vectored(rest).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut rest, written);
    }
    write.flush().await
}

/// Why a session's loop ended; none of it is anybody's fault here.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the peer has gone")]
    Peer,
    #[error("closed by this side")]
    Closed,
    #[error("the peer reads nothing")]
    Stuck,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Stopped(#[from] Stopped),
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

    #[tokio::test]
    async fn frames_are_written_whole_whatever_the_transport_takes_at_once() {
        let (mut near, mut far) = tokio::io::duplex(3);
        let frames = [Bytes::from_static(b"abcd"), Bytes::from_static(b"e"), Bytes::from_static(b"fghij")];
        let reading = async {
            let mut seen = vec![0; 10];
            tokio::io::AsyncReadExt::read_exact(&mut far, &mut seen).await.map(|_| seen)
        };
        let (written, seen) = tokio::join!(write_all(&mut near, &frames), reading);
        written.unwrap();
        assert_eq!(seen.unwrap(), b"abcdefghij");
    }
}
