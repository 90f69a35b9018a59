//! `GET /api/v1/openapi.json`: the HTTP interface described for programs.
//!
//! The document is written by hand, in parts of one shape that are merged at the start. Bodies are read by
//! `mafia`'s own readers, which accept more than a Rust type could tell (`1.0` as an integer, a day that is
//! no day, fields nobody knows), so that a document derived from types would not be true. What keeps this
//! one true are the tests of the whole line: they send every example, compare the paths with the routes,
//! and hold every answer against its schema.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use serde_json::Value;

const PARTS: [&str; 6] = [
    include_str!("../openapi/document.json"),
    include_str!("../openapi/games.json"),
    include_str!("../openapi/schemas.json"),
    include_str!("../openapi/tournaments.json"),
    include_str!("../openapi/reading.json"),
    include_str!("../openapi/tables.json"),
];

/// The route of the document.
///
/// # Errors
/// When a part is no JSON: a bug that a test finds.
pub(crate) fn routes() -> Result<Router, serde_json::Error> {
    let text = Bytes::from(serde_json::to_vec(&document()?)?);
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], text) };
    Ok(Router::new().route("/api/v1/openapi.json", get(answer)))
}

fn document() -> Result<Value, serde_json::Error> {
    let mut whole = Value::Object(serde_json::Map::new());
    for part in PARTS {
        merge(&mut whole, serde_json::from_str(part)?);
    }
    whole["info"]["version"] = Value::from(env!("CARGO_PKG_VERSION"));
    Ok(whole)
}

/// Puts `part` into `whole`, object into object.
fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                match whole.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => drop(whole.insert(key, value)),
                }
            }
        }
        (whole, part) => *whole = part,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mafia::game::{SEAT_MAX, TEXT_CHARS_MAX};
    use serde_json::json;

    use super::*;
    use crate::limits::{
        BODY_BYTES_MAX, IDEMPOTENCY_KEY_BYTES_MAX, IDEMPOTENCY_KEYS_MAX, WRITES_BURST, WRITES_PER_SECOND,
    };

    /// Every place where one part has something.
    fn places(value: &Value, path: &str, found: &mut Vec<String>) {
        let Value::Object(fields) = value else {
            found.push(path.to_owned());
            return;
        };
        for (key, field) in fields {
            places(field, &format!("{path}/{key}"), found);
        }
    }

    #[test]
    fn no_part_overwrites_another() {
        let mut seen = BTreeSet::new();
        for part in PARTS {
            let mut found = Vec::new();
            places(&serde_json::from_str(part).unwrap(), "", &mut found);
            for place in found {
                assert!(seen.insert(place.clone()), "{place} stands twice");
            }
        }
        let whole = document().unwrap();
        assert!(seen.iter().all(|place| !place.contains('~') && !place.is_empty()));
        assert_eq!(whole["info"]["version"], json!(env!("CARGO_PKG_VERSION")));
    }

    /// `1048576` → `1,048,576`
    fn grouped(number: usize) -> String {
        let digits = number.to_string();
        let lead = digits.len() % 3;
        let mut groups: Vec<&str> = Vec::new();
        groups.extend((lead > 0).then(|| &digits[..lead]));
        groups.extend((lead..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
        groups.join(",")
    }

    #[test]
    fn the_limits_in_words_are_the_limits_in_force() {
        let whole = document().unwrap();
        let words = whole["info"]["description"].as_str().unwrap();
        let (rate, burst) = (usize::try_from(WRITES_PER_SECOND), usize::try_from(WRITES_BURST));
        let told = [
            format!("at most {} bytes (413)", grouped(BODY_BYTES_MAX)),
            format!("write {} times a second", grouped(rate.unwrap())),
            format!("and {} times at once (429", grouped(burst.unwrap())),
            format!("at most {} characters", grouped(TEXT_CHARS_MAX)),
            format!("at most {} bytes. Reading", grouped(realtime_protocol::limits::TOPIC_BYTES_MAX)),
        ];
        for sentence in told {
            assert!(words.contains(&sentence), "not told: {sentence}");
        }
        let key = &whole["components"]["parameters"]["IdempotencyKey"];
        assert_eq!(key["schema"]["maxLength"], json!(IDEMPOTENCY_KEY_BYTES_MAX));
        assert!(key["description"].as_str().unwrap().contains(&grouped(IDEMPOTENCY_KEYS_MAX)));
        let schemas = &whole["components"]["schemas"];
        assert_eq!(schemas["Text"]["maxLength"], json!(TEXT_CHARS_MAX));
        assert_eq!(schemas["Seat"]["properties"]["seat"]["maximum"], json!(SEAT_MAX));
        assert_eq!(schemas["NewGame"]["properties"]["players"]["maxItems"], json!(SEAT_MAX));
    }
}
