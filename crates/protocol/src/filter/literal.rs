//! Values in conditions.

use std::fmt;

use super::Kind;

/// A value of the kind of its column; days and words are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// Text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// True or false.
    Truth(bool),
}

impl Literal {
    /// Reads a value of this kind.
    pub(super) fn parse(kind: Kind, text: &str) -> Option<Self> {
        let is_right = match kind {
            Kind::Text => true,
            Kind::Integer => return text.parse().ok().map(Self::Integer),
            Kind::Truth => return text.parse().ok().map(Self::Truth),
            Kind::Day => is_day(text),
            Kind::Word(words) => words.contains(&text),
            Kind::Opaque => false,
        };
        is_right.then(|| Self::Text(text.to_owned()))
    }
}

/// What is expected of a value, in words.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Integer => f.write_str("an integer"),
            Self::Truth => f.write_str("true or false"),
            Self::Day => f.write_str("a day YYYY-MM-DD"),
            Self::Word(words) => write!(f, "one of {}", words.join(", ")),
            Self::Opaque => f.write_str("nothing that can be compared"),
        }
    }
}

/// The values of `(a,"b, c")`: one that begins with a quote ends with one, and a backslash within takes the next
/// sign as it is.
pub(super) fn list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('(')?;
    if rest == ")" {
        return None;
    }
    let mut values = Vec::new();
    loop {
        let value = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (value, after) = unquoted(quoted)?;
                rest = after;
                value
            }
            None => {
                let end = rest.find([',', ')'])?;
                let value = rest[..end].to_owned();
                rest = &rest[end..];
                value
            }
        };
        values.push(value);
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None => return (rest == ")").then_some(values),
        }
    }
}

/// What stands up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(signs.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// Whether `text` is a day of the calendar, `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let (Some(year), Some(month), Some(day)) = (part(0, 4), part(5, 7), part(8, 10)) else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    is_shaped && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for day in ["2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31", "2026-11-30"] {
            assert!(is_day(day), "{day}");
        }
        for text in ["2023-02-29", "1900-02-29", "2026-11-31", "2026-13-01", "2026-00-01", "2026-01-00"] {
            assert!(!is_day(text), "{text}");
        }
        for text in ["", "2026-1-1", "+026-01-01", "2026-01-01T", "2026/01/01", "20260101", "2026-01-Ж"] {
            assert!(!is_day(text), "{text}");
        }
    }
}
