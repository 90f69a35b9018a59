//! Names of streams, in one canonical form.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::limits::TOPIC_BYTES_MAX;
use crate::order::sort_by;
use crate::percent;

/// What a topic carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopicKind {
    /// `view:<name>?<params>`: a state, conflated.
    View,
    /// `table:<name>?<filter>`: row changes, each exactly once in order.
    Table,
}

/// Why a text is no topic.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TopicError {
    /// It starts with neither `view:` nor `table:`.
    #[error("topic must start with view: or table:")]
    Kind,
    /// The name is empty or has other characters than `a-z 0-9 _ -`.
    #[error("name of a topic consists of a-z, 0-9, _ and -")]
    Name,
    /// A `%` without two hexadecimal digits, or bytes that are no text.
    #[error("parameters of a topic are text in UTF-8, and a % in them is followed by two hexadecimal digits")]
    Encoding,
    /// Longer than the limit.
    #[error("topic is longer than {TOPIC_BYTES_MAX} bytes")]
    Long,
}

/// The canonical name of a stream: parameters sorted, empty ones left out, each encoded in one way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// Reads a topic and makes it canonical.
    ///
    /// # Errors
    /// [`TopicError`] when `text` is no topic.
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        if text.len() > TOPIC_BYTES_MAX {
            return Err(TopicError::Long);
        }
        let (kind, rest) = text.split_once(':').ok_or(TopicError::Kind)?;
        if !matches!(kind, "view" | "table") {
            return Err(TopicError::Kind);
        }
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if name.is_empty() || !name.bytes().all(allowed) {
            return Err(TopicError::Name);
        }
        let params = query.split('&').filter(|param| !param.is_empty()).map(canonical);
        let mut params = params.collect::<Option<Vec<String>>>().ok_or(TopicError::Encoding)?;
        sort_by(&mut params, Ord::cmp);
        params.dedup();
        let mut canonical = format!("{kind}:{name}");
        if !params.is_empty() {
            canonical.push('?');
            canonical.push_str(&params.join("&"));
        }
        if canonical.len() > TOPIC_BYTES_MAX {
            return Err(TopicError::Long);
        }
        Ok(Self(canonical.into()))
    }

    /// The topic of a view without parameters.
    ///
    /// # Errors
    /// [`TopicError`] when `name` is no name of a view.
    pub fn view(name: &str) -> Result<Self, TopicError> {
        Self::parse(&format!("view:{name}"))
    }

    /// The view that every server has of itself.
    #[must_use]
    pub fn system() -> Self {
        Self("view:system".into())
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it carries.
    #[must_use]
    pub fn kind(&self) -> TopicKind {
        if self.0.starts_with("view:") { TopicKind::View } else { TopicKind::Table }
    }

    /// The part between kind and parameters.
    #[must_use]
    pub fn name(&self) -> &str {
        let rest = self.0.split_once(':').map_or("", |(_, rest)| rest);
        rest.split_once('?').map_or(rest, |(name, _)| name)
    }

    /// The parameters, sorted; empty when there are none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.0.split_once('?').map_or("", |(_, query)| query)
    }

    /// The parameters as they read: names, and values where there is a `=`.
    pub fn params(&self) -> impl Iterator<Item = (String, Option<String>)> {
        // What is canonical can be decoded.
        let decoded = |text: &str| percent::decode(text).unwrap_or_default();
        self.query().split('&').filter(|param| !param.is_empty()).map(move |param| {
            let (name, value) = parts(param);
            (decoded(name), value.map(decoded))
        })
    }
}

/// A parameter in its one form.
fn canonical(param: &str) -> Option<String> {
    let (name, value) = parts(param);
    let mut out = String::with_capacity(param.len());
    percent::encode(&percent::decode(name)?, b"", &mut out);
    if let Some(value) = value {
        out.push('=');
        percent::encode(&percent::decode(value)?, b"=", &mut out);
    }
    Some(out)
}

fn parts(param: &str) -> (&str, Option<&str>) {
    param.split_once('=').map_or((param, None), |(name, value)| (name, Some(value)))
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_wishes_are_equal_topics() {
        let a = Topic::parse("view:charts?timeframe=7d&by=role").unwrap();
        let b = Topic::parse("view:charts?by=role&&timeframe=7d&by=role").unwrap();
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "view:charts?by=role&timeframe=7d");
        assert_eq!((a.kind(), a.name(), a.query()), (TopicKind::View, "charts", "by=role&timeframe=7d"));
    }

    /// Behaviour: B34 — broken by: parameters are compared and sent as they were written
    #[test]
    fn cyrillic_and_emoji_travel_percent_encoded_in_parameters() {
        let topic = Topic::parse("view:player?id=%D0%A4%F0%9F%A5%A6%22").unwrap();
        assert_eq!(topic.query(), "id=%D0%A4%F0%9F%A5%A6%22");
        for same in ["view:player?id=Ф🥦\"", "view:player?%69d=%d0%a4%f0%9f%a5%a6%22"] {
            assert_eq!(Topic::parse(same).as_ref(), Ok(&topic), "{same}");
        }
    }

    #[test]
    fn a_parameter_has_one_form_and_its_signs_stay_signs() {
        let topic = Topic::parse("table:games?a%3Db=eq.1%262=%2B(%22,%22)&c").unwrap();
        assert_eq!(topic.query(), "a%3Db=eq.1%262=%2B(%22,%22)&c");
        let params: Vec<_> = topic.params().collect();
        assert_eq!(params, [("a=b".to_owned(), Some("eq.1&2=+(\",\")".to_owned())), ("c".to_owned(), None)]);
    }

    #[test]
    fn what_is_no_topic_says_why() {
        let cases = [
            ("metrics", TopicError::Kind),
            ("realtime:x", TopicError::Kind),
            ("view:", TopicError::Name),
            ("view:Metrics", TopicError::Name),
            ("table:?a=b", TopicError::Name),
            ("table:a?b=%4", TopicError::Encoding),
            ("table:a?b=%FF", TopicError::Encoding),
        ];
        for (text, error) in cases {
            assert_eq!(Topic::parse(text), Err(error), "{text}");
        }
        assert_eq!(Topic::parse(&format!("view:a?{}", "x".repeat(2000))), Err(TopicError::Long));
        assert_eq!(Topic::parse(&format!("view:a?{}", "Я".repeat(400))), Err(TopicError::Long));
    }
}
