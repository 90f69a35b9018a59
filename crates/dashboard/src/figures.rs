//! The figures of the cards, out of the state of `view:metrics`.

use realtime_protocol::message::Entries;
use serde_json::Value;

/// A figure with a card of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Players with a finished game.
    Players,
    /// Tournaments in progress.
    TournamentsRunning,
    /// Finished games.
    Games,
    /// The mean rating.
    Rating,
}

impl Figure {
    /// All figures, in the order of the cards.
    pub const ALL: [Self; 4] = [Self::Players, Self::TournamentsRunning, Self::Games, Self::Rating];

    /// The figure's key in the state.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Players => "players",
            Self::TournamentsRunning => "tournaments_running",
            Self::Games => "games",
            Self::Rating => "rating",
        }
    }
}

/// By which formula ratings are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RatingKind {
    /// From the games of this database.
    Local,
    /// Elo.
    Elo,
}

/// What a card shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// A number of things.
    Count(i64),
    /// A mean rating.
    Rating {
        /// By which formula.
        kind: RatingKind,
        /// The mean in thousandths.
        mean_milli: i64,
        /// Of how many players.
        n: u64,
    },
}

impl Reading {
    /// The number itself: a count, or thousandths of a rating.
    #[must_use]
    pub fn value(self) -> i64 {
        match self {
            Self::Count(count) => count,
            Self::Rating { mean_milli, .. } => mean_milli,
        }
    }
}

/// What `figure` reads; `None` when there is no data for it.
///
/// Zero is a number only where something was counted: without any game and player the counts are
/// absent rather than zero.
#[must_use]
pub fn reading(state: &Entries, figure: Figure) -> Option<Reading> {
    let count = |key: Figure| state.get(key.name()).and_then(Value::as_i64);
    match figure {
        Figure::Players | Figure::TournamentsRunning | Figure::Games => {
            let value = count(figure)?;
            let empty = [Figure::Players, Figure::Games].into_iter().all(|key| count(key).unwrap_or(0) == 0);
            (value != 0 || !empty).then_some(Reading::Count(value))
        }
        Figure::Rating => rating(state.get(figure.name())?),
    }
}

fn rating(value: &Value) -> Option<Reading> {
    let kind = match value.get("kind")?.as_str()? {
        "local" => RatingKind::Local,
        "elo" => RatingKind::Elo,
        _ => return None,
    };
    Some(Reading::Rating {
        kind,
        mean_milli: value.get("mean_milli")?.as_i64()?,
        n: value.get("n")?.as_u64()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(value: Value) -> Entries {
        let Value::Object(fields) = value else { panic!("an object") };
        fields.into_iter().collect()
    }

    #[test]
    fn figures_are_read_as_they_stand() {
        let state = state(json!({
            "players": 120, "games": 57, "games_rated": 50, "tournaments_running": 0,
            "rating": {"kind": "local", "mean_milli": 1_012_345, "n": 118},
        }));
        assert_eq!(reading(&state, Figure::Players), Some(Reading::Count(120)));
        assert_eq!(reading(&state, Figure::TournamentsRunning), Some(Reading::Count(0)));
        let rating = Reading::Rating { kind: RatingKind::Local, mean_milli: 1_012_345, n: 118 };
        assert_eq!(reading(&state, Figure::Rating), Some(rating));
        assert_eq!(rating.value(), 1_012_345);
    }

    #[test]
    fn an_empty_database_has_no_figures() {
        let state = state(json!({"players": 0, "games": 0, "games_rated": 0, "tournaments_running": 0}));
        for figure in Figure::ALL {
            assert_eq!(reading(&state, figure), None, "{figure:?}");
        }
    }

    #[test]
    fn a_tournament_without_a_game_is_counted() {
        let state = state(json!({"players": 0, "games": 0, "tournaments_running": 2}));
        assert_eq!(reading(&state, Figure::TournamentsRunning), Some(Reading::Count(2)));
        assert_eq!(reading(&state, Figure::Games), None);
    }

    #[test]
    fn a_rating_of_an_unknown_kind_is_not_shown() {
        let state = state(json!({"games": 1, "rating": {"kind": "glicko", "mean_milli": 1, "n": 1}}));
        assert_eq!(reading(&state, Figure::Rating), None);
    }
}
