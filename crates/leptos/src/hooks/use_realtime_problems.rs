//! What is wrong, what was, and what was set aside.

use leptos::prelude::*;
use realtime_manager::{PastProblem, Problem, SetAside};
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};

/// What [`use_realtime_problems`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseProblems {
    /// What is wrong now, in the order in which it was raised.
    pub current: Memo<Vec<Problem>>,
    /// What was wrong and is over, the oldest first; a bounded number.
    pub history: Memo<Vec<PastProblem>>,
    /// The newest messages that could not be read, the oldest first; a bounded number.
    pub set_aside: Memo<Vec<SetAside>>,
}

/// Follows what is wrong.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_problems};
/// # fn problems() -> Result<impl IntoView, Missing> {
/// let problems = use_realtime_problems()?;
/// Ok(move || problems.current.get().into_iter().map(|problem| view! { <p>{problem.text}</p> }).collect_view())
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_problems() -> Result<UseProblems, Missing> {
    let shared = Realtime::of_context()?;
    Ok(UseProblems {
        current: shared.look(Driver::problems),
        history: shared.look(Driver::error_history),
        set_aside: shared.look(Driver::set_aside),
    })
}
