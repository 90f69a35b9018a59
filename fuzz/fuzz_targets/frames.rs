//! What a server writes, as its client reads it.

/// The text of a whole frame of RFC 6455.
pub fn text(frame: &[u8]) -> &str {
    std::str::from_utf8(payload(0x81, frame)).expect("a text")
}

/// The payload of a whole frame that begins so.
pub fn payload(first: u8, frame: &[u8]) -> &[u8] {
    let (&[begins, length], rest) = frame.split_first_chunk::<2>().expect("a header");
    assert_eq!(begins, first, "of that kind, and whole");
    let bytes_of_length = match length {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let (long, payload) = rest.split_at(bytes_of_length);
    let long = long.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
    assert_eq!(payload.len(), if bytes_of_length == 0 { usize::from(length) } else { long });
    payload
}
