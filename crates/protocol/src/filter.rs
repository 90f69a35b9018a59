//! Conditions on the columns of rows: one grammar for topics of tables and for requests for rows.
//!
//! A condition is `column=op.value` or `column=not.op.value`, with its value decoded.
//! Here it is read, and its value becomes one of the column's kind; whoever has rows applies it.
//! A comparison with null is neither true nor false, so that its negation does not hold either;
//! only `is` and `isdistinct` see nulls.

mod like;
mod literal;

use thiserror::Error;

use crate::limits::{FILTER_CONDITIONS_MAX, FILTER_VALUES_MAX};
pub use like::{Part, Pattern, in_one_case};
pub use literal::Literal;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An integer of 64 bits.
    Integer,
    /// True or false.
    Truth,
    /// A day, as the text `YYYY-MM-DD`.
    Day,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Something that cannot be compared.
    Opaque,
}

/// A column that rows may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds, or null.
    pub kind: Kind,
}

/// How a value is compared with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Is the same.
    Eq,
    /// Is another.
    Neq,
    /// Is less.
    Lt,
    /// Is less or the same.
    Lte,
    /// Is greater.
    Gt,
    /// Is greater or the same.
    Gte,
}

/// What `is` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// Null; for a column that holds true or false also called `unknown`.
    Null,
    /// True or false, and not null.
    Truth(bool),
}

/// What a column's value must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Compared with this.
    Compare(Comparison, Literal),
    /// One of these.
    In(Vec<Literal>),
    /// Text of this form.
    Like {
        /// The form; in one case when `any_case`.
        pattern: Pattern,
        /// Whether upper and lower case are the same.
        any_case: bool,
    },
    /// Text in which this regular expression is found; whoever applies it also reads it.
    Match {
        /// The regular expression.
        pattern: String,
        /// Whether upper and lower case are the same.
        any_case: bool,
    },
    /// Null, true or false, told apart.
    Is(Is),
    /// Another than this, or null.
    Distinct(Literal),
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column whose value is looked at.
    pub column: Column,
    /// Whether the test must fail; a test that is neither true nor false does not fail.
    pub negated: bool,
    /// What the value must be.
    pub test: Test,
}

/// Why a condition cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilterError {
    /// There is no such column, or its values cannot be compared.
    #[error("there is no column {name:?} to filter by; there are {known}")]
    Column {
        /// What was asked for.
        name: String,
        /// The columns that there are.
        known: String,
    },
    /// The condition has none of the operators.
    #[error(
        "{column}={text}: a condition is column=op.value or column=not.op.value, and op is one of {OPERATORS}"
    )]
    Operator {
        /// The column.
        column: &'static str,
        /// What was asked for.
        text: String,
    },
    /// The operator is not for what the column holds.
    #[error("{column}: {operator} takes a column of text, and this one holds {holds}")]
    Unfit {
        /// The column.
        column: &'static str,
        /// The operator.
        operator: &'static str,
        /// What the column holds.
        holds: String,
    },
    /// The column cannot hold such a value.
    #[error("{column}: {expected} is expected, not {text:?}")]
    Value {
        /// The column.
        column: String,
        /// What is possible.
        expected: String,
        /// What was asked for.
        text: String,
    },
    /// More conditions than a filter has.
    #[error("a filter has at most {FILTER_CONDITIONS_MAX} conditions")]
    Conditions,
}

const OPERATORS: &str = "eq, neq, lt, lte, gt, gte, in, like, ilike, is, match, imatch, isdistinct";

impl FilterError {
    /// The word that programs may compare.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Column { .. } => "unknown_column",
            Self::Operator { .. } => "unknown_operator",
            Self::Unfit { .. } => "unfit_operator",
            Self::Value { .. } => "bad_value",
            Self::Conditions => "too_many_conditions",
        }
    }
}

/// Reads all conditions of a filter on rows with these columns.
///
/// # Errors
/// [`FilterError`] that tells what there is instead.
pub fn conditions(
    columns: &[Column],
    pairs: impl IntoIterator<Item = (String, Option<String>)>,
) -> Result<Vec<Condition>, FilterError> {
    let mut conditions = Vec::new();
    for (name, text) in pairs {
        if conditions.len() == FILTER_CONDITIONS_MAX {
            return Err(FilterError::Conditions);
        }
        conditions.push(Condition::parse(columns, &name, &text.unwrap_or_default())?);
    }
    Ok(conditions)
}

