//! Frames as they lie in a stream of bytes; a part of one is never seen.

use std::collections::VecDeque;

const CLOSE: u8 = 8;

/// What a server's frame carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ServerFrame {
    /// A text message.
    Text(String),
    /// The end, with its code.
    Close(Option<u16>),
}

/// The next whole frame of the server, as RFC 6455 bytes.
pub(crate) fn take_server(stream: &mut VecDeque<u8>) -> Option<ServerFrame> {
    let head = |at: usize| stream.get(at).map(|&byte| usize::from(byte));
    let opcode = stream.front()? & 0x0f;
    let (start, length) = match head(1)? {
        126 => (4, head(2)? << 8 | head(3)?),
        127 => {
            let digits: Option<Vec<_>> = (2..10).map(head).collect();
            (10, digits?.into_iter().fold(0, |sum, byte| sum << 8 | byte))
        }
        short => (2, short),
    };
    let payload = take(stream, start, length)?;
    if opcode == CLOSE {
        let code = payload.first().zip(payload.get(1)).map(|(&high, &low)| u16::from_be_bytes([high, low]));
        return Some(ServerFrame::Close(code));
    }
    String::from_utf8(payload).ok().map(ServerFrame::Text)
}

/// A close frame of the server.
pub(crate) fn close(code: u16) -> Vec<u8> {
    let [high, low] = code.to_be_bytes();
    vec![0x80 | CLOSE, 2, high, low]
}

/// A text of the client, behind its length of four bytes.
pub(crate) fn client_text(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// The next whole text of the client.
pub(crate) fn take_client(stream: &mut VecDeque<u8>) -> Option<String> {
    let head: Option<Vec<_>> = (0..4).map(|at| stream.get(at).map(|&byte| usize::from(byte))).collect();
    let length = head?.into_iter().fold(0, |sum, byte| sum << 8 | byte);
    String::from_utf8(take(stream, 4, length)?).ok()
}

fn take(stream: &mut VecDeque<u8>, start: usize, length: usize) -> Option<Vec<u8>> {
    if stream.len() < start + length {
        return None;
    }
    stream.drain(..start);
    Some(stream.drain(..length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_told_from_a_text_and_half_a_frame_from_a_whole_one() {
        let mut stream: VecDeque<u8> = [0x81, 2, b'h', b'i'].into();
        stream.extend(close(1012));
        let last = stream.pop_back();
        assert_eq!(take_server(&mut stream), Some(ServerFrame::Text("hi".to_owned())));
        assert_eq!(take_server(&mut stream), None);
        stream.extend(last);
        assert_eq!(take_server(&mut stream), Some(ServerFrame::Close(Some(1012))));
    }
}
