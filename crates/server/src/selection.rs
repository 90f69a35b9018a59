//! Which rows of which table a topic asks for: its filter, ready to be applied.
//!
//! A filter sees of a row what is shown of it, and nothing else.

use std::cmp::Ordering;

use changelog::{Change, Op};
use realtime_protocol::filter::{self, Comparison, Condition, FilterError, Is, Literal, Test};
use realtime_protocol::message::RowOp;
use realtime_protocol::{Topic, TopicKind};
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use thiserror::Error;

use crate::limits::REGEX_BYTES_MAX;
use crate::tables::Tables;

/// Why rows cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SelectionError {
    /// There is no such table; these there are.
    #[error("unknown_table: the tables are {}", .0.join(", "))]
    Table(&'static [&'static str]),
    /// The filter cannot be had.
    #[error("{code}: {error}", code = .0.code(), error = .0)]
    Filter(#[from] FilterError),
}

/// A table and the conditions that its rows must meet.
#[derive(Debug)]
pub struct Selection {
    topic: Topic,
    checks: Vec<Check>,
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        // The topic says it all.
        self.topic == other.topic
    }
}

impl Eq for Selection {}

/// A condition, and its regular expression when it has one.
#[derive(Debug)]
struct Check {
    condition: Condition,
    regex: Option<Regex>,
}

impl Selection {
    /// Reads what a topic asks for.
    ///
    /// # Errors
    /// [`SelectionError`] that tells what there is instead.
    pub fn parse(tables: &dyn Tables, topic: &Topic) -> Result<Self, SelectionError> {
        let known = tables.names();
        if topic.kind() != TopicKind::Table || !known.contains(&topic.name()) {
            return Err(SelectionError::Table(known));
        }
        let conditions = filter::conditions(tables.columns(topic.name()), topic.params())?;
        let checks = conditions.into_iter().map(Check::new).collect::<Result<_, _>>()?;
        Ok(Self { topic: topic.clone(), checks })
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &str {
        self.topic.name()
    }

    /// Whether it asks for all rows of its table.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.checks.is_empty()
    }

    /// Whether a row that is shown as `row` is asked for.
    #[must_use]
    pub fn takes(&self, row: &Value) -> bool {
        self.checks.iter().all(|check| check.holds(row))
    }

    /// What a change of a row, shown as `new` and `old`, is to whoever asks for this; none when it is nothing.
    pub(crate) fn told(&self, change: &Change, new: Option<&Value>, old: Option<&Value>) -> Option<RowOp> {
        let takes = |row: Option<&Value>| self.is_all() || row.is_some_and(|row| self.takes(row));
        match change.op {
            Op::Insert => takes(new).then_some(RowOp::Insert),
            Op::Delete => takes(old).then_some(RowOp::Delete),
            Op::Update if takes(new) => Some(RowOp::Update),
            Op::Update => takes(old).then_some(RowOp::Leave),
        }
    }
}

impl Check {
    fn new(condition: Condition) -> Result<Self, FilterError> {
        let Test::Match { pattern, any_case } = &condition.test else {
            return Ok(Self { condition, regex: None });
        };
        let regex = RegexBuilder::new(pattern)
            .case_insensitive(*any_case)
            .size_limit(REGEX_BYTES_MAX)
            .dfa_size_limit(REGEX_BYTES_MAX)
            .build()
            .map_err(|_| FilterError::Value {
                column: condition.column.name.to_owned(),
                expected: format!("a regular expression that takes at most {REGEX_BYTES_MAX} bytes"),
                text: pattern.clone(),
            })?;
        Ok(Self { condition, regex: Some(regex) })
    }

    fn holds(&self, row: &Value) -> bool {
        let value = row.get(self.condition.column.name).filter(|value| !value.is_null());
        self.is_true(value).is_some_and(|is_true| is_true != self.condition.negated)
    }

    /// Neither true nor false of a null, as in SQL.
    fn is_true(&self, value: Option<&Value>) -> Option<bool> {
        match &self.condition.test {
            Test::Is(Is::Null) => Some(value.is_none()),
            Test::Is(Is::Truth(truth)) => Some(value == Some(&Value::Bool(*truth))),
            Test::Distinct(literal) => {
                Some(value.and_then(|value| order(value, literal)) != Some(Ordering::Equal))
            }
            Test::Compare(comparison, literal) => {
                Some(comparison_holds(*comparison, order(value?, literal)?))
            }
            Test::In(literals) => {
                let value = value?;
                Some(literals.iter().any(|literal| order(value, literal) == Some(Ordering::Equal)))
            }
            Test::Like { pattern, any_case: false } => Some(pattern.fits(value?.as_str()?)),
            Test::Like { pattern, any_case: true } => {
                Some(pattern.fits(&filter::in_one_case(value?.as_str()?)))
            }
            Test::Match { .. } => Some(self.regex.as_ref()?.is_match(value?.as_str()?)),
        }
    }
}

/// How a value of a row stands to a literal; none when it is of another kind.
fn order(value: &Value, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Text(text) => Some(value.as_str()?.cmp(text)),
        Literal::Integer(number) => Some(value.as_i64()?.cmp(number)),
        Literal::Truth(truth) => Some(value.as_bool()?.cmp(truth)),
    }
}