impl Condition {
    /// Reads `name=text`, a condition on rows with these columns.
    ///
    /// # Errors
    /// [`FilterError`] that tells what there is instead.
    pub fn parse(columns: &[Column], name: &str, text: &str) -> Result<Self, FilterError> {
        let mut known = columns.iter().filter(|column| column.kind != Kind::Opaque);
        let Some(&column) = known.clone().find(|column| column.name == name) else {
            let known = std::iter::from_fn(|| known.next()).map(|column| column.name).collect::<Vec<_>>();
            return Err(FilterError::Column { name: name.to_owned(), known: known.join(", ") });
        };
        let (negated, rest) = text.strip_prefix("not.").map_or((false, text), |rest| (true, rest));
        let no_operator = || FilterError::Operator { column: column.name, text: text.to_owned() };
        let (operator, value) = rest.split_once('.').ok_or_else(no_operator)?;
        let test = match operator {
            "eq" => Test::Compare(Comparison::Eq, column.literal(value)?),
            "neq" => Test::Compare(Comparison::Neq, column.literal(value)?),
            "lt" => Test::Compare(Comparison::Lt, column.literal(value)?),
            "lte" => Test::Compare(Comparison::Lte, column.literal(value)?),
            "gt" => Test::Compare(Comparison::Gt, column.literal(value)?),
            "gte" => Test::Compare(Comparison::Gte, column.literal(value)?),
            "in" => Test::In(column.list(value)?),
            "like" => column.like("like", value, false)?,
            "ilike" => column.like("ilike", value, true)?,
            "match" => column.regex("match", value, false)?,
            "imatch" => column.regex("imatch", value, true)?,
            "isdistinct" => Test::Distinct(column.literal(value)?),
            // The short form of `not.is.null`.
            "is" if value == "not_null" => {
                return Ok(Self { column, negated: !negated, test: Test::Is(Is::Null) });
            }
            "is" => Test::Is(column.is(value)?),
            _ => return Err(no_operator()),
        };
        Ok(Self { column, negated, test })
    }
}

impl Column {
    /// A value that the column can hold.
    ///
    /// # Errors
    /// [`FilterError::Value`] that tells what it can hold.
    pub fn literal(&self, text: &str) -> Result<Literal, FilterError> {
        Literal::parse(self.kind, text).ok_or_else(|| self.wrong(self.kind.to_string(), text))
    }

    fn wrong(&self, expected: impl Into<String>, text: &str) -> FilterError {
        FilterError::Value { column: self.name.to_owned(), expected: expected.into(), text: text.to_owned() }
    }

    fn list(&self, text: &str) -> Result<Vec<Literal>, FilterError> {
        let values = literal::list(text).filter(|values| values.len() <= FILTER_VALUES_MAX);
        let expected = || format!("a list (a,\"b, c\") of 1 to {FILTER_VALUES_MAX} values");
        let values = values.ok_or_else(|| self.wrong(expected(), text))?;
        values.iter().map(|value| self.literal(value)).collect()
    }

    fn like(&self, operator: &'static str, text: &str, any_case: bool) -> Result<Test, FilterError> {
        self.of_text(operator)?;
        let pattern = if any_case { Pattern::parse(&in_one_case(text)) } else { Pattern::parse(text) };
        let expected = "a pattern that does not end within an escape";
        Ok(Test::Like { pattern: pattern.ok_or_else(|| self.wrong(expected, text))?, any_case })
    }

    fn regex(&self, operator: &'static str, text: &str, any_case: bool) -> Result<Test, FilterError> {
        self.of_text(operator)?;
        Ok(Test::Match { pattern: text.to_owned(), any_case })
    }

    fn of_text(&self, operator: &'static str) -> Result<(), FilterError> {
        if self.kind == Kind::Text {
            return Ok(());
        }
        Err(FilterError::Unfit { column: self.name, operator, holds: self.kind.to_string() })
    }

