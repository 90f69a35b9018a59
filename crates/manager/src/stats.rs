//! Exact counts, from the start of the manager.

use realtime_protocol::Topic;

use crate::{Circuit, Instant, Options, SubscriptionId};

/// What subscribers were given, each subscriber counted for itself.
///
/// What is in none of the last two waits, or waited when its subscriber went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Updates of its topic.
    pub updates: u64,
    /// Deliveries: updates that it took as they came, and those that carried several.
    pub deliveries: u64,
    /// Updates that came as part of a later one.
    pub conflated: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.updates += other.updates;
        self.deliveries += other.deliveries;
        self.conflated += other.conflated;
    }
}

/// One subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberInfo {
    /// Its name.
    pub id: SubscriptionId,
    /// What it subscribes to.
    pub topic: Topic,
    /// What it chose.
    pub options: Options,
    /// Whether it takes nothing for now.
    pub paused: bool,
    /// When it came.
    pub since: Instant,
    /// When it was last given something; absent before the first.
    pub last_delivery: Option<Instant>,
    /// Updates that wait for it.
    pub waiting: u32,
    /// What it was given so far.
    pub counts: Counts,
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Messages received on living connections.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages sent.
    pub frames_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Deltas applied, those of resumed joins included.
    pub deltas: u64,
    /// Commits by which the newest position of any topic went on, within an epoch.
    pub commits: u64,
    /// Updates told to the application; the sum over all subscriptions and [`Self::updates_of_ended`].
    pub updates: u64,
    /// Of these, updates of topics that nobody subscribes to any more.
    pub updates_of_ended: u64,
    /// What subscribers were given; the sum over all subscribers and [`Self::subscribers_ended`].
    pub subscribers: Counts,
    /// Of this, what subscribers were given that are gone.
    pub subscribers_ended: Counts,
    /// Rows of tables told to the application; each is also one of the updates.
    pub rows: u64,
    /// Rows that came again and were dropped.
    pub rows_duplicate: u64,
    /// States that replaced an earlier one by the server's `reset`, and tables that could not be continued.
    pub resets: u64,
    /// Times that the hash computed here was not the server's.
    pub hash_mismatches: u64,
    /// Deltas that did not begin where their topic stood.
    pub gaps: u64,
    /// Inputs of an attempt that is over.
    pub stale_inputs: u64,
    /// Messages of a join that is over.
    pub stale_frames: u64,
    /// Messages that could not be read or held what cannot be; the newest are kept,
    /// [`Manager::set_aside`](crate::Manager::set_aside).
    pub malformed: u64,
    /// Attempts to connect, retries included.
    pub attempts: u64,
    /// Connections that were won back after a loss.
    pub reconnects: u64,
    /// Topics that failed so often that they were left alone for a while.
    pub circuits_opened: u64,
    /// Things that clean-ups let go.
    pub cleaned_entries: u64,
    /// What they took, in bytes.
    pub cleaned_bytes: u64,
    /// Clean-ups for which the memory budget was the reason.
    pub budget_evictions: u64,
    /// Problems that were raised.
    pub problems: u64,
    /// Stored preferences that were no object, so that nothing of them was taken.
    pub preferences_broken: u64,
    /// Stored preferences that were wrong and replaced by their defaults.
    pub preferences_replaced: u64,
    /// Topics that were refused, those above the limit included.
    pub refusals: u64,
}

/// One topic that somebody subscribes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionInfo {
    /// The topic.
    pub topic: Topic,
    /// How many subscribe to it.
    pub subscribers: u32,
    /// Updates told since the first of them came.
    pub updates: u64,
    /// When the last one was; absent before the first.
    pub last_update: Option<Instant>,
    /// The interval that the server gave, or before that the one asked for, in milliseconds.
    pub throttle_ms: u32,
    /// Whether the server has joined it on this connection.
    pub joined: bool,
    /// Whether it is asked for, or failed so often that it is left alone for a while.
    pub circuit: Circuit,
}
