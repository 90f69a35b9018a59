//! A WebSocket as raw as it comes, so that what a viewer is sent is seen as it stands.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Longest silence that a test waits through.
const SILENCE: Duration = Duration::from_secs(20);

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

/// An open socket of a viewer.
#[derive(Debug)]
pub struct Socket {
    stream: BufReader<TcpStream>,
}

impl Socket {
    /// Opens the socket of the server at `http://HOST:PORT`.
    ///
    /// # Errors
    /// When the server does not switch to the protocol.
    pub fn open(url: &str) -> Result<Self> {
        let address = url.strip_prefix("http://").context("not an address over http")?;
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(SILENCE))?;
        let mut stream = BufReader::new(stream);
        write!(
            stream.get_mut(),
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
            stream.read_line(&mut line)?;
        }
        Ok(Self { stream })
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
        self.stream.get_mut().write_all(&frame)?;
        Ok(())
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
            Ok(()) if head[0] != CLOSE => bail!("a frame of another kind: {head:?}"),
            Ok(()) | Err(_) => Ok(None),
        }
    }
}
