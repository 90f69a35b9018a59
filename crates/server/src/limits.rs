//! Every limit of the server, each with its reason.

use std::time::Duration;

/// Deltas a group or topic keeps for merging and resume: a minute at the default class.
pub const HISTORY_DELTAS_MAX: usize = 64;
/// Bytes of kept deltas: beyond this the whole state is the cheaper answer.
pub const HISTORY_BYTES_MAX: usize = 256 * 1024;
/// Row changes replayed at the start to seed the histories: bounds the time to the first answer.
pub const SEED_CHANGES_MAX: usize = 2_000;
/// States of views with parameters that are kept at once: each is made anew with every change of its view.
pub const VIEW_STATES_MAX: usize = 64;
/// How often the server's view of itself is made anew while somebody looks at it.
pub const SYSTEM_EVERY: Duration = Duration::from_secs(1);
/// Topics that the server's view of itself names, those with the most viewers: a screen.
pub const SYSTEM_TOPICS_MAX: usize = 50;
/// Sources of commits that are counted by their names; all others are counted as one.
pub const SOURCES_MAX: usize = 32;
/// Longest name of a source in the counters; what is longer is cut.
pub const SOURCE_NAME_BYTES_MAX: usize = 64;
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
/// Rows that one read for one viewer with a filter looks at: some milliseconds.
pub const READ_ROWS_MAX: usize = 1_024;
/// Filters of tables under way at once: each is applied to each row of its table.
pub const FILTERS_MAX: usize = 512;
/// Bytes that a regular expression of a filter takes when it is ready: words of all alphabets fit in.
pub const REGEX_BYTES_MAX: usize = 128 * 1024;
/// Commits that are taken from the log in one step of such a read: each can be an import's.
pub const READ_STEP_COMMITS: usize = 32;
/// Reads that wait for the log's second reader; beyond this a session waits before it asks.
pub const READS_WAITING_MAX: usize = 64;
/// Topics of one session: a page has a dozen.
pub const SESSION_TOPICS_MAX: usize = 100;
/// Sessions of one server unless it is told otherwise: file descriptors end somewhere, and the limit should be ours.
pub const SESSIONS_MAX: usize = 20_000;
/// Connections at once that speak HTTP or have not said yet what they want; sessions are counted apart.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Connections beyond these that are told so at once; more of them may see an end without a word.
pub const REFUSALS_MAX: usize = 256;
/// How long accepting rests after an error that is not the peer's, such as too many open files: long enough to do
/// other work, and too short for a browser to notice.
pub const ACCEPT_REST: Duration = Duration::from_millis(100);
/// How long a connection may take for the head of a request, and may be idle between two: twice what clients keep an
/// idle connection for, so that none is closed under a request.
pub const HEADER_TIME_MAX: Duration = Duration::from_secs(30);
/// Bytes of the head of a request: a browser's is two thousand.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// How long a request may take, its body included: a megabyte at 40 KB a second.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// How long nothing of an answer may be taken before the peer counts as gone.
pub const HTTP_UNREAD_MAX: Duration = Duration::from_secs(60);
/// The shortest time over which viewers are asked to come back after a stop: a restart takes so long.
pub const RETURN_MIN: Duration = Duration::from_secs(1);
/// The longest such time: nobody should look at a lost connection for longer.
pub const RETURN_MAX: Duration = Duration::from_secs(20);
/// Viewers that come back in a millisecond: half of what one core takes, with their joins.
pub const RETURNS_PER_MS: u64 = 2;
/// Messages that one client may send at once: a page that comes back joins a dozen topics, a program that opens
/// and closes topics as fast as it is answered sends thousands a second.
pub const CLIENT_FRAMES_BURST: u32 = 50_000;
/// One message in this time on the long run, 5,000 a second: what one client costs then is a part of a core.
pub const CLIENT_FRAME_EVERY: Duration = Duration::from_micros(200);
/// Messages of one client at once that cannot be read: a client of another version errs in a few.
pub const MALFORMED_BURST: u32 = 100;
/// One such message in this time on the long run.
pub const MALFORMED_EVERY: Duration = Duration::from_secs(1);
/// Silence after which a beat is sent to a visible client, which gives up after 5 s.
pub const BEAT_AFTER: Duration = Duration::from_secs(2);
/// Silence after which a beat is sent to a hidden client.
pub const BEAT_AFTER_HIDDEN: Duration = Duration::from_secs(60);
/// How often a hidden client is told what changed: nobody sees it, and what it shows when it is looked at again
/// comes at once.
pub const TICK_AFTER_HIDDEN: Duration = Duration::from_secs(60);
/// A client that sent nothing for this long is gone: two of the longest heartbeat intervals and more.
pub const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(150);
/// A full socket that takes nothing for this long means that the peer is gone. A peer with a large buffer that
/// reads a kilobyte a second opens its window once in a minute.
pub const WRITE_STUCK_MAX: Duration = Duration::from_secs(150);
/// How long the kernel waits for a peer to take what was sent: longer than [`WRITE_STUCK_MAX`], which counts.
pub const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(180);
/// How long a close frame waits behind what was sent before; then the socket ends without one.
pub const CLOSE_MAX: Duration = Duration::from_secs(10);
/// Bytes that wait in the kernel beyond what is on its way: what a slow viewer is told next is never behind more
/// of what it was told before.
pub const UNSENT_BYTES_MAX: u32 = 1_024;
/// Bytes that wait for a viewer before nothing more is read from it: its answers would pile up.
pub const OUTBOX_BYTES_MAX: usize = 64 * 1024;
/// Joins and leaves of one session that wait for the hub before nothing more is read from its client.
pub const ASKS_MAX: usize = 256;
/// Frames that one write takes: Linux takes a thousand slices, and more than these never wait in practice.
pub const SLICES_MAX: usize = 32;
/// How long a socket is read and thrown away after its last word, a close frame or a refusal, so that the peer gets
/// to see it.
pub const LINGER_MAX: Duration = Duration::from_secs(1);
/// How long a flush waits for more when commits come faster than they can be told: little beside the time that
/// telling takes then.
pub const GATHER_MAX: Duration = Duration::from_millis(5);
/// Commits read from the log in one step.
pub const TAIL_COMMITS_MAX: usize = 256;
/// Batches of commits on their way to the hub.
pub const TAIL_BATCHES_MAX: usize = 4;
/// Commands on their way to the hub.
pub const HUB_COMMANDS_MAX: usize = 1_024;
/// Reads of one socket in a row before others have their turn.
pub const READS_MAX: usize = 16;
/// How often viewers are looked at for whom something is due: a beat into two seconds of silence may be a
/// twentieth late, and a look at ten thousand costs a third of a millisecond.
pub const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Viewers that are told in a row before other work has its turn: a millisecond at most.
pub const VIEWERS_IN_A_ROW_MAX: usize = 256;
/// How long a stop waits for open connections; the whole stop has 5 s.
pub const STOP_MAX: Duration = Duration::from_secs(3);
/// How often the tail looks whether it should stop.
pub const TAIL_WAIT: Duration = Duration::from_millis(250);
/// Longest text of a library's own error that is passed on: it is one sentence.
pub const ERROR_TEXT_BYTES_MAX: usize = 1024;
