//! A tolerant reader of objects in which numbers are texts, empty objects are empty lists and the
//! style of keys is mixed.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::game::{Reason, Rejection, TEXT_CHARS_MAX};

/// The fields of an object; what cannot be read is gathered in `rejections`.
#[derive(Debug)]
pub(super) struct Loose<'a> {
    fields: Option<&'a Map<String, Value>>,
    pointer: String,
    pub(super) rejections: Vec<Rejection>,
}

impl<'a> Loose<'a> {
    /// The object at `pointer`; anything else, such as the empty list that stands for an empty
    /// object, has no fields.
    pub(super) fn new(value: &'a Value, pointer: impl Into<String>) -> Self {
        Self { fields: value.as_object(), pointer: pointer.into(), rejections: Vec::new() }
    }

    /// The same object with nothing refused yet.
    pub(super) fn again(&self) -> Self {
        Self { fields: self.fields, pointer: self.pointer.clone(), rejections: Vec::new() }
    }

    /// The object in a field; without fields when there is none.
    pub(super) fn inner(&self, key: &str) -> Self {
        static NULL: Value = Value::Null;
        Self::new(self.value(key).unwrap_or(&NULL), self.pointer_to(key))
    }

    /// The value of `snake_case` or `camelCase`; none for null.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        let fields = self.fields?;
        fields.get(key).or_else(|| fields.get(&camel(key))).filter(|value| !value.is_null())
    }

    pub(super) fn pointer_to(&self, key: &str) -> String {
        let is_camel = self.fields.is_some_and(|fields| !fields.contains_key(key))
            && self.fields.is_some_and(|fields| fields.contains_key(&camel(key)));
        if is_camel { format!("{}/{}", self.pointer, camel(key)) } else { format!("{}/{key}", self.pointer) }
    }

    pub(super) fn refuse(&mut self, reason: Reason, key: &str, message: impl Into<String>) {
        self.rejections.push(Rejection::new(reason, self.pointer_to(key), message));
    }

    /// The values of a list with their pointers. A list with holes comes as an object whose keys
    /// are the places.
    pub(super) fn items(&self, key: &str) -> Vec<(String, &'a Value)> {
        let pointer = self.pointer_to(key);
        match self.value(key) {
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(n, item)| (format!("{pointer}/{n}"), item)).collect()
            }
            Some(Value::Object(items)) => {
                let at = |place: &str| place.replace('~', "~0").replace('/', "~1");
                items.iter().map(|(place, item)| (format!("{pointer}/{}", at(place)), item)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A text, not cut; none when it is blank.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let text = match self.value(key)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.refuse(Reason::WrongType, key, "a text is expected");
                return None;
            }
        };
        if text.chars().count() > TEXT_CHARS_MAX {
            self.refuse(Reason::TooLong, key, format!("longer than {TEXT_CHARS_MAX} characters"));
            return None;
        }
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// An id, told as a text or an integer; none for 0, which stands for nobody.
    pub(super) fn id(&mut self, key: &str) -> Option<String> {
        let id = self.text(key)?.trim().to_owned();
        (id != "0").then_some(id)
    }

    pub(super) fn integer(&mut self, key: &str) -> Option<i64> {
        let value = self.value(key)?;
        let number = match value {
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => whole(text),
            Value::Number(number) => whole(&number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if number.is_none() {
            self.refuse(Reason::NotANumber, key, "an integer is expected");
        }
        number
    }

    /// A decimal number in thousandths.
    pub(super) fn milli(&mut self, key: &str) -> Option<i64> {
        let number = match self.value(key)? {
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => decimal_milli(text),
            Value::Number(number) => decimal_milli(&number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        if number.is_none() {
            self.refuse(Reason::NotANumber, key, "a number is expected");
        }
        number
    }

    /// A day, `2025-08-10` or `10.08.2025`, perhaps followed by a time; none when it cannot be read.
    pub(super) fn date(&self, key: &str) -> Option<Date> {
        day(self.value(key)?.as_str()?)
    }
}

fn camel(key: &str) -> String {
    let mut parts = key.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let (day, rest) = text.split_at_checked(10)?;
    if !(rest.is_empty() || rest.starts_with([' ', 'T'])) {
        return None;
    }
    let parts: Vec<&str> = day.split(['-', '.']).collect();
    let [first, month, last] = parts[..] else { return None };
    let (year, day) = if day.contains('-') { (first, last) } else { (last, first) };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) || day.contains('+') || month.contains('+') {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The integer of a text; `2.0` is one.
pub(super) fn whole(text: &str) -> Option<i64> {
    let milli = decimal_milli(text)?;
    (milli % 1000 == 0).then_some(milli / 1000)
}

/// The thousandths of a decimal number; finer digits are rounded.
pub(super) fn decimal_milli(text: &str) -> Option<i64> {
    const MAX: f64 = 1e12;
    let text = text.trim();
    // Words such as `nan` and `inf` are numbers for the parser below.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.abs() <= MAX)?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    Some((number * 1000.0).round() as i64)
}
