//! Parameters of views, as their topics carry them.

use thiserror::Error;

/// Parameters in the order of the topic: names, and values where there is a `=`.
pub type Params = [(String, Option<String>)];

/// Why a view cannot be had with such parameters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParamError {
    /// The view takes other parameters, or none.
    #[error("{}", unknown(.name, .known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The parameters that there are.
        known: &'static [&'static str],
    },
    /// The parameter does not take such a value.
    #[error("{name}: {expected} is expected, not {text:?}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What is possible.
        expected: String,
        /// What was asked for.
        text: String,
    },
}

impl ParamError {
    /// The word that programs may compare.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_parameter",
            Self::Value { .. } => "bad_value",
        }
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return "this view takes no parameters".to_owned();
    }
    format!("there is no parameter {name:?}; there are {}", known.join(", "))
}
