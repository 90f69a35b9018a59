//! The socket of one attempt, in a task of its own: a peer that does not read must not stop the clock.

use futures_util::{SinkExt, StreamExt};
use realtime_manager::{Attempt, Fetch};
use realtime_protocol::close::CloseCode;
use realtime_protocol::limits::SERVER_FRAME_BYTES_MAX;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::limits::{CLOSE_WAIT, OUTGOING_MAX};

/// What a socket or a request tells.
#[derive(Debug)]
pub(crate) enum Incoming {
    Opened(Attempt),
    Text(Attempt, Utf8Bytes),
    /// With the code and the text, if the server sent them.
    Closed(Attempt, Option<CloseFrame>),
    /// With status and body, if there was an answer.
    Fetched(Fetch, Option<(u16, String)>),
}

#[derive(Debug)]
enum Outgoing {
    Text(String),
    Close(CloseCode),
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket that is opening or open.
#[derive(Debug)]
pub(crate) struct Socket {
    attempt: Attempt,
    outgoing: mpsc::Sender<Outgoing>,
    task: JoinHandle<()>,
}

impl Socket {
    pub(crate) fn open(url: String, attempt: Attempt, incoming: mpsc::Sender<Incoming>) -> Self {
        let (outgoing, queue) = mpsc::channel(OUTGOING_MAX);
        let task = tokio::spawn(run(url, attempt, incoming, queue));
        Self { attempt, outgoing, task }
    }

    pub(crate) fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Puts a message into the queue; false when there is no room or no socket.
    pub(crate) fn send(&self, text: String) -> bool {
        self.outgoing.try_send(Outgoing::Text(text)).is_ok()
    }

    /// Closes with `code`, in good manners as far as time allows.
    pub(crate) async fn close(mut self, code: CloseCode) {
        let is_told = self.outgoing.try_send(Outgoing::Close(code)).is_ok();
        if !is_told || tokio::time::timeout(CLOSE_WAIT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }

    /// Drops the socket at once.
    pub(crate) fn abort(self) {
        self.task.abort();
    }
}

async fn run(
    url: String,
    attempt: Attempt,
    incoming: mpsc::Sender<Incoming>,
    mut queue: mpsc::Receiver<Outgoing>,
) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(SERVER_FRAME_BYTES_MAX))
        .max_frame_size(Some(SERVER_FRAME_BYTES_MAX));
    let opened = tokio::select! {
        opened = connect_async_with_config(url, Some(config), true) => opened,
        // Nothing is sent before the socket is open, so this can only be the wish to stop.
        _ = queue.recv() => return,
    };
    let mut stream = match opened {
        Ok((stream, _)) => stream,
        Err(error) => {
            tracing::debug!(%error, "socket could not be opened");
            return tell_closed(&incoming, attempt, None).await;
        }
    };
    if incoming.send(Incoming::Opened(attempt)).await.is_err() {
        return;
    }
    match exchange(&mut stream, attempt, &incoming, &mut queue).await {
        Ended::Here => {}
        Ended::There(frame) => {
            // The loss is told first; good manners towards the peer have time.
            tell_closed(&incoming, attempt, frame).await;
            finish(&mut stream).await;
        }
    }
}

async fn tell_closed(incoming: &mpsc::Sender<Incoming>, attempt: Attempt, frame: Option<CloseFrame>) {
    if incoming.send(Incoming::Closed(attempt, frame)).await.is_err() {
        tracing::debug!("nobody waits for the socket any more");
    }
}

enum Ended {
    Here,
    There(Option<CloseFrame>),
}

async fn exchange(
    stream: &mut Stream,
    attempt: Attempt,
    incoming: &mpsc::Sender<Incoming>,
    queue: &mut mpsc::Receiver<Outgoing>,
) -> Ended {
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if incoming.send(Incoming::Text(attempt, text)).await.is_err() {
                        return Ended::Here;
                    }
                }
                Some(Ok(Message::Close(frame))) => return Ended::There(frame),
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => {
                    tracing::debug!(%error, "socket failed");
                    return Ended::There(None);
                }
                None => return Ended::There(None),
            },
            outgoing = queue.recv() => match outgoing {
                Some(Outgoing::Text(text)) => {
                    if stream.send(Message::text(text)).await.is_err() {
                        return Ended::There(None);
                    }
                }
                Some(Outgoing::Close(code)) => {
                    let frame = CloseFrame { code: code.0.into(), reason: Utf8Bytes::default() };
                    if stream.close(Some(frame)).await.is_ok() {
                        finish(stream).await;
                    }
                    return Ended::Here;
                }
                None => return Ended::Here,
            },
        }
    }
}

/// Reads to the end, so that both closing frames are exchanged.
async fn finish(stream: &mut Stream) {
    let to_end = async { while let Some(Ok(_)) = stream.next().await {} };
    if tokio::time::timeout(CLOSE_WAIT, to_end).await.is_err() {
        tracing::debug!("peer does not finish closing");
    }
}
