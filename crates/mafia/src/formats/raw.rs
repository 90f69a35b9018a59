//! Refused text as it may be shown.

use serde_json::Value;

use crate::game::{PERSONAL, drop_personal};

/// The longest raw text that is shown, in characters.
const RAW_CHARS_MAX: usize = 20_000;

/// A refused line as it may be shown.
///
/// A line that names a personal field is shown without it; when it is no JSON its value cannot be
/// told from the rest, and nothing is shown.
pub(super) fn raw_of_line(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let lower = text.to_lowercase();
    if !PERSONAL.iter().any(|key| lower.contains(&key.to_lowercase())) && !lower.contains("\\u") {
        return cut(text.into_owned());
    }
    serde_json::from_slice(line).map_or_else(|_| String::new(), raw_of_value)
}

/// A refused value as it may be shown.
pub(super) fn raw_of_value(mut value: Value) -> String {
    drop_personal(&mut value);
    cut(value.to_string())
}

fn cut(text: String) -> String {
    match text.char_indices().nth(RAW_CHARS_MAX) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
