//! Conditions as SQL, with their values bound.

use realtime_protocol::filter::{Comparison, Condition, Is, Literal, Part, Pattern, Test, in_one_case};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value as Bound;

use super::QueryError;
use crate::error::StoreError;

/// A condition in SQL, a `?` for each of its values.
#[derive(Debug)]
pub(super) struct SqlCondition {
    pub(super) sql: String,
    pub(super) values: Vec<Bound>,
}

impl SqlCondition {
    /// `column` is what the condition's column is in SQL.
    pub(super) fn new(column: &str, condition: &Condition) -> Result<Self, QueryError> {
        let mut values = Vec::new();
        let sql = match &condition.test {
            Test::Compare(comparison, literal) => {
                values.push(bound(literal));
                format!("({column}) {} ?", sign(*comparison))
            }
            Test::In(literals) => {
                values.extend(literals.iter().map(bound));
                format!("({column}) IN ({})", vec!["?"; literals.len()].join(", "))
            }
            Test::Like { pattern, any_case } => {
                values.push(glob(pattern));
                let function = if *any_case { "in_one_case" } else { "" };
                format!("{function}({column}) GLOB ?")
            }
            Test::Match { .. } => return Err(QueryError::Regex(condition.column.name)),
            Test::Is(Is::Null) => format!("({column}) IS NULL"),
            Test::Is(Is::Truth(truth)) => format!("({column}) IS {}", u8::from(*truth)),
            Test::Distinct(literal) => {
                values.push(bound(literal));
                format!("({column}) IS NOT ?")
            }
        };
        let sql = if condition.negated { format!("NOT ({sql})") } else { sql };
        Ok(Self { sql, values })
    }
}

/// Adds the function that `ilike` needs: SQLite itself knows the case of Latin letters only.
pub(crate) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("in_one_case", 1, flags, |context| {
        Ok(context.get::<Option<String>>(0)?.map(|text| in_one_case(&text)))
    })?;
    Ok(())
}

pub(super) fn bound(literal: &Literal) -> Bound {
    match literal {
        Literal::Text(text) => Bound::Text(text.clone()),
        Literal::Integer(number) => Bound::Integer(*number),
        Literal::Truth(truth) => Bound::Integer(i64::from(*truth)),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => "=",
        Comparison::Neq => "<>",
        Comparison::Lt => "<",
        Comparison::Lte => "<=",
        Comparison::Gt => ">",
        Comparison::Gte => ">=",
    }
}

/// The form as `GLOB` has it; `LIKE` takes upper and lower case for the same.
fn glob(pattern: &Pattern) -> Bound {
    let mut text = String::new();
    for part in pattern.parts() {
        match part {
            Part::Any => text.push('*'),
            Part::One => text.push('?'),
            Part::Sign(sign @ ('*' | '?' | '[')) => text.extend(['[', *sign, ']']),
            Part::Sign(sign) => text.push(*sign),
        }
    }
    Bound::Text(text)
}