    fn is(&self, text: &str) -> Result<Is, FilterError> {
        match (text, self.kind) {
            ("null", _) | ("unknown", Kind::Truth) => Ok(Is::Null),
            ("true", Kind::Truth) => Ok(Is::Truth(true)),
            ("false", Kind::Truth) => Ok(Is::Truth(false)),
            (_, Kind::Truth) => Err(self.wrong("null, not_null, true, false or unknown", text)),
            (_, _) => Err(self.wrong("null or not_null", text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINNERS: Kind = Kind::Word(&["town", "mafia", "draw"]);
    const COLUMNS: [Column; 6] = [
        Column { name: "id", kind: Kind::Text },
        Column { name: "round", kind: Kind::Integer },
        Column { name: "rated", kind: Kind::Truth },
        Column { name: "date", kind: Kind::Day },
        Column { name: "winner", kind: WINNERS },
        Column { name: "flags", kind: Kind::Opaque },
    ];

    fn test(name: &str, text: &str) -> (bool, Test) {
        let condition = Condition::parse(&COLUMNS, name, text).unwrap();
        (condition.negated, condition.test)
    }

    fn error(name: &str, text: &str) -> (&'static str, String) {
        let error = Condition::parse(&COLUMNS, name, text).unwrap_err();
        (error.code(), error.to_string())
    }

    #[test]
    fn a_value_is_of_the_kind_of_its_column_and_taken_as_it_stands() {
        let text = |text: &str| Literal::Text(text.to_owned());
        assert_eq!(test("id", "eq.a.\"b\",(c)"), (false, Test::Compare(Comparison::Eq, text("a.\"b\",(c)"))));
        assert_eq!(test("id", "neq."), (false, Test::Compare(Comparison::Neq, text(""))));
        assert_eq!(test("round", "not.lt.-3"), (true, Test::Compare(Comparison::Lt, Literal::Integer(-3))));
        assert_eq!(test("rated", "lte.true"), (false, Test::Compare(Comparison::Lte, Literal::Truth(true))));
        assert_eq!(test("date", "gt.2024-02-29"), (false, Test::Compare(Comparison::Gt, text("2024-02-29"))));
        assert_eq!(test("winner", "gte.draw"), (false, Test::Compare(Comparison::Gte, text("draw"))));
        assert_eq!(test("winner", "isdistinct.town"), (false, Test::Distinct(text("town"))));
        let regex = Test::Match { pattern: "^a|b$".to_owned(), any_case: true };
        assert_eq!(test("id", "not.imatch.^a|b$"), (true, regex));
    }

    #[test]
    fn a_list_has_its_values_quoted_where_they_hold_a_comma_or_a_bracket() {
        let texts = |texts: &[&str]| {
            (false, Test::In(texts.iter().map(|text| Literal::Text((*text).to_owned())).collect()))
        };
        assert_eq!(test("id", "in.(a,b)"), texts(&["a", "b"]));
        assert_eq!(test("id", r#"in.("a,b)",«Ян»,"\"\\",)"#), texts(&["a,b)", "«Ян»", "\"\\", ""]));
        assert_eq!(test("id", r#"in.(a"b)"#), texts(&["a\"b"]));
        let integers = (1..=100).map(Literal::Integer).collect();
        let many = (1..=100).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(test("round", &format!("not.in.({many})")), (true, Test::In(integers)));
        for text in ["in.a", "in.()", "in.(a", "in.(\"a)", "in.(\"a\"b)", "in.(a)b", "in.(a),(b)"] {
            let (code, told) = error("id", text);
            assert!(code == "bad_value" && told.contains("1 to 100 values"), "{text}: {told}");
        }
        assert_eq!(error("round", &format!("in.({many},0)")).0, "bad_value");
        assert_eq!(error("round", "in.(1,x)").1, "round: an integer is expected, not \"x\"");
    }

    #[test]
    fn is_tells_null_true_and_false_apart() {
        for (name, text, negated, is) in [
            ("id", "is.null", false, Is::Null),
            ("id", "is.not_null", true, Is::Null),
            ("id", "not.is.null", true, Is::Null),
            ("rated", "is.unknown", false, Is::Null),
            ("rated", "not.is.true", true, Is::Truth(true)),
            ("rated", "is.false", false, Is::Truth(false)),
        ] {
            assert_eq!(test(name, text), (negated, Test::Is(is)), "{name}={text}");
        }
        assert_eq!(error("winner", "is.true").1, "winner: null or not_null is expected, not \"true\"");
        assert_eq!(error("rated", "is.maybe").0, "bad_value");
    }

    /// Behaviour: B35 — broken by: the words of a column are compared with any text
    #[test]
    fn what_cannot_be_asked_is_told_with_what_can() {
        for (name, text, expected_code, expected) in [
            ("colour", "eq.1", "unknown_column", "there are id, round, rated, date, winner"),
            ("flags", "is.null", "unknown_column", "\"flags\""),
            ("", "", "unknown_column", "\"\""),
            ("id", "town", "unknown_operator", "id=town: a condition is column=op.value"),
            ("id", "not.not.eq.1", "unknown_operator", "eq, neq, lt, lte, gt, gte, in, like"),
            ("id", "", "unknown_operator", "isdistinct"),
            ("winner", "eq.twn", "bad_value", "winner: one of town, mafia, draw is expected, not \"twn\""),
            ("winner", "like.t%", "unfit_operator", "this one holds one of town, mafia, draw"),
            ("round", "imatch.1", "unfit_operator", "round: imatch takes a column of text"),
            ("round", "eq.one", "bad_value", "an integer"),
            ("round", "eq.9223372036854775808", "bad_value", "an integer"),
            ("date", "eq.2023-02-29", "bad_value", "a day YYYY-MM-DD"),
            ("date", "eq.2023-2-9", "bad_value", "a day"),
            ("rated", "eq.1", "bad_value", "true or false"),
            ("id", "like.a\\", "bad_value", "a pattern"),
        ] {
            let (code, told) = error(name, text);
            assert!(code == expected_code && told.contains(expected), "{name}={text}: {code}: {told}");
        }
        let many = vec![("id".to_owned(), Some("eq.1".to_owned())); FILTER_CONDITIONS_MAX];
        assert_eq!(conditions(&COLUMNS, many.clone()).unwrap().len(), FILTER_CONDITIONS_MAX);
        let more = many.into_iter().chain([("id".to_owned(), None)]);
        assert_eq!(conditions(&COLUMNS, more).unwrap_err().code(), "too_many_conditions");
    }
}