fn comparison_holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::Neq => order.is_ne(),
        Comparison::Lt => order.is_lt(),
        Comparison::Lte => order.is_le(),
        Comparison::Gt => order.is_gt(),
        Comparison::Gte => order.is_ge(),
    }
}

#[cfg(test)]
mod tests {
    use realtime_protocol::filter::{Column, Kind};
    use serde_json::json;

    use super::*;
    use crate::tables::RowError;

    struct Games;

    impl Tables for Games {
        fn names(&self) -> &'static [&'static str] {
            &["games"]
        }

        fn columns(&self, _: &str) -> &'static [Column] {
            &[
                Column { name: "id", kind: Kind::Text },
                Column { name: "round", kind: Kind::Integer },
                Column { name: "rated", kind: Kind::Truth },
                Column { name: "date", kind: Kind::Day },
                Column { name: "winner", kind: Kind::Word(&["town", "mafia", "draw"]) },
            ]
        }

        fn row(&self, _: &str, text: &str) -> Result<Value, RowError> {
            Ok(Value::from(text))
        }
    }

    fn selection(query: &str) -> Result<Selection, SelectionError> {
        Selection::parse(&Games, &Topic::parse(&format!("table:games?{query}")).unwrap())
    }

    fn takes(query: &str, row: &Value) -> bool {
        selection(query).unwrap().takes(row)
    }

    #[test]
    fn conditions_compare_by_the_kind_of_the_column_and_hold_together() {
        let row =
            json!({"id": "Кит «7» 🎭", "round": 9, "rated": false, "date": "2024-05-09", "winner": "town"});
        for query in [
            "",
            "round=lt.10&round=gt.-1&winner=eq.town",
            "round=not.gte.10",
            "rated=eq.false&rated=lt.true&rated=is.false&rated=not.is.true",
            "date=gte.2024-05-09&date=lt.2024-10-01",
            "winner=in.(mafia,town)&winner=neq.mafia&winner=isdistinct.mafia",
            "winner=not.in.(mafia,draw)&winner=is.not_null",
            "id=like.Кит%25&id=like.%25_&id=not.like.кит%25&id=ilike.кИТ%25",
            "id=match.«%5Cd»&id=imatch.^кит&id=not.match.^кит",
            "id=in.(a,\"Кит «7» 🎭\")",
        ] {
            assert!(takes(query, &row), "{query}");
        }
        for query in [
            "round=lt.10&winner=eq.mafia",
            "rated=eq.true",
            "winner=not.in.(mafia,town)",
            "winner=isdistinct.town",
            "id=like.Кит",
            "id=match.^7",
        ] {
            assert!(!takes(query, &row), "{query}");
        }
    }

    #[test]
    fn only_is_and_isdistinct_see_nulls() {
        for row in [json!({"id": null, "rated": null, "winner": null}), json!({})] {
            for query in [
                "winner=eq.town",
                "winner=neq.town",
                "winner=not.eq.town",
                "winner=not.in.(town)",
                "id=not.like.a",
                "id=not.match.a",
                "rated=not.lt.true",
                "rated=is.true",
                "winner=not.isdistinct.town",
            ] {
                assert!(!takes(query, &row), "{query}");
            }
            for query in ["winner=is.null", "rated=is.unknown", "rated=not.is.true", "winner=isdistinct.town"]
            {
                assert!(takes(query, &row), "{query}");
            }
        }
    }

    #[test]
    fn a_regular_expression_is_read_at_the_join_and_bounded() {
        for pattern in ["(", "a{1000}{1000}", "%5Cw{500}"] {
            let error = selection(&format!("id=match.{pattern}")).unwrap_err().to_string();
            assert!(error.starts_with("bad_value: id: a regular expression"), "{error}");
        }
        assert!(selection("id=match.(a%2B)%2B$").is_ok());
    }

    #[test]
    fn an_update_out_of_the_filter_is_a_leave_and_into_it_an_update() {
        let selection = selection("winner=eq.town").unwrap();
        let (town, mafia) = (json!({"winner": "town"}), json!({"winner": "mafia"}));
        let told = |op, new, old| {
            let change = Change { table: String::new(), op, key: String::new(), new: None, old: None };
            selection.told(&change, new, old)
        };
        assert_eq!(told(Op::Insert, Some(&town), None), Some(RowOp::Insert));
        assert_eq!(told(Op::Insert, Some(&mafia), None), None);
        assert_eq!(told(Op::Update, Some(&town), Some(&town)), Some(RowOp::Update));
        assert_eq!(told(Op::Update, Some(&town), Some(&mafia)), Some(RowOp::Update));
        assert_eq!(told(Op::Update, Some(&mafia), Some(&town)), Some(RowOp::Leave));
        assert_eq!(told(Op::Update, Some(&mafia), Some(&mafia)), None);
        assert_eq!(told(Op::Delete, None, Some(&town)), Some(RowOp::Delete));
        assert_eq!(told(Op::Delete, None, Some(&mafia)), None);
    }
}
