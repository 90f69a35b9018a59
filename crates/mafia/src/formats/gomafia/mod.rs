//! Documents of gomafia.pro: answers of its API and the data of a player's page.
//!
//! Read are tournaments with their games, lists of tournaments, players and clubs, and a player's
//! statistics. The envelope `{"result","data"}` and the page's wrapping may be there or not.
//! Numbers may be texts, empty objects may be lists, keys may be in either style, unknown keys
//! are passed over.

mod rankings;
mod results;
mod stats;
mod tables;
mod tournament;

use serde_json::Value;

use super::loose::Loose;
use super::raw::raw_of_value;
use super::{Refused, Told};
use crate::game::{Reason, Rejection, drop_personal};
use crate::record::Record;

/// The source of everything in these documents.
pub const SOURCE: &str = "gomafia.pro";

/// The deepest wrapping that is taken off: page, properties, data, envelope.
const WRAPPINGS_MAX: usize = 6;

/// Reads a document. What cannot be read is in [`Told::refused`], with JSON pointers into the
/// document.
#[must_use]
pub fn read(document: &[u8]) -> Told {
    let mut told = Told::default();
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    match serde_json::from_slice::<Value>(document) {
        Ok(mut value) => {
            drop_personal(&mut value);
            read_value(&value, &mut told);
        }
        // What is broken cannot be shown: personal fields cannot be told from the rest.
        Err(error) => {
            told.refuse(vec![Rejection::new(Reason::NotJson, "", error.to_string())], String::new())
        }
    }
    told
}

/// Whose id within this source is `id`, as ids are in all sources.
fn tournament_id(id: &str) -> String {
    format!("{SOURCE}-{id}")
}

fn read_value(document: &Value, told: &mut Told) {
    let (value, pointer, result) = unwrapped(document);
    match value {
        Value::Array(items) => rankings::read(items, &pointer, told),
        Value::Object(fields) if fields.contains_key("tournament") || fields.contains_key("games") => {
            tournament::read(&Loose::new(value, pointer), told);
        }
        Value::Object(fields) if fields.contains_key("user") || fields.contains_key("stats") => {
            stats::read(&Loose::new(value, pointer), told);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            let message = match result {
                Some(result) => format!("the answer's result is {result:?} and there is no data to read"),
                None => "there is no data to read".to_owned(),
            };
            let raw = raw_of_value(document.clone());
            told.refuse(vec![Rejection::new(Reason::NoData, pointer, message)], raw);
        }
    }
}

/// What is in the envelope or the page, where it stands, and the word of the envelope.
fn unwrapped(document: &Value) -> (&Value, String, Option<String>) {
    static NULL: Value = Value::Null;
    let mut value = document;
    let mut pointer = String::new();
    let mut result = None;
    for _ in 0..WRAPPINGS_MAX {
        let Value::Object(fields) = value else { break };
        if let Some(word) = fields.get("result").and_then(Value::as_str) {
            result = Some(word.chars().take(60).collect());
        }
        let wrapping = ["__NEXT_DATA__", "props", "pageProps", "serverData", "data"];
        let Some(key) = wrapping.into_iter().find(|&key| fields.contains_key(key)) else { break };
        value = fields.get(key).unwrap_or(&NULL);
        pointer = format!("{pointer}/{key}");
    }
    (value, pointer, result)
}

impl Told {
    fn refuse(&mut self, rejections: Vec<Rejection>, raw: String) {
        self.refused.push(Refused { rejections, raw });
    }

    /// Keeps a record when nothing refuses it, else sets `value` aside.
    fn keep(&mut self, record: Record, rejections: Vec<Rejection>, value: &Value) {
        if rejections.is_empty() {
            self.records.push(record);
        } else {
            self.refuse(rejections, raw_of_value(value.clone()));
        }
    }
}
