//! Reading the fields of a JSON object into types, with a reason for each refusal.

use serde_json::{Map, Value};

use super::SEAT_MAX;
use super::json::canonical_text;

/// The longest text in a field, in characters.
pub const TEXT_CHARS_MAX: usize = 1000;

const ID_BYTES_MAX: usize = 64;
const POINTS_MAX: f64 = 1e9;

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The text is no JSON.
    NotJson,
    /// The JSON is no object.
    NotAnObject,
    /// No list of players, or an empty one.
    NoSeats,
    /// A role that is none.
    UnknownRole,
    /// A winner that is none.
    UnknownWinner,
    /// A status that is none.
    UnknownStatus,
    /// Two players on one seat.
    SeatTwice,
    /// A seat below 1 or above 30, or none.
    SeatOutOfRange,
    /// Something else where a number is meant, or a fraction where an integer is.
    NotANumber,
    /// A value of another type.
    WrongType,
    /// An id with other characters than `A-Z a-z 0-9 . _ ~ -`, empty or longer than 64.
    BadId,
    /// A text of more than 1000 characters.
    TooLong,
    /// The bytes are no UTF-8.
    NotText,
    /// A line with more or fewer fields than there are names of columns, or names without one
    /// that is needed.
    Columns,
    /// A number that cannot be one of its kind, such as a rate above 100 %.
    OutOfRange,
    /// Games by role that do not add up to the games in all.
    RoleSum,
    /// An answer without what was asked for.
    NoData,
    /// A file of no known format.
    UnknownFormat,
    /// A document longer than what is read at once.
    TooLarge,
    /// A file that ends or breaks before its end, such as a damaged archive.
    Unreadable,
    /// What the source says twice and differently; nothing is refused for it.
    Disagreement,
}

impl Reason {
    /// The word as it is reported.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::NoSeats => "no_seats",
            Self::UnknownRole => "unknown_role",
            Self::UnknownWinner => "unknown_winner",
            Self::UnknownStatus => "unknown_status",
            Self::SeatTwice => "seat_twice",
            Self::SeatOutOfRange => "seat_out_of_range",
            Self::NotANumber => "not_a_number",
            Self::WrongType => "wrong_type",
            Self::BadId => "bad_id",
            Self::TooLong => "too_long",
            Self::NotText => "not_text",
            Self::Columns => "columns",
            Self::OutOfRange => "out_of_range",
            Self::RoleSum => "role_sum",
            Self::NoData => "no_data",
            Self::UnknownFormat => "unknown_format",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Disagreement => "disagreement",
        }
    }
}

/// One thing that refuses a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// Where, as a JSON pointer; empty for the whole line.
    pub pointer: String,
    /// The same for a reader.
    pub message: String,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason, pointer: pointer.into(), message: message.into() }
    }
}

/// Reads `json` as an object.
pub(crate) fn object(json: &str) -> Result<Map<String, Value>, Rejection> {
    match serde_json::from_str(json) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Rejection::new(Reason::NotAnObject, "", "a JSON object is expected"))
        }
        Err(error) => Err(Rejection::new(Reason::NotJson, "", error.to_string())),
    }
}

/// Whether `text` may be an id: 1 to 64 of `A-Z a-z 0-9 . _ ~ -`.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-');
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// The fields of one object while they are read; what is left over at the end is kept.
pub(crate) struct Fields {
    left: Map<String, Value>,
    kept: Map<String, Value>,
    pointer: String,
    /// What was refused so far.
    pub(crate) rejections: Vec<Rejection>,
}

impl Fields {
    pub(crate) fn new(fields: Map<String, Value>, pointer: impl Into<String>) -> Self {
        Self { left: fields, kept: Map::new(), pointer: pointer.into(), rejections: Vec::new() }
    }

