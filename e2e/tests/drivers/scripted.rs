//! A server whose every answer is written down in the test; what is no socket goes to a server of pages.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::within;

const SOCKET_REQUEST: &[u8] = b"GET /socket/websocket";
/// Sockets that wait to be taken.
const WAITING_MAX: usize = 16;

/// The server; with it all its connections end.
pub(crate) struct Scripted {
    address: SocketAddr,
    sockets: mpsc::Receiver<TcpStream>,
    taken: usize,
    _tasks: JoinSet<Result<()>>,
}

impl Scripted {
    /// Listens on a free port; pages come from `pages`, if anybody asks for one.
    pub(crate) async fn start(pages: Option<SocketAddr>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (found, sockets) = mpsc::channel(WAITING_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await?;
                connections.spawn(sort(stream, pages, found.clone()));
            }
        });
        Ok(Self { address, sockets, taken: 0, _tasks: tasks })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next socket that a client opens.
    pub(crate) async fn accept(&mut self) -> Result<Peer> {
        let stream = within(self.sockets.recv()).await?.context("server has ended")?;
        self.taken += 1;
        Ok(Peer { socket: within(accept_async(stream)).await?? })
    }

    /// Drops the next socket that a client opens, whenever that is.
    pub(crate) async fn refuse(&mut self) -> Result<()> {
        drop(self.sockets.recv().await.context("server has ended")?);
        self.taken += 1;
        Ok(())
    }

    /// How many sockets there were, those that nobody took included.
    pub(crate) fn opened(&self) -> usize {
        self.taken + self.sockets.len()
    }
}

async fn sort(
    mut stream: TcpStream,
    pages: Option<SocketAddr>,
    found: mpsc::Sender<TcpStream>,
) -> Result<()> {
    let mut head = [0; SOCKET_REQUEST.len()];
    // The first line of a request comes in one piece; a browser may also connect and ask for nothing.
    stream.peek(&mut head).await?;
    if head == SOCKET_REQUEST {
        found.send(stream).await?;
    } else if let Some(pages) = pages {
        let mut server = TcpStream::connect(pages).await?;
        tokio::io::copy_bidirectional(&mut stream, &mut server).await?;
    }
    Ok(())
}

/// The server's end of one socket.
pub(crate) struct Peer {
    socket: WebSocketStream<TcpStream>,
}

impl Peer {
    /// The next frame, not answered.
    pub(crate) async fn frame(&mut self) -> Result<Value> {
        loop {
            match within(self.socket.next()).await?.context("socket has ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(frame) => bail!("socket was closed: {frame:?}"),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// The next frame with this event; heartbeats on the way to it are answered, and it too when it is one.
    pub(crate) async fn until(&mut self, event: &str) -> Result<Value> {
        loop {
            let frame = self.frame().await?;
            if frame[3] == "heartbeat" {
                self.answer(&frame).await?;
            }
            if frame[3] == event {
                return Ok(frame);
            }
        }
    }

    pub(crate) async fn answer(&mut self, heartbeat: &Value) -> Result<()> {
        let reply = json!({"status": "ok", "response": {"time_ms": 1, "version": "1"}});
        self.push(&json!([null, heartbeat[1], "phoenix", "phx_reply", reply])).await
    }

    pub(crate) async fn push(&mut self, frame: &Value) -> Result<()> {
        Ok(within(self.socket.send(Message::text(frame.to_string()))).await??)
    }

    pub(crate) async fn close(&mut self, code: u16) -> Result<()> {
        Ok(within(self.socket.close(Some(CloseFrame { code: code.into(), reason: "".into() }))).await??)
    }

    /// Reads to the end; the code with which the client closed, if it said one.
    pub(crate) async fn closed(&mut self) -> Result<Option<u16>> {
        let mut code = None;
        while let Some(Ok(message)) = within(self.socket.next()).await? {
            if let Message::Close(Some(frame)) = message {
                code = Some(frame.code.into());
            }
        }
        Ok(code)
    }
}
