//! Reads a client's messages out of the bytes of its socket; no IO, and no memory while nothing is under way.
//!
//! Headers are parsed by a kept crate; here are masks, fragments and the size limit.

use std::io::Cursor;

use realtime_protocol::close::CloseCode;
use realtime_protocol::limits::CLIENT_FRAME_BYTES_MAX;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// A whole text message.
    Text(String),
    /// Wants these bytes back.
    Ping(Vec<u8>),
    /// Says goodbye.
    Close,
    /// A frame that means nothing here, or not yet: a pong, a binary message, a part of one.
    Other,
}

/// Why nothing more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A message is larger than the limit.
    TooLarge,
    /// The bytes are no frames of a client.
    Protocol,
}

impl Broken {
    /// What the client is told.
    pub(crate) fn code(self) -> CloseCode {
        match self {
            Self::TooLarge => CloseCode::TOO_LARGE,
            Self::Protocol => CloseCode::PROTOCOL,
        }
    }

    /// The limit that counts it.
    pub(crate) fn limit(self) -> &'static str {
        match self {
            Self::TooLarge => "frame_bytes",
            Self::Protocol => "frame_garbage",
        }
    }
}

/// A message that comes in fragments.
#[derive(Debug)]
struct Partial {
    is_text: bool,
    payload: Vec<u8>,
}

/// The reader of one socket.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8>,
    /// Where the next frame begins.
    start: usize,
    partial: Option<Partial>,
}

/// A frame, its mask taken off.
struct Frame {
    opcode: OpCode,
    is_final: bool,
    payload: Vec<u8>,
}

