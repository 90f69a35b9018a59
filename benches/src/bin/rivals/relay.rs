//! axum's WebSocket behind tokio's broadcast channel, as one would write it, with every setting at its best.

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::SinkExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::{announce, message};

/// More than is ever under way, so that nobody lags.
const WAITING_MAX: usize = 4_096;
/// The default of 128 KiB is filled with zeros at each attempt to read: this is several times as fast.
const READ_BYTES: usize = 4 * 1024;

type Messages = broadcast::Sender<Utf8Bytes>;

/// On one thread, because it has one core: no work is handed from thread to thread.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn serve(bytes: usize) -> Result<()> {
    let (listener, control) =
        (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
    announce(listener.local_addr()?, control.local_addr()?)?;
    let messages = broadcast::Sender::new(WAITING_MAX);
    let app = Router::new().route("/socket/websocket", get(upgrade)).with_state(messages.clone());
    let listener = listener.tap_io(|stream| {
        // A socket that keeps its delay is slower, which the figures show.
        stream.set_nodelay(true).ok();
    });
    tokio::select! {
        served = axum::serve(listener, app) => Ok(served?),
        published = publish(control, messages, bytes) => published,
    }
}

async fn publish(control: TcpListener, messages: Messages, bytes: usize) -> Result<()> {
    let (mut control, _) = control.accept().await?;
    let mut buffer = [0; 1024];
    let mut n = 0;
    loop {
        let read = control.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        for _ in 0..read {
            n += 1;
            // Without a viewer there is nobody to send to.
            messages.send(message(n, bytes).into()).ok();
        }
    }
}

async fn upgrade(State(messages): State<Messages>, upgrade: WebSocketUpgrade) -> Response {
    let messages = messages.subscribe();
    // The write buffer keeps its default, so that a flush alone writes: all that waits goes out at once.
    upgrade.read_buffer_size(READ_BYTES).on_upgrade(move |socket| follow(socket, messages))
}

async fn follow(mut socket: WebSocket, mut messages: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            // What is to be sent first: the other side is looked at only when nothing waits.
            biased;
            message = messages.recv() => {
                let Ok(text) = message else { return };
                if socket.feed(Message::Text(text)).await.is_err() {
                    return;
                }
                while let Ok(text) = messages.try_recv() {
                    if socket.feed(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                if socket.flush().await.is_err() {
                    return;
                }
            }
            heard = socket.recv() => {
                if !matches!(heard, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}
