//! Percent-encoding of the parameters of topics, in one form for each text.

/// What `text` says; none when a `%` is not followed by two hexadecimal digits, or the bytes are no UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { digit(bytes.next()?)? * 16 + digit(bytes.next()?)? } else { byte });
    }
    String::from_utf8(decoded).ok()
}

/// Appends `text` to `out`; only what stands in a query as it is stays so, and `also`.
pub(crate) fn encode(text: &str, also: &[u8], out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'()*,/:;?@".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_says_the_same(text in "\\PC{0,12}|[&=%+# \"]{0,6}") {
            let mut encoded = String::new();
            encode(&text, b"", &mut encoded);
            prop_assert_eq!(decode(&encoded), Some(text));
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && !b"&=+#\"".contains(&byte)));
        }
    }

    #[test]
    fn what_is_cut_short_or_no_text_is_not_decoded() {
        assert_eq!(decode("a%D0%a4+").as_deref(), Some("aФ+"));
        for text in ["%", "%4", "%4g", "%+4", "%D0", "%FF"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
