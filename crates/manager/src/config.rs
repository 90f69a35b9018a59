//! What a user of the manager may choose.

use std::time::Duration;

/// How a lost connection is won back.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// Whether it is won back without being asked; when not, a loss is an error at once.
    pub auto_reconnect: bool,
    /// Retries in a row before [`Status::Error`](crate::Status::Error); `None` is no end.
    pub max_retries: Option<u32>,
    /// Delay before the first retry.
    pub first_delay: Duration,
    /// By what each further delay is longer than the one before.
    pub factor: f64,
    /// The longest delay.
    pub max_delay: Duration,
    /// Whether delays are stretched by a random factor of 1.0 to 1.5, and attempts that the system or a
    /// viewer brings about wait for up to half a second, so that clients do not return in step.
    pub jitter: bool,
    /// A connection this old is stable: the count of retries begins anew.
    pub reset_after: Duration,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            auto_reconnect: true,
            max_retries: Some(5),
            first_delay: Duration::from_secs(1),
            factor: 2.0,
            max_delay: Duration::from_secs(30),
            jitter: true,
            reset_after: Duration::from_secs(10),
        }
    }
}

/// The times after which a connection counts as failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Between two heartbeats of a client that somebody sees.
    pub heartbeat: Duration,
    /// Silence after which the connection of a client that somebody sees is lost.
    pub silence: Duration,
    /// Both of the above for a client that nobody sees.
    pub hidden: Duration,
    /// How long opening, and then the first answer, may take.
    pub attempt: Duration,
    /// How long an answer may take when the client is shown again.
    pub shown: Duration,
    /// After `phx_error`, when a topic is joined again.
    pub rejoin: Duration,
    /// How long a topic stays joined that nobody takes any more, so that a change of pages costs no join.
    pub linger: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(25),
            silence: Duration::from_secs(5),
            hidden: Duration::from_secs(60),
            attempt: Duration::from_secs(10),
            shown: Duration::from_secs(1),
            rejoin: Duration::from_secs(1),
            linger: Duration::from_secs(1),
        }
    }
}

/// Everything that can be chosen; the default is what users were promised.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// How a lost connection is won back.
    pub recovery: Recovery,
    /// When a connection counts as failed.
    pub timing: Timing,
    /// What the manager may hold, in bytes; see [`Manager::clean_up`](crate::Manager::clean_up).
    pub memory_budget: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { recovery: Recovery::default(), timing: Timing::default(), memory_budget: 32 * 1024 * 1024 }
    }
}
