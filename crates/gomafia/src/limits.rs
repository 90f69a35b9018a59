//! Every limit of the binary, each with its reason.

use std::time::Duration;

/// Longest body of the ingest API: a game of thirty seats has 10 KB.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Requests a second that write: a burst of results of the largest championship is 23 games.
pub(crate) const WRITES_PER_SECOND: u32 = 2_000;
/// Requests at once that write.
pub(crate) const WRITES_BURST: u32 = 4_000;
/// Jobs that wait for a database thread.
pub(crate) const STORE_JOBS_MAX: usize = 1_024;
/// Idempotency keys remembered: an hour of a busy source.
pub(crate) const IDEMPOTENCY_KEYS_MAX: usize = 10_000;
/// Longest idempotency key.
pub(crate) const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Longest line of an imported file; the longest real one has 5 KB.
pub(crate) const LINE_BYTES_MAX: usize = 1024 * 1024;
/// Longest imported JSON document, which is held in memory whole: a tournament of the largest
/// championship has 2 MB.
pub(crate) const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Age of commits that are kept.
pub(crate) const RETENTION_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Commits that are always kept.
pub(crate) const RETENTION_COMMITS_MIN: u64 = 1_000;
/// How often retention is applied.
pub(crate) const RETENTION_EVERY: Duration = Duration::from_secs(600);
/// What a stop may take after its connections have ended or were cut; the whole stop has 5 s.
pub(crate) const STOP_REST_MAX: Duration = Duration::from_millis(800);
/// Longest wait for an answer to one request of ours.
pub(crate) const REQUEST_MAX: Duration = Duration::from_secs(10);
/// Times that one request is sent again: with the waits below about two and a half minutes.
pub(crate) const RETRIES_MAX: u32 = 20;
/// First wait before a request is sent again.
pub(crate) const RETRY_WAIT_MIN: Duration = Duration::from_millis(250);
/// Longest wait that we choose before a request is sent again.
pub(crate) const RETRY_WAIT_MAX: Duration = Duration::from_secs(10);
