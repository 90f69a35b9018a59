//! A part of the feed: the newest entries of some kinds, made from the state of the whole view.

use std::cmp::Reverse;

use realtime_protocol::message::Entries;
use realtime_protocol::{ParamError, Params, State};
use serde_json::Value;

use super::activity::SHOWN_MAX;

const KINDS: [&str; 3] = ["game", "tournament", "import"];
const PARAMETERS: &[&str] = &["kind", "limit"];

/// The entries of `base` that these parameters ask for: `kind`, as often as there are kinds to show, and `limit`.
pub(super) fn part(base: &State, params: &Params) -> Result<Entries, ParamError> {
    let (kinds, limit) = wish(params)?;
    let of_kind = |value: &Value| value["kind"].as_str().is_some_and(|kind| kinds.contains(&kind));
    let mut chosen: Vec<_> = base.entries().iter().filter(|(_, value)| of_kind(value)).collect();
    // The order of the feed: the last touched first, then by key.
    chosen.sort_by_key(|(key, value)| (Reverse(value["offset"].as_u64()), *key));
    Ok(chosen.into_iter().take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn wish(params: &Params) -> Result<(Vec<&'static str>, usize), ParamError> {
    let (mut kinds, mut limit) = (Vec::new(), None);
    for (name, value) in params {
        let text = value.as_deref().unwrap_or_default();
        let wrong = |name, expected| ParamError::Value { name, expected, text: text.to_owned() };
        match name.as_str() {
            "kind" => {
                let kind = KINDS.into_iter().find(|kind| *kind == text);
                kinds.push(kind.ok_or_else(|| wrong("kind", format!("one of {}", KINDS.join(", "))))?);
            }
            "limit" => {
                let number = text.parse().ok().filter(|number| (1..=SHOWN_MAX).contains(number));
                let expected = || format!("one integer from 1 to {SHOWN_MAX}");
                let number = number.filter(|_| limit.is_none()).ok_or_else(|| wrong("limit", expected()))?;
                limit = Some(number);
            }
            _ => return Err(ParamError::Unknown { name: name.clone(), known: PARAMETERS }),
        }
    }
    if kinds.is_empty() {
        kinds.extend(KINDS);
    }
    Ok((kinds, limit.unwrap_or(SHOWN_MAX)))
}

#[cfg(test)]
mod tests {
    use realtime_protocol::Topic;
    use serde_json::json;

    use super::*;

    fn base() -> State {
        let entry = |kind: &str, offset: u64| json!({"kind": kind, "offset": offset});
        let entries = [
            ("game:a", entry("game", 3)),
            ("game:b", entry("game", 9)),
            ("game:c", entry("game", 3)),
            ("import:1", entry("import", 3)),
            ("tournament:t", entry("tournament", 5)),
        ];
        State::from_entries(entries.map(|(key, value)| (key.to_owned(), value)).into()).unwrap()
    }

    fn asked(query: &str) -> Result<Vec<String>, String> {
        let params: Vec<_> = Topic::parse(&format!("view:activity?{query}")).unwrap().params().collect();
        let entries = part(&base(), &params).map_err(|error| format!("{}: {error}", error.code()))?;
        Ok(entries.into_keys().collect())
    }

    #[test]
    fn a_part_has_the_newest_entries_of_its_kinds_in_the_order_of_the_feed() {
        assert_eq!(asked("limit=1").unwrap(), ["game:b"]);
        assert_eq!(asked("limit=3").unwrap(), ["game:a", "game:b", "tournament:t"], "of one commit by key");
        assert_eq!(asked("kind=game&limit=2").unwrap(), ["game:a", "game:b"]);
        assert_eq!(asked("kind=import&kind=tournament").unwrap(), ["import:1", "tournament:t"]);
        assert_eq!(asked("limit=100").unwrap().len(), 5);
    }

    #[test]
    fn what_cannot_be_asked_is_told_with_what_can() {
        let kinds = "one of game, tournament, import is expected, not";
        for (query, reason) in [
            ("kind=goat", format!("bad_value: kind: {kinds} \"goat\"")),
            ("kind", format!("bad_value: kind: {kinds} \"\"")),
            ("limit=0", "bad_value: limit: one integer from 1 to 100 is expected, not \"0\"".to_owned()),
            ("limit=101", "bad_value: limit: one integer from 1 to 100 is expected, not \"101\"".to_owned()),
            (
                "limit=3&limit=4",
                "bad_value: limit: one integer from 1 to 100 is expected, not \"4\"".to_owned(),
            ),
            (
                "sort=asc",
                "unknown_parameter: there is no parameter \"sort\"; there are kind, limit".to_owned(),
            ),
        ] {
            assert_eq!(asked(query).unwrap_err(), reason);
        }
    }
}
