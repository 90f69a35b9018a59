//! What the page follows, gathered once.

use leptos::prelude::*;
use realtime_leptos::{
    Missing, RealtimeConfig, UseConnection, provide_realtime, use_page_clock, use_realtime_connection,
    use_realtime_event, use_server_time, use_watermark,
};
use realtime_manager::{Event, Instant, limits};
use realtime_protocol::{Position, TopicError};
use realtime_web::HostError;

use crate::entries::EntryKind;
use crate::hooks::{
    UseActivityFeed, UseDashboardMetrics, use_realtime_activity_feed, use_realtime_dashboard_metrics,
};
use crate::settings::Mode;

/// Why the page cannot follow anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveError {
    /// The browser lacks something.
    Host(HostError),
    /// A topic's name is wrong.
    Topic(TopicError),
    /// A hook stands above its provider.
    Missing(Missing),
}

impl std::fmt::Display for LiveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host(error) => error.fmt(f),
            Self::Topic(error) => error.fmt(f),
            Self::Missing(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LiveError {}

impl From<HostError> for LiveError {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<TopicError> for LiveError {
    fn from(error: TopicError) -> Self {
        Self::Topic(error)
    }
}

impl From<Missing> for LiveError {
    fn from(error: Missing) -> Self {
        Self::Missing(error)
    }
}

/// The signals of the page.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    /// The figures.
    pub metrics: UseDashboardMetrics,
    /// The feed.
    pub activity: UseActivityFeed,
    /// The connection.
    pub connection: UseConnection,
    /// The server's wall clock, once it was told.
    pub server_time: Signal<Option<u64>>,
    /// Up to where every figure is applied.
    pub watermark: Memo<Option<Position>>,
    /// The page's clock.
    pub now: Signal<Instant>,
    /// Where the data come from, once the server has said it.
    pub mode: ReadSignal<Option<Mode>>,
}

impl Live {
    /// Provides the connection and subscribes to what the page shows; a screen that nobody touches never
    /// gives up reconnecting.
    ///
    /// # Errors
    /// [`LiveError`] when this does not run on a page.
    pub fn provide(is_display: bool) -> Result<Self, LiveError> {
        let mut config = RealtimeConfig::default();
        if is_display {
            config.manager.recovery.max_retries = None;
        }
        provide_realtime(config)?;
        let (mode, set_mode) = signal(None);
        use_realtime_event(move |event| {
            if let Event::Mode(word) = &*event {
                set_mode.set(Some(Mode::of_word(word)));
            }
        })?;
        Ok(Self {
            mode,
            metrics: use_realtime_dashboard_metrics()?,
            activity: use_realtime_activity_feed(limits::ACTIVITIES_MAX, &EntryKind::ALL)?,
            connection: use_realtime_connection()?,
            server_time: use_server_time()?,
            watermark: use_watermark()?,
            now: use_page_clock()?,
        })
    }
}
