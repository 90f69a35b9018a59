//! The figures of the cards.

use leptos::prelude::*;
use realtime_leptos::{TopicStatus, UseRealtimeOptions, use_realtime_topic};
use realtime_manager::Instant;
use realtime_protocol::Topic;

use crate::figures::{Figure, Reading, reading};
use crate::live::LiveError;

/// What [`use_realtime_dashboard_metrics`] gives; a figure is `None` where there is no data for it.
#[derive(Debug, Clone, Copy)]
pub struct UseDashboardMetrics {
    /// Players with a finished game.
    pub players: Memo<Option<Reading>>,
    /// Tournaments in progress.
    pub tournaments_running: Memo<Option<Reading>>,
    /// Finished games.
    pub games: Memo<Option<Reading>>,
    /// The mean rating.
    pub rating: Memo<Option<Reading>>,
    /// When the figures arrived.
    pub as_of: Memo<Option<Instant>>,
    /// How the page stands with them.
    pub status: TopicStatus,
}

/// Follows the figures of the cards; each runs its readers only when it changes itself.
///
/// # Errors
/// [`LiveError`] outside of a provider.
pub fn use_realtime_dashboard_metrics() -> Result<UseDashboardMetrics, LiveError> {
    let status = use_realtime_topic(Topic::view("metrics")?, UseRealtimeOptions::default())?;
    let figure = move |figure: Figure| {
        Memo::new(move |_| {
            status.held.with(|held| held.as_ref().and_then(|held| reading(&held.entries, figure)))
        })
    };
    Ok(UseDashboardMetrics {
        players: figure(Figure::Players),
        tournaments_running: figure(Figure::TournamentsRunning),
        games: figure(Figure::Games),
        rating: figure(Figure::Rating),
        as_of: status.last_updated,
        status,
    })
}

impl UseDashboardMetrics {
    /// One of the figures.
    #[must_use]
    pub fn figure(self, figure: Figure) -> Memo<Option<Reading>> {
        match figure {
            Figure::Players => self.players,
            Figure::TournamentsRunning => self.tournaments_running,
            Figure::Games => self.games,
            Figure::Rating => self.rating,
        }
    }
}
