//! Oddities that do not refuse a game but are told.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::identity::clean_name;
use super::{Game, Role};

/// Something odd about a game. In order of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Two seats have the same name.
    DuplicateName,
    /// A seat has no name.
    EmptyName,
    /// No day that could be read.
    NoDate,
    /// A seat has no role.
    NoRole,
    /// Not one don, one sheriff, two mafia and civilians for the rest of nine or ten seats.
    OddRoles,
    /// No winner, or the source does not count the game.
    Unrated,
    /// A posted win contradicts winner and role.
    WonMismatch,
}

impl Flag {
    /// The word as it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateName => "duplicate_name",
            Self::EmptyName => "empty_name",
            Self::NoDate => "no_date",
            Self::NoRole => "no_role",
            Self::OddRoles => "odd_roles",
            Self::Unrated => "unrated",
            Self::WonMismatch => "won_mismatch",
        }
    }

    /// Whether it tells something about roles or the winner.
    #[must_use]
    pub fn reveals_roles(self) -> bool {
        match self {
            Self::NoRole | Self::OddRoles | Self::WonMismatch | Self::Unrated => true,
            Self::DuplicateName | Self::EmptyName | Self::NoDate => false,
        }
    }
}

impl Game {
    /// All oddities of the game.
    #[must_use]
    pub fn flags(&self) -> BTreeSet<Flag> {
        let mut names = HashSet::new();
        let mut flags = BTreeSet::new();
        for seat in &self.seats {
            let name = clean_name(&seat.name);
            if name.is_empty() {
                flags.insert(Flag::EmptyName);
            } else if !names.insert(name) {
                flags.insert(Flag::DuplicateName);
            }
            if seat.role.is_none() {
                flags.insert(Flag::NoRole);
            }
            if seat.won_posted.is_some_and(|posted| self.won(seat).unwrap_or(false) != posted) {
                flags.insert(Flag::WonMismatch);
            }
        }
        let rules = [
            (Flag::NoDate, self.date.is_none()),
            (Flag::OddRoles, self.has_odd_roles()),
            (Flag::Unrated, self.winner.is_none() || self.rated == Some(false)),
        ];
        flags.extend(rules.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag));
        flags
    }

    fn has_odd_roles(&self) -> bool {
        let count = |role| self.seats.iter().filter(|seat| seat.role == Some(role)).count();
        let seats = self.seats.len();
        !matches!(seats, 9 | 10)
            || count(Role::Don) != 1
            || count(Role::Sheriff) != 1
            || count(Role::Mafia) != 2
            || count(Role::Civilian) != seats - 4
    }
}
