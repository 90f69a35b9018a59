//! The points of a seat and where they come from.
//!
//! A score is the plain sum of win, extra points, best move, compensation (Ci), fine and technical
//! fine, in thousandths. What the source posted stands; what it left out follows from the game and
//! from the [`Rules`] of its source and day, where these are known. Compensation is the exception:
//! it is counted from the first kills whenever rules and first kill are known, because it depends
//! on the whole tournament and a posted value is out of date with the next game.
//!
//! [`TournamentScores`] keeps all scores of a tournament up to date and tells which seats of which
//! games changed and why. [`score_game`] is for one answer. What is counted how, and what is not
//! known, is told in `docs/scoring.md`.
//!
//! ```
//! use mafia::game::Game;
//! use mafia::scoring::{Score, score_game};
//!
//! let game = |round: u32, winner: &str| {
//!     let text = format!(
//!         r#"{{"source":"mafiauniverse/1","tournament":"Cup","date":"2025-11-01","round":{round},
//!             "winner":"{winner}","first_killed_night":1,"best_move":{{"guess":[2,3,4]}},
//!             "players":[{{"seat":1,"name":"A","role":"sheriff","extra_points":0.3}},
//!                        {{"seat":2,"name":"B","role":"don"}},{{"seat":3,"name":"C","role":"civilian"}},
//!                        {{"seat":4,"name":"D","role":"civilian"}}]}}"#
//!     );
//!     Game::parse(&text).unwrap().game
//! };
//! let (first, second) = (game(1, "mafia"), game(2, "town"));
//! let scores = score_game([("a", &first), ("b", &second)], Some(15), "a").unwrap();
//! // One black named: 0.1. Killed first in 2 of 15 games: 0.4 · 2 / 6 = 0.133.
//! let expected = Score { win: 0, extra: 300, best_move: 100, ci: 133, fine: 0, tech_fine: 0 };
//! assert_eq!((scores[0], expected.total()), ((1, expected), 533));
//! ```

mod change;
mod ci;
mod facts;
mod rules;
#[cfg(test)]
mod tests;
mod tournament;

pub use change::{ScoreChange, Step, Why};
pub use ci::{CiForm, CiRule};
pub use facts::team;
pub use rules::{Row, Rules, TABLE};
pub use tournament::TournamentScores;

use crate::game::Game;

/// The points of one seat in one game, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    /// For the win: 1000 for the winning side.
    pub win: i64,
    /// The referee's bonus; may be negative.
    pub extra: i64,
    /// For the best move.
    pub best_move: i64,
    /// Compensation for having been killed first.
    pub ci: i64,
    /// Fine, at most 0.
    pub fine: i64,
    /// Technical fine, at most 0.
    pub tech_fine: i64,
}

impl Score {
    /// The plain sum of the parts.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.win + self.extra + self.best_move + self.ci + self.fine + self.tech_fine
    }
}

/// The score of each seat of the game `id`, among all games of its tournament under the known
/// rules; none when it is not among them, is not finished or has no winner.
///
/// `games` must hold the whole tournament (or, without one, the season): with fewer games the
/// compensation comes out too high. `planned_rounds` is the number of rounds, where it is known.
#[must_use]
pub fn score_game<'a>(
    games: impl IntoIterator<Item = (&'a str, &'a Game)>,
    planned_rounds: Option<i64>,
    id: &str,
) -> Option<Vec<(u8, Score)>> {
    let mut scores = TournamentScores::new(Rules::default(), planned_rounds);
    for (id, game) in games {
        scores.put(id, game);
    }
    scores.scores(id)
}
