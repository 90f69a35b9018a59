//! What the page follows, gathered once.

use leptos::prelude::*;
use realtime_leptos::i18n::{self, Lang};
use realtime_leptos::{
    Missing, RealtimeConfig, TopicStatus, UseConnection, UseRealtimeOptions, provide_realtime,
    use_page_clock, use_realtime_connection, use_realtime_event, use_realtime_subscriptions,
    use_realtime_topic, use_server_time, use_watermark,
};
use realtime_manager::{Event, Instant, Reason, Status, StatusChange, SubscriptionInfo};
use realtime_protocol::{Position, Topic, TopicError};
use realtime_web::HostError;

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
    pub metrics: TopicStatus,
    /// The feed.
    pub activity: TopicStatus,
    /// The connection.
    pub connection: UseConnection,
    /// The server's wall clock, once it was told.
    pub server_time: Signal<Option<u64>>,
    /// What is subscribed.
    pub subscriptions: Memo<Vec<SubscriptionInfo>>,
    /// Up to where every figure is applied.
    pub watermark: Memo<Option<Position>>,
    /// The page's clock.
    pub now: Signal<Instant>,
    /// Where the data come from, once the server has said it.
    pub mode: ReadSignal<Option<Mode>>,
    /// Why the link was last lost.
    pub loss: ReadSignal<Option<Reason>>,
}

impl Live {
    /// Provides the connection and subscribes to what the page shows.
    ///
    /// # Errors
    /// [`LiveError`] when this does not run on a page.
    pub fn provide() -> Result<Self, LiveError> {
        provide_realtime(RealtimeConfig::default())?;
        let (loss, set_loss) = signal(None);
        let (mode, set_mode) = signal(None);
        use_realtime_event(move |event| {
            if let Event::Mode(word) = &*event {
                set_mode.set(Some(Mode::of_word(word)));
            }
            if let Event::Status(StatusChange { to: Status::Reconnecting | Status::Error, reason, .. }) =
                *event
                && let Some(reason) = reason.filter(|reason| i18n::loss(*reason, Lang::En).is_some())
            {
                set_loss.set(Some(reason));
            }
        })?;
        Ok(Self {
            mode,
            loss,
            metrics: use_realtime_topic(Topic::view("metrics")?, UseRealtimeOptions::default())?,
            activity: use_realtime_topic(Topic::view("activity")?, UseRealtimeOptions::default())?,
            connection: use_realtime_connection()?,
            server_time: use_server_time()?,
            subscriptions: use_realtime_subscriptions()?.list,
            watermark: use_watermark()?,
            now: use_page_clock()?,
        })
    }
}
