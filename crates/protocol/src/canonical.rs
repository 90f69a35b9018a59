//! Canonical JSON: the one text of a value that both sides hash.

use serde_json::Value;
use thiserror::Error;

use crate::order::sort_by;

/// A value that has no canonical text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotCanonical {
    /// States hold integers only; a fraction has no exact text in every language.
    #[error("number {0} is not an integer of 64 bits")]
    Fraction(String),
}

/// Appends the canonical JSON text of `value` to `out`.
///
/// Keys are sorted by code point at every depth, there are no spaces, text is UTF-8 and only
/// `"`, `\` and what lies below 0x20 is escaped, numbers are integers.
///
/// # Errors
/// [`NotCanonical::Fraction`] when a number is not an integer.
pub fn write_canonical(out: &mut Vec<u8>, value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            if !(number.is_i64() || number.is_u64()) {
                return Err(NotCanonical::Fraction(number.to_string()));
            }
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write_canonical(out, item)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            // A dependency may turn on serde_json's `preserve_order`: do not rely on the map.
            let mut sorted: Vec<_> = fields.iter().collect();
            sort_by(&mut sorted, |a, b| a.0.cmp(b.0));
            out.push(b'{');
            for (n, (key, field)) in sorted.into_iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write_string(out, key);
                out.push(b':');
                write_canonical(out, field)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x00..=0x1f => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn canonical(value: &Value) -> String {
        let mut out = Vec::new();
        write_canonical(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keys_are_sorted_by_code_point_at_every_depth_not_by_utf16() {
        // U+FF5E sorts before U+1F600 by code point and after it by UTF-16 code unit.
        let value = json!({"\u{1F600}": 1, "\u{FF5E}": {"b": 1, "a": 2}, "a": null});
        assert_eq!(canonical(&value), "{\"a\":null,\"\u{FF5E}\":{\"a\":2,\"b\":1},\"\u{1F600}\":1}");
    }

    #[test]
    fn only_quotes_backslashes_and_controls_are_escaped() {
        let value = json!("\"\\\u{8}\u{c}\n\r\t\u{1}\u{1f}/\u{7f}Ж");
        assert_eq!(canonical(&value), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\u{7f}Ж\"");
    }

    #[test]
    fn integers_keep_all_their_digits_and_fractions_are_refused() {
        assert_eq!(
            canonical(&json!([u64::MAX, i64::MIN, 0])),
            "[18446744073709551615,-9223372036854775808,0]"
        );
        let refused = write_canonical(&mut Vec::new(), &json!({"a": 0.5}));
        assert_eq!(refused, Err(NotCanonical::Fraction("0.5".to_owned())));
    }
}
