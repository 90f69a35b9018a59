//! The closed sets of words in a game.

use serde::{Deserialize, Serialize};

/// Who won a game.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Winner {
    /// The red side.
    Town,
    /// The black side.
    Mafia,
    /// Nobody.
    Draw,
}

impl Winner {
    /// The word as it is posted, stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Town => "town",
            Self::Mafia => "mafia",
            Self::Draw => "draw",
        }
    }

    /// The winner of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Town, Self::Mafia, Self::Draw].into_iter().find(|one| one.as_str() == word)
    }
}

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Red: civilians and the sheriff.
    Town,
    /// Black: mafia and the don.
    Mafia,
}

impl Side {
    /// The word as it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Town => "town",
            Self::Mafia => "mafia",
        }
    }

    /// The side of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Town, Self::Mafia].into_iter().find(|one| one.as_str() == word)
    }
}

/// The card of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Red without abilities.
    Civilian,
    /// Red; checks colours.
    Sheriff,
    /// Black.
    Mafia,
    /// Black; looks for the sheriff.
    Don,
}

impl Role {
    /// The side that the role plays for.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Civilian | Self::Sheriff => Side::Town,
            Self::Mafia | Self::Don => Side::Mafia,
        }
    }

    /// The word as it is posted, stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Civilian => "civilian",
            Self::Sheriff => "sheriff",
            Self::Mafia => "mafia",
            Self::Don => "don",
        }
    }

    /// The role of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Civilian, Self::Sheriff, Self::Mafia, Self::Don].into_iter().find(|one| one.as_str() == word)
    }
}

/// Whether a game is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GameStatus {
    /// It is over; also when nothing is said.
    #[default]
    Finished,
    /// It is being played: roles and winner are not shown.
    Running,
}

impl GameStatus {
    /// The word as it is posted, stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Running => "running",
        }
    }

    /// The status of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Finished, Self::Running].into_iter().find(|one| one.as_str() == word)
    }
}
