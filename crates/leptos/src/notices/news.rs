//! What a viewer can be told, and how long it stands.

use std::time::Duration;

use realtime_manager::{CaughtUp, Notification};
use realtime_protocol::Topic;

/// Why no further attempt to connect is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GaveUp {
    /// All attempts failed.
    AllAttempts,
    /// The viewer does not want attempts without being asked.
    SwitchedOff,
    /// The server refuses this client for good.
    Refused,
}

/// What a viewer is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The connection is away, and attempts to win it back are made.
    Lost,
    /// The connection is away, and no attempt is made any more.
    GaveUp(GaveUp),
    /// The connection is back, and everything is as if it had never been away.
    Restored(CaughtUp),
    /// A topic could not be continued and was started anew.
    Resynchronised {
        /// How many commits went by unseen, where that is known.
        missed: Option<u64>,
    },
    /// The viewer switched live updates off.
    Paused,
    /// Live updates are on again; what was caught up, where that is known.
    Resumed(Option<CaughtUp>),
    /// The server does not send a topic.
    Refused {
        /// The topic.
        topic: Topic,
        /// The server's words.
        reason: String,
    },
    /// Messages could not be read and were set aside.
    SetAside {
        /// How many since this was last told.
        messages: u64,
    },
    /// Something is slow or large.
    Slow {
        /// What, by the name of its figure.
        figure: String,
        /// What is wrong, in the manager's words; absent when it is over.
        wrong: Option<String>,
    },
    /// A part of the page could not be drawn.
    NotDrawn {
        /// Its title.
        part: String,
    },
    /// What the application says.
    System(String),
}

impl News {
    /// The kind in one word, the mark of its toast.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::GaveUp(_) => "gave-up",
            Self::Restored(_) => "restored",
            Self::Resynchronised { .. } => "resynchronised",
            Self::Paused => "paused",
            Self::Resumed(_) => "resumed",
            Self::Refused { .. } => "refused",
            Self::SetAside { .. } => "set-aside",
            Self::Slow { .. } => "performance",
            Self::NotDrawn { .. } => "not-drawn",
            Self::System(_) => "system",
        }
    }

    /// What a viewer mutes it with; absent for what only all of it together mutes.
    pub(crate) fn notification(&self) -> Option<Notification> {
        match self {
            Self::Lost | Self::GaveUp(_) | Self::Restored(_) | Self::Paused | Self::Resumed(_) => {
                Some(Notification::Connection)
            }
            Self::Refused { .. } => Some(Notification::Subscription),
            Self::Resynchronised { .. } | Self::SetAside { .. } => Some(Notification::Data),
            Self::Slow { .. } => Some(Notification::Performance),
            Self::NotDrawn { .. } | Self::System(_) => None,
        }
    }

    /// How long it is shown; absent for what is shown until it ends.
    pub(crate) fn shown_for(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Lost | Self::GaveUp(_) => return None,
            Self::Paused | Self::Resumed(_) => 6,
            Self::Restored(_) | Self::Resynchronised { .. } | Self::SetAside { .. } => 10,
            Self::Slow { .. } | Self::System(_) | Self::NotDrawn { .. } => 12,
            Self::Refused { .. } => 15,
        };
        Some(Duration::from_secs(seconds))
    }

    /// What stands for this and for `newer`, where both are one matter.
    pub(crate) fn with(&self, newer: &Self) -> Option<Self> {
        match (self, newer) {
            // Topics of one log miss the same commits.
            (Self::Resynchronised { missed: a }, Self::Resynchronised { missed: b }) => {
                Some(Self::Resynchronised { missed: (*a).max(*b) })
            }
            (Self::SetAside { messages: a }, Self::SetAside { messages: b }) => {
                Some(Self::SetAside { messages: a.saturating_add(*b) })
            }
            (Self::Slow { figure: a, .. }, Self::Slow { figure: b, .. }) if a == b => Some(newer.clone()),
            (Self::System(a), Self::System(b)) if a == b => Some(newer.clone()),
            (Self::Refused { .. }, Self::Refused { .. })
            | (Self::NotDrawn { .. }, Self::NotDrawn { .. })
            | (Self::Paused | Self::Resumed(_), Self::Paused | Self::Resumed(_)) => Some(newer.clone()),
            (
                Self::Lost
                | Self::GaveUp(_)
                | Self::Restored(_)
                | Self::Resynchronised { .. }
                | Self::Paused
                | Self::Resumed(_)
                | Self::Refused { .. }
                | Self::SetAside { .. }
                | Self::Slow { .. }
                | Self::NotDrawn { .. }
                | Self::System(_),
                _,
            ) => None,
        }
    }

    /// Whether a newer one of the same matter takes its place rather than adding to it.
    pub(crate) fn is_state(&self) -> bool {
        match self {
            Self::Lost
            | Self::GaveUp(_)
            | Self::Restored(_)
            | Self::Paused
            | Self::Resumed(_)
            | Self::SetAside { .. }
            | Self::Slow { .. } => true,
            Self::Resynchronised { .. } | Self::Refused { .. } | Self::NotDrawn { .. } | Self::System(_) => {
                false
            }
        }
    }
}
