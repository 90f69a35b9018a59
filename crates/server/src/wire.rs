//! Server frames of RFC 6455 as ready-made bytes.
//!
//! Server frames are not masked, so one frame's bytes are the same for every viewer.

use bytes::{BufMut, Bytes, BytesMut};
use realtime_protocol::close::CloseCode;

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PONG: u8 = 10;

/// A text message.
pub(crate) fn text(payload: &str) -> Bytes {
    frame(TEXT, payload.as_bytes())
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, &payload[..payload.len().min(125)])
}

/// A close with its code and reason.
pub(crate) fn close(code: CloseCode, reason: &str) -> Bytes {
    let mut payload = code.0.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..reason.len().min(123)]);
    frame(CLOSE, &payload)
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(payload.len() + 10);
    out.put_u8(FIN | opcode);
    match payload.len() {
        short @ 0..=125 => out.put_u8(u8::try_from(short).unwrap_or(125)),
        medium @ 126..=0xffff => {
            out.put_u8(126);
            out.put_u16(u16::try_from(medium).unwrap_or(u16::MAX));
        }
        long => {
            out.put_u8(127);
            out.put_u64(long as u64);
        }
    }
    out.put_slice(payload);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_form_that_the_rfc_demands() {
        assert_eq!(&text("hi")[..], [0x81, 2, b'h', b'i']);
        assert_eq!(&text(&"x".repeat(126))[..4], [0x81, 126, 0, 126]);
        assert_eq!(&text(&"x".repeat(65_536))[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(&close(CloseCode::DRAIN, "bye")[..], [0x88, 5, 0x03, 0xf4, b'b', b'y', b'e']);
        assert_eq!(&pong(b"p")[..], [0x8a, 1, b'p']);
    }
}
