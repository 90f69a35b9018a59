//! A score that changed, and why.

use std::fmt;

use super::Score;

/// One seat's score before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreChange {
    /// The id of the game.
    pub game: String,
    /// The number of the seat.
    pub seat: u8,
    /// Before.
    pub from: Score,
    /// After.
    pub to: Score,
    /// What changed it.
    pub why: Why,
}

/// What changed the score of a game that was there already. As a text it is a sentence for the
/// reader of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The player, or one of the team, has been killed first more or less often, or the distance
    /// is another.
    FirstKills {
        /// Games in which he was killed first while red.
        first_kills: Step,
        /// The distance, in games.
        distance: Step,
        /// The first kills that now give the full amount, under rules that count so.
        quota: Option<i64>,
    },
    /// Other rules.
    Rules,
    /// The game itself was corrected.
    Correction,
}

/// A count before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Before.
    pub from: i64,
    /// After.
    pub to: i64,
}

impl Step {
    fn changed(self) -> bool {
        self.from != self.to
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}→{}", self.from, self.to)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstKills { first_kills, distance, quota } => {
                if first_kills.changed() {
                    write!(f, "first kills {first_kills}")?;
                    if let Some(quota) = quota {
                        write!(f, " of {quota}")?;
                    }
                }
                if distance.changed() {
                    let joint = if first_kills.changed() { "; " } else { "" };
                    write!(f, "{joint}distance {distance}")?;
                }
                Ok(())
            }
            Self::Rules => f.write_str("rules"),
            Self::Correction => f.write_str("correction of the game itself"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence_that_names_only_what_changed() {
        let why = |kills: (i64, i64), games: (i64, i64), quota| Why::FirstKills {
            first_kills: Step { from: kills.0, to: kills.1 },
            distance: Step { from: games.0, to: games.1 },
            quota,
        };
        assert_eq!(why((3, 4), (120, 120), Some(48)).to_string(), "first kills 3→4 of 48");
        assert_eq!(why((4, 4), (119, 120), Some(48)).to_string(), "distance 119→120");
        assert_eq!(why((3, 4), (59, 60), None).to_string(), "first kills 3→4; distance 59→60");
        assert_eq!(Why::Rules.to_string(), "rules");
        assert_eq!(Why::Correction.to_string(), "correction of the game itself");
    }
}
