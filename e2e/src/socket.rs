//! A WebSocket as raw as it comes, so that what a viewer is sent is seen as it stands.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use socket2::{Domain, SockAddr, Type};

/// Longest silence that a test waits through.
const SILENCE: Duration = Duration::from_secs(20);

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

/// What a slow link holds on its way: the least that the system allows.
const LINK_BYTES: usize = 1_024;

/// A stream that may be read at a rate only, as the end of a slow link.
#[derive(Debug)]
struct Link {
    stream: TcpStream,
    /// Bytes a second; none for as many as come.
    rate: Option<u32>,
    opened: Instant,
    read: u64,
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(rate) = self.rate else { return self.stream.read(buffer) };
        // Time is what a slow link is made of: whoever waited for bytes has not saved any up.
        let due = Duration::from_secs_f64(self.read as f64 / f64::from(rate));
        match due.checked_sub(self.opened.elapsed()) {
            Some(wait) => std::thread::sleep(wait),
            None => self.opened = Instant::now().checked_sub(due).unwrap_or(self.opened),
        }
        let most = buffer.len().min(64);
        let count = self.stream.read(&mut buffer[..most])?;
        self.read += count as u64;
        Ok(count)
    }
}

/// An open socket of a viewer.
#[derive(Debug)]
pub struct Socket {
    stream: BufReader<Link>,
    closed: Option<(u16, String)>,
}

impl Socket {
    /// Opens the socket of the server at `http://HOST:PORT`.
    ///
    /// # Errors
    /// When the server does not switch to the protocol.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_at(url, None)
    }

    /// The same over a link that takes `rate` bytes a second and holds next to nothing.
    ///
    /// # Errors
    /// When the server does not switch to the protocol.
    pub fn open_slow(url: &str, rate: u32) -> Result<Self> {
        Self::open_at(url, Some(rate))
    }

    fn open_at(url: &str, rate: Option<u32>) -> Result<Self> {
        let address = url.strip_prefix("http://").context("not an address over http")?;
        let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if rate.is_some() {
            socket.set_recv_buffer_size(LINK_BYTES)?;
        }
        let target: std::net::SocketAddr = address.parse()?;
        // A server that accepts nobody would be waited for by the system, and for minutes.
        socket.connect_timeout(&SockAddr::from(target), SILENCE)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(SILENCE))?;
        let link = Link { stream, rate, opened: Instant::now(), read: 0 };
        let mut stream = BufReader::with_capacity(if rate.is_some() { 64 } else { 8 * 1024 }, link);
        let stream_out = &mut stream.get_mut().stream;
        write!(
            stream_out,
            "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        let mut status = String::new();
        stream.read_line(&mut status)?;
        if !status.starts_with("HTTP/1.1 101") {
            bail!("no socket: {status}");
        }
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                bail!("the socket ended within its handshake");
            }
        }
        Ok(Self { stream, closed: None })
    }

    /// Sends one message.
    ///
    /// # Errors
    /// When the socket is gone.
    pub fn send(&mut self, message: &Value) -> Result<()> {
        let text = message.to_string();
        // A mask of zeros leaves the text as it is.
        let length = u16::try_from(text.len())?;
        let mut frame = vec![TEXT, 0x80 | 126];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.send_bytes(&frame)
    }

    /// Sends bytes that need not be frames.
    ///
    /// # Errors
    /// When the socket is gone.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.get_mut().stream.write_all(bytes)?;
        Ok(())
    }

    /// The code and the reason of the server's close frame; reads until it comes.
    ///
    /// # Errors
    /// When it does not come in time, or the socket ended without one.
    pub fn closed(&mut self) -> Result<(u16, String)> {
        let start = Instant::now();
        while self.receive()?.is_some() {
            // A server that goes on says something every two seconds.
            if start.elapsed() > SILENCE {
                bail!("the server goes on");
            }
        }
        self.closed.clone().context("the socket ended without a close frame")
    }

    /// The next message; none when the socket has ended.
    ///
    /// # Errors
    /// When nothing comes, or no message.
    pub fn receive(&mut self) -> Result<Option<Value>> {
        let mut head = [0; 2];
        match self.stream.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => bail!("nothing came"),
            Err(_) => return Ok(None),
        }
        let mut wide = [0; 8];
        let length = match head[1] {
            126 => {
                self.stream.read_exact(&mut wide[6..])?;
                u64::from_be_bytes(wide)
            }
            127 => {
                self.stream.read_exact(&mut wide)?;
                u64::from_be_bytes(wide)
            }
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length)?];
        match self.stream.read_exact(&mut payload) {
            Ok(()) if head[0] == TEXT => Ok(Some(serde_json::from_slice(&payload)?)),
            Ok(()) if head[0] == CLOSE => {
                let (code, reason) = payload.split_at(payload.len().min(2));
                let code = code.iter().fold(0, |code, &byte| code << 8 | u16::from(byte));
                self.closed = Some((code, String::from_utf8_lossy(reason).into_owned()));
                Ok(None)
            }
            Ok(()) => bail!("a frame of another kind: {head:?}"),
            Err(_) => Ok(None),
        }
    }
}