    /// Takes a field out; a null is kept as a null.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        let value = self.left.remove(key)?;
        if value.is_null() {
            self.keep(key, value);
            return None;
        }
        Some(value)
    }

    /// Keeps the posted form of a field.
    pub(crate) fn keep(&mut self, key: &str, raw: Value) {
        self.kept.insert(key.to_owned(), raw);
    }

    /// Keeps nothing of a field.
    pub(crate) fn forget(&mut self, key: &str) {
        self.kept.remove(key);
    }

    /// Makes a field unread again.
    pub(crate) fn put_back(&mut self, key: &str, raw: Value) {
        self.left.insert(key.to_owned(), raw);
    }

    pub(crate) fn refuse(&mut self, reason: Reason, key: &str, message: impl Into<String>) {
        self.rejections.push(Rejection::new(reason, self.pointer_to(key), message));
    }

    pub(crate) fn pointer_to(&self, key: &str) -> String {
        format!("{}/{key}", self.pointer)
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        let value = self.take(key)?;
        let Value::String(text) = value else {
            self.refuse(Reason::WrongType, key, format!("a text is expected, not {}", kind(&value)));
            return None;
        };
        if text.chars().count() > TEXT_CHARS_MAX {
            self.refuse(Reason::TooLong, key, format!("longer than {TEXT_CHARS_MAX} characters"));
            return None;
        }
        Some(text)
    }

    pub(crate) fn id(&mut self, key: &str) -> Option<String> {
        let value = self.take(key)?;
        let id = value.as_str().filter(|text| is_id(text)).map(str::to_owned);
        if id.is_none() {
            let message =
                format!("1 to {ID_BYTES_MAX} of A-Z a-z 0-9 . _ ~ - are expected, not {}", shown(&value));
            self.refuse(Reason::BadId, key, message);
        }
        id
    }

    pub(crate) fn truth(&mut self, key: &str) -> Option<bool> {
        let value = self.take(key)?;
        let truth = value.as_bool();
        if truth.is_none() {
            self.refuse(Reason::WrongType, key, format!("true or false is expected, not {}", kind(&value)));
        }
        truth
    }

    pub(crate) fn word<T>(&mut self, key: &str, read: fn(&str) -> Option<T>, reason: Reason) -> Option<T> {
        let value = self.take(key)?;
        let word = value.as_str().and_then(read);
        if word.is_none() {
            self.refuse(reason, key, format!("{} is not known", shown(&value)));
        }
        word
    }

    pub(crate) fn integer(&mut self, key: &str) -> Option<i64> {
        let value = self.take(key)?;
        let number = integer_of(&value);
        if number.is_none() {
            self.refuse(Reason::NotANumber, key, format!("an integer is expected, not {}", shown(&value)));
        }
        number
    }

    /// A number of points in thousandths; one that is finer is rounded and its form kept.
    pub(crate) fn points(&mut self, key: &str) -> Option<i64> {
        let value = self.take(key)?;
        let Some(points) = value.as_f64().filter(|points| points.abs() <= POINTS_MAX) else {
            self.refuse(Reason::NotANumber, key, format!("a number is expected, not {}", shown(&value)));
            return None;
        };
        let amount = (points * 1000.0).round();
        if (points * 1000.0 - amount).abs() > 1e-6 {
            self.keep(key, value);
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and bounded just above")]
        Some(amount as i64)
    }

    /// The number of a seat somewhere outside the list of players; one that no seat can have
    /// says nothing and is only kept.
    pub(crate) fn seat_number(&mut self, key: &str) -> Option<u8> {
        let number = self.integer(key)?;
        let seat = seat_of(number);
        if seat.is_none() {
            self.keep(key, Value::from(number));
        }
        seat
    }

    /// What was not read, and what was kept, as JSON object text; all refusals.
    pub(crate) fn finish(mut self) -> (Option<String>, Vec<Rejection>) {
        self.left.append(&mut self.kept);
        let extra = (!self.left.is_empty()).then(|| canonical_text(&Value::Object(self.left)));
        (extra, self.rejections)
    }
}

/// The integer that a JSON number is; `1.0` is one, `1.5` and `"1"` are none.
pub(crate) fn integer_of(value: &Value) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let number = value.as_f64().filter(|_| value.is_f64())?;
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    exact.then_some(number as i64)
}

/// The seat of this number, when there can be one.
pub(crate) fn seat_of(number: i64) -> Option<u8> {
    u8::try_from(number).ok().filter(|seat| (1..=SEAT_MAX).contains(seat))
}

/// What a value is, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A short form of the value, for messages.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => kind(value).to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            value.to_string().chars().take(60).collect()
        }
    }
}