impl Decoder {
    /// Takes what was read; then drain [`Decoder::next`].
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..std::mem::take(&mut self.start));
        self.bytes.extend_from_slice(bytes);
    }

    /// What the next frame means; `None` when more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Inbound>, Broken> {
        self.frame()?.map(|frame| self.message(frame)).transpose()
    }

    fn frame(&mut self) -> Result<Option<Frame>, Broken> {
        let mut cursor = Cursor::new(&self.bytes[self.start..]);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| Broken::Protocol)? else {
            return Ok(None);
        };
        // A client masks every frame, and no extension was agreed on.
        let Some(mask) = header.mask.filter(|_| !header.rsv1 && !header.rsv2 && !header.rsv3) else {
            return Err(Broken::Protocol);
        };
        if matches!(header.opcode, OpCode::Control(_)) && (length > 125 || !header.is_final) {
            return Err(Broken::Protocol);
        }
        let held = self.partial.as_ref().map_or(0, |partial| partial.payload.len());
        let length = usize::try_from(length).map_err(|_| Broken::TooLarge)?;
        if length.saturating_add(held) > CLIENT_FRAME_BYTES_MAX {
            return Err(Broken::TooLarge);
        }
        let start = self.start + usize::try_from(cursor.position()).map_err(|_| Broken::Protocol)?;
        let Some(payload) = self.bytes.get(start..start + length) else { return Ok(None) };
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        self.start = start + length;
        if self.bytes.len() == self.start {
            // An idle connection holds no buffer.
            self.bytes = Vec::new();
            self.start = 0;
        }
        Ok(Some(Frame { opcode: header.opcode, is_final: header.is_final, payload }))
    }

    /// The message that a frame ends, if it ends one.
    fn message(&mut self, frame: Frame) -> Result<Inbound, Broken> {
        let Frame { opcode, is_final, payload } = frame;
        let whole = match (opcode, self.partial.take()) {
            (OpCode::Control(control), partial) => {
                // Control frames may come between the fragments of a message.
                self.partial = partial;
                return match control {
                    Control::Ping => Ok(Inbound::Ping(payload)),
                    Control::Close => Ok(Inbound::Close),
                    Control::Pong => Ok(Inbound::Other),
                    Control::Reserved(_) => Err(Broken::Protocol),
                };
            }
            (OpCode::Data(Data::Continue), Some(mut partial)) => {
                partial.payload.extend_from_slice(&payload);
                partial
            }
            (OpCode::Data(Data::Text), None) => Partial { is_text: true, payload },
            (OpCode::Data(Data::Binary), None) => Partial { is_text: false, payload },
            (OpCode::Data(_), _) => return Err(Broken::Protocol),
        };
        if !is_final {
            self.partial = Some(whole);
            return Ok(Inbound::Other);
        }
        if !whole.is_text {
            // Nothing here is said in binary.
            return Ok(Inbound::Other);
        }
        String::from_utf8(whole.payload).map(Inbound::Text).map_err(|_| Broken::Protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    /// A masked frame as a client sends it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).unwrap()),
            medium => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(medium).unwrap().to_be_bytes());
            }
        }
        bytes.extend(MASK);
        bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    fn all(decoder: &mut Decoder, bytes: &[u8]) -> Result<Vec<Inbound>, Broken> {
        decoder.feed(bytes);
        let mut found = Vec::new();
        while let Some(message) = decoder.next()? {
            if message != Inbound::Other {
                found.push(message);
            }
        }
        Ok(found)
    }

    fn text(text: &str) -> Inbound {
        Inbound::Text(text.to_owned())
    }

    #[test]
    fn messages_are_read_whole_wherever_the_bytes_are_cut() {
        let mut bytes = frame(0x81, "тест".as_bytes());
        bytes.extend(frame(0x01, b"in "));
        bytes.extend(frame(0x89, b"ping"));
        bytes.extend(frame(0x80, b"two"));
        bytes.extend(frame(0x82, b"binary"));
        bytes.extend(frame(0x8a, b"pong"));
        bytes.extend(frame(0x81, "x".repeat(300).as_bytes()));
        bytes.extend(frame(0x88, b""));
        let expected = [
            text("тест"),
            Inbound::Ping(b"ping".to_vec()),
            text("in two"),
            text(&"x".repeat(300)),
            Inbound::Close,
        ];
        for step in 1..bytes.len() {
            let mut decoder = Decoder::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(step) {
                found.extend(all(&mut decoder, piece).unwrap());
            }
            assert_eq!(found, expected, "in pieces of {step}");
            assert_eq!(decoder.bytes.capacity(), 0);
        }
    }

    #[test]
    fn what_no_client_may_send_breaks_the_connection() {
        let cases: [(&str, Vec<u8>); 8] = [
            ("not masked", vec![0x81, 1, b'x']),
            ("an extension's bit", frame(0xc1, b"x")),
            ("a long ping", frame(0x89, &[0; 126])),
            ("a ping in pieces", frame(0x09, b"x")),
            ("an unknown kind", frame(0x83, b"x")),
            ("a piece of nothing", frame(0x80, b"x")),
            ("a message within another", [frame(0x01, b"x"), frame(0x81, b"y")].concat()),
            ("no UTF-8", frame(0x81, &[0xff])),
        ];
        for (name, bytes) in cases {
            assert_eq!(all(&mut Decoder::default(), &bytes), Err(Broken::Protocol), "{name}");
        }
    }

    #[test]
    fn a_message_above_the_limit_is_refused_by_its_header_and_in_pieces_too() {
        let length = u64::try_from(CLIENT_FRAME_BYTES_MAX + 1).unwrap();
        let mut header = vec![0x81, 0x80 | 127];
        header.extend(length.to_be_bytes());
        header.extend(MASK);
        assert_eq!(all(&mut Decoder::default(), &header), Err(Broken::TooLarge));
        let mut decoder = Decoder::default();
        let piece = vec![b'x'; 60_000];
        let mut result = all(&mut decoder, &frame(0x01, &piece));
        for _ in 0..=CLIENT_FRAME_BYTES_MAX / piece.len() {
            if result.is_ok() {
                result = all(&mut decoder, &frame(0x00, &piece));
            }
        }
        assert_eq!(result, Err(Broken::TooLarge));
    }
}
