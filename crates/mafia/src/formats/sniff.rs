//! Telling formats apart by the beginning of a file.

use super::{Format, player_years};

/// How much of a file [`sniff`] needs: the shortest files are seen whole, of the others enough
/// lines that a few damaged ones do not hide the format.
pub const HEAD_BYTES: usize = 64 * 1024;

const GAME_KEYS: [&str; 6] = ["players", "source", "winner", "game_no", "season", "game_id"];
const DOCUMENT_KEYS: [&str; 12] = [
    "result",
    "data",
    "user",
    "stats",
    "history",
    "games",
    "tournament_result",
    "tournamentResult",
    "props",
    "pageProps",
    "serverData",
    "__NEXT_DATA__",
];
const LIST_KEYS: [&str; 3] = ["id", "login", "title"];

/// The format of a file that begins with `head`; none when it is none of ours.
///
/// Damaged lines before the first whole one do not hide a file of games.
#[must_use]
pub fn sniff(head: &[u8]) -> Option<Format> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let first_line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if player_years::is_header(first_line) {
        return Some(Format::PlayerYears);
    }
    if let Some(format) = of_object(head) {
        return Some(format);
    }
    if let Some(list) = head.strip_prefix(b"[").map(<[u8]>::trim_ascii_start)
        && keys(list).iter().any(|key| LIST_KEYS.contains(&key.name.as_str()))
    {
        return Some(Format::GomafiaDocument);
    }
    // A line that is an object is meant as a game, whatever is wrong with it.
    let is_object = matches!(serde_json::from_slice(first_line), Ok(serde_json::Value::Object(_)));
    let is_game = |line: &[u8]| of_object(line.trim_ascii_start()) == Some(Format::GameLines);
    (is_object || head.split(|&byte| byte == b'\n').skip(1).any(is_game)).then_some(Format::GameLines)
}

fn of_object(text: &[u8]) -> Option<Format> {
    let keys = keys(text);
    if keys.iter().any(|key| GAME_KEYS.contains(&key.name.as_str())) {
        return Some(Format::GameLines);
    }
    let is_document = |key: &Key| {
        // In a game the tournament is a text.
        DOCUMENT_KEYS.contains(&key.name.as_str()) || (key.name == "tournament" && key.value == Some(b'{'))
    };
    keys.iter().any(is_document).then_some(Format::GomafiaDocument)
}

/// A key of an object with the first byte of its value.
struct Key {
    name: String,
    value: Option<u8>,
}

/// The keys of the object at the beginning of `text`, as far as the text goes.
fn keys(text: &[u8]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut depth = 0_usize;
    let mut bytes = text.iter().copied().enumerate();
    let mut is_value = false;
    while let Some((at, byte)) = bytes.next() {
        if depth == 0 && (byte != b'{' || at > 0) {
            break;
        }
        if is_value && !byte.is_ascii_whitespace() {
            is_value = false;
            if let Some(key) = keys.last_mut() {
                key.value = Some(byte);
            }
        }
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b':' if depth == 1 => is_value = true,
            b'"' => {
                let start = at + 1;
                let mut end = start;
                let mut is_escaped = false;
                for (at, byte) in bytes.by_ref() {
                    end = at;
                    if byte == b'"' && !is_escaped {
                        break;
                    }
                    is_escaped = byte == b'\\' && !is_escaped;
                }
                let is_key = text[end..].iter().skip(1).find(|byte| !byte.is_ascii_whitespace());
                if depth == 1 && is_key == Some(&b':') {
                    let name = String::from_utf8_lossy(&text[start..end]).into_owned();
                    keys.push(Key { name, value: None });
                }
            }
            _ => {}
        }
    }
    keys
}
