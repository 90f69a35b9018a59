//! Every limit of the server, each with its reason.

use std::time::Duration;

/// Deltas a group or topic keeps for merging and resume: a minute at the default class.
pub const HISTORY_DELTAS_MAX: usize = 64;
/// Bytes of kept deltas: beyond this the whole state is the cheaper answer.
pub const HISTORY_BYTES_MAX: usize = 256 * 1024;
/// Row changes replayed at the start to seed the histories: bounds the time to the first answer.
pub const SEED_CHANGES_MAX: usize = 2_000;
/// Rows of one push of a table: what a page takes over between two frames.
pub const ROWS_PUSH_MAX: usize = 256;
/// Bytes of the rows of one push, unless one row alone is larger: a slow line shows progress.
pub const ROWS_PUSH_BYTES_MAX: usize = 128 * 1024;
/// Rows of the last commits that are kept for viewers of tables: a burst within one interval of a class.
pub const RECENT_ROWS_MAX: usize = 16_384;
/// Bytes of these commits.
pub const RECENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Commits without a row of a table after which its viewers' position moves on all the same: far fewer than
/// a log keeps, so that a quiet table never looks like an expired position.
pub const TABLE_QUIET_COMMITS_MAX: u64 = 500;
/// Commits that one read for one viewer passes.
pub const READ_COMMITS_MAX: usize = 1_024;
/// Commits that are taken from the log in one step of such a read: each can be an import's.
pub const READ_STEP_COMMITS: usize = 32;
/// Reads that wait for the log's second reader; beyond this a session waits before it asks.
pub const READS_WAITING_MAX: usize = 64;
/// Topics of one session: a page has a dozen.
pub const SESSION_TOPICS_MAX: usize = 100;
/// Sessions of one server: file descriptors end somewhere, and the limit should be ours.
pub const SESSIONS_MAX: usize = 20_000;
/// Silence after which a beat is sent to a visible client, which gives up after 5 s.
pub const BEAT_AFTER: Duration = Duration::from_secs(2);
/// Silence after which a beat is sent to a hidden client.
pub const BEAT_AFTER_HIDDEN: Duration = Duration::from_secs(60);
/// How often a hidden client is told what changed: nobody sees it, and what it shows when it is looked at again
/// comes at once.
pub const TICK_AFTER_HIDDEN: Duration = Duration::from_secs(60);
/// A client that sent nothing for this long is gone: two of the longest heartbeat intervals and more.
pub const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(150);
/// A write that takes longer means that the peer is gone.
pub const WRITE_MAX: Duration = Duration::from_secs(60);
/// Commits read from the log in one step.
pub const TAIL_COMMITS_MAX: usize = 256;
/// Batches of commits on their way to the hub.
pub const TAIL_BATCHES_MAX: usize = 4;
/// Commands on their way to the hub.
pub const HUB_COMMANDS_MAX: usize = 1_024;
/// Frames of one client that wait for its session.
pub const INBOUND_FRAMES_MAX: usize = 16;
/// How long a stop waits for open connections; the whole stop has 5 s.
pub const STOP_MAX: Duration = Duration::from_secs(3);
/// How often the tail looks whether it should stop.
pub const TAIL_WAIT: Duration = Duration::from_millis(250);
/// Longest text of a library's own error that is passed on: it is one sentence.
pub const ERROR_TEXT_BYTES_MAX: usize = 1024;
