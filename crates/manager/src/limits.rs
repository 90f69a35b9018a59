//! Every limit of the manager, each with its reason.

use std::time::Duration;

/// Topics at once: the page has about ten, a reader of everything a hundred.
pub const TOPICS_MAX: usize = 256;
/// Frames of a tick that wait for its last one: a tick has at most one frame a topic.
pub const TICK_FRAMES_MAX: usize = TOPICS_MAX;
/// How long a tick waits for its next frame: as long as a connection may be silent before it counts as lost. All of a
/// tick is sent in one write, but a link that stalls or is narrow can take seconds between two frames, and half a
/// tick is worse than a late one.
pub const TICK_WAIT: Duration = Duration::from_secs(5);
/// Round trips that are kept: far more than a minute's heartbeats.
pub const SAMPLES_MAX: usize = 64;
/// For how long a round trip, or the delay of a delta, counts.
pub const SAMPLE_AGE_MAX: Duration = Duration::from_secs(60);
/// Delays of deltas that are kept: more than a page is told in a minute at the usual second, and enough for a p99.
pub const DELAYS_MAX: usize = 512;
/// How long a join may stay unanswered before it is asked again: as long as an attempt.
pub const JOIN_WAIT: Duration = Duration::from_secs(10);
/// Keys of the changes that wait for one subscriber; a larger sum is replaced by the state as a whole.
pub const MERGED_KEYS_MAX: usize = 1024;
/// Subscribers at once: far above what a page mounts, so reaching it means that something leaks.
pub const SUBSCRIBERS_MAX: usize = 1024;
/// Failures of one topic within [`BREAKER_WINDOW`] after which it is left alone: a deployment or a bad
/// moment makes one or two.
pub const BREAKER_FAILURES: usize = 5;
/// For how long a failure counts.
pub const BREAKER_WINDOW: Duration = Duration::from_secs(60);
/// How long a topic that failed too often is left alone: as long as the longest wait before a retry.
pub const BREAKER_OPEN: Duration = Duration::from_secs(30);
/// Rows of one commit that wait for its end: an import writes 500 games with ten seats each in one.
pub const ROWS_HELD_MAX: usize = 65_536;
/// Bytes of these rows, as [`Manager::memory_estimate`](crate::Manager::memory_estimate) counts them: half
/// of the default budget, so that no commit alone can make the manager let go of states.
pub const ROWS_HELD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of stored preferences: fifty times what is written here, so that a newer program has room.
pub const PREFERENCES_BYTES_MAX: usize = 32 * 1024;
/// How often expired things are let go, at the latest.
pub const CLEAN_UP_EVERY: Duration = Duration::from_secs(60);
/// Per cent of the memory budget at which everything is let go that can be had again.
pub const BUDGET_SHARE: u64 = 80;
/// How long a server may ask a client to stay away before the next retry; who wants more must refuse.
pub const RETRY_HINT_MAX: Duration = Duration::from_secs(60);
/// Over how long attempts are spread that a network or a viewer brings about at many clients at once: a
/// server takes thousands in that time, and whoever looks at a page is to see it right within a second.
pub const NUDGE_SPREAD: Duration = Duration::from_millis(300);
/// The longest silence of a server towards a client that somebody sees: then it beats.
pub const BEAT: Duration = Duration::from_secs(2);
/// What a link may stall without a word: nobody notices it.
pub const STALL: Duration = Duration::from_millis(400);
/// By how much two measurements of the server's clock may differ in a minute without contradicting each
/// other: clocks that run 100 parts in a million apart, and the rounding to milliseconds.
pub const CLOCK_DRIFT_MS: u64 = 10;
/// Entries of a feed that are kept: more than anybody scrolls through.
pub const ACTIVITIES_MAX: usize = 100;
/// How long after its receipt an entry is kept: yesterday's news are none.
pub const ACTIVITY_AGE_MAX: Duration = Duration::from_secs(24 * 3600);
/// Attempts in a row that fail before the socket opens, after which a block of WebSockets is suspected: one
/// or two are a server that restarts.
pub const UNOPENED_ATTEMPTS: u32 = 3;
/// How often views are read over HTTP while no WebSocket opens: quick enough for a game that lasts an hour,
/// and an answer without a body while nothing changes.
pub const POLL_EVERY: Duration = Duration::from_secs(5);
/// How long a request may stay unanswered: as long as an attempt.
pub const FETCH_WAIT: Duration = Duration::from_secs(10);
/// Failed requests in a row after which the reading ends, until a further attempt has failed.
pub const POLL_MISSES_MAX: u32 = 6;
/// Problems that are over and still known: a day with an outage in every quarter of an hour.
pub const PROBLEM_HISTORY_MAX: usize = 100;
/// Bytes of the words about a problem: some of them are the server's.
pub const PROBLEM_TEXT_BYTES_MAX: usize = 500;
/// Messages that could not be read and are kept to be looked at: the newest show what is wrong.
pub const ASIDE_MAX: usize = 20;
/// Bytes of such a message that are kept: its topic, event and first fields.
pub const ASIDE_BYTES_MAX: usize = 1024;
/// How long nothing unreadable may have come before messages count as readable again: a source that
/// mixes good and bad ones is not well after each good one.
pub const MESSAGES_CLEAN_AFTER: Duration = Duration::from_secs(60);
/// A 95th of 100 round trips longer than this is felt with every press.
pub const ROUND_TRIP_SLOW: Duration = Duration::from_secs(2);
/// For how long, before it is told: a bad moment is none.
pub const ROUND_TRIP_SLOW_FOR: Duration = Duration::from_secs(10);
/// A batch that takes the application longer drops frames: it is three of them.
pub const BATCH_SLOW: Duration = Duration::from_millis(50);
/// So many slow batches are told.
pub const BATCHES_SLOW: usize = 3;
/// Within this time.
pub const BATCHES_SLOW_WITHIN: Duration = Duration::from_secs(10);
