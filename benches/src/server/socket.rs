//! One viewer's WebSocket, without blocking and without a copy of what is read whole.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use anyhow::{Result, bail, ensure};
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

/// Room for one read: larger than any frame that is measured here.
pub(crate) const BUFFER_BYTES: usize = 1024 * 1024;

/// How far a socket has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not connected yet.
    Connecting,
    /// The answer to the handshake is due.
    Asked,
    /// Frames come.
    Open,
}

/// What a read told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Frames, or a part of one.
    Going,
    /// The socket has opened.
    Opened,
    /// It has ended.
    Ended,
}

/// A socket of a viewer.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    stage: Stage,
    /// The beginning of a frame whose end has not come.
    rest: Vec<u8>,
}

impl Link {
    /// Begins to connect; the socket is writable when that has ended, well or badly.
    pub(crate) fn open(server: SocketAddrV4) -> io::Result<Self> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        match connect(&socket, &server) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Self { stream: TcpStream::from(socket), stage: Stage::Connecting, rest: Vec::new() })
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.stage == Stage::Connecting
    }

    /// Asks for the WebSocket, once connected.
    pub(crate) fn ask(&mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        self.stage = Stage::Asked;
        // The key of the RFC's own example: who answers it need not compute anything.
        let request = "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
                       Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        self.write(request.as_bytes())
    }

    /// Sends one text message, masked with zeros, which leave it as it is.
    pub(crate) fn send(&mut self, text: &str) -> io::Result<()> {
        let length = u16::try_from(text.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.write(&frame)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A viewer says little, and the kernel's buffer takes it whole.
        let written = self.stream.write(bytes)?;
        if written < bytes.len() { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) }
    }

    /// Reads once and hands over the texts that are whole.
    pub(crate) fn read(
        &mut self,
        buffer: &mut [u8],
        mut text: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Heard> {
        let kept = self.rest.len();
        ensure!(kept < buffer.len(), "a frame is larger than {} bytes", buffer.len());
        buffer[..kept].copy_from_slice(&self.rest);
        let read = match self.stream.read(&mut buffer[kept..]) {
            Ok(0) => return Ok(Heard::Ended),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Heard::Going),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(Heard::Ended),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = &buffer[..kept + read];
        let mut heard = Heard::Going;
        if self.stage == Stage::Asked
            && let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n")
        {
            ensure!(bytes.starts_with(b"HTTP/1.1 101"), "no socket: {}", String::from_utf8_lossy(bytes));
            self.stage = Stage::Open;
            heard = Heard::Opened;
            bytes = &bytes[end + 4..];
        }
        while self.stage == Stage::Open
            && let Some((frame, length)) = frame(bytes)?
        {
            match frame {
                Frame::Text(payload) => text(payload)?,
                Frame::Other => {}
                Frame::Close => return Ok(Heard::Ended),
            }
            bytes = &bytes[length..];
        }
        self.rest.clear();
        self.rest.extend_from_slice(bytes);
        Ok(heard)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

enum Frame<'a> {
    Text(&'a [u8]),
    Close,
    /// Pings and pongs.
    Other,
}

/// The first frame with its length, once it is there whole.
fn frame(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>> {
    let [kind, short, rest @ ..] = bytes else { return Ok(None) };
    let (header, length) = match (short, rest) {
        (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => {
            (10, usize::try_from(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))?)
        }
        (126 | 127, _) => return Ok(None),
        (short, _) => (2, usize::from(*short)),
    };
    let Some(payload) = bytes.get(header..header + length) else { return Ok(None) };
    let frame = match kind {
        0x81 => Frame::Text(payload),
        0x88 => Frame::Close,
        0x89 | 0x8a => Frame::Other,
        kind => bail!("a frame that begins with {kind:#04x}"),
    };
    Ok(Some((frame, header + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_only_when_it_is_there_whole() {
        for length in [0_usize, 1, 125, 126, 65_535, 65_536] {
            let mut whole = match length {
                0..126 => vec![0x81, u8::try_from(length).unwrap()],
                126..65_536 => {
                    [vec![0x81, 126], u16::try_from(length).unwrap().to_be_bytes().into()].concat()
                }
                _ => [vec![0x81, 127], (length as u64).to_be_bytes().into()].concat(),
            };
            whole.resize(whole.len() + length, b'x');
            for cut in [0, 1, 2, 3, 5, 9, whole.len() - 1].into_iter().filter(|&cut| cut < whole.len()) {
                assert!(frame(&whole[..cut]).unwrap().is_none(), "{cut} bytes of {length}");
            }
            let total = whole.len();
            whole.extend([0x81, 0]);
            let (found, end) = frame(&whole).unwrap().unwrap();
            assert!(matches!(found, Frame::Text(text) if text.len() == length));
            assert_eq!(end, total);
        }
    }

    #[test]
    fn a_binary_or_a_divided_frame_is_an_error() {
        assert!(frame(&[0x82, 0]).is_err() && frame(&[0x01, 0]).is_err());
    }
}
