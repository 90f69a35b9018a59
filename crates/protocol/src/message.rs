//! Payloads of the events, in both directions.

use serde::{Deserialize, Serialize};

use crate::{Delta, Position, StateHash};

/// Names of events.
pub mod event {
    /// Client: begin a subscription.
    pub const JOIN: &str = "phx_join";
    /// Client: end a subscription.
    pub const LEAVE: &str = "phx_leave";
    /// Server: answer to a request.
    pub const REPLY: &str = "phx_reply";
    /// Server: the subscription has ended for good.
    pub const CLOSE: &str = "phx_close";
    /// Server: the subscription failed, join again.
    pub const ERROR: &str = "phx_error";
    /// Client, on topic `phoenix`: measure the round trip.
    pub const HEARTBEAT: &str = "heartbeat";
    /// Server, on topic `phoenix`: still here.
    pub const BEAT: &str = "beat";
    /// Server, on topic `phoenix`: where the data come from has changed.
    pub const MODE: &str = "mode";
    /// Client, on topic `phoenix`: shown or hidden.
    pub const VISIBILITY: &str = "visibility";
    /// Server: a view's state changed.
    pub const DELTA: &str = "delta";
    /// Server: rows of a table changed.
    pub const ROWS: &str = "rows";
    /// Both: start anew from a state.
    pub const RESET: &str = "reset";
    /// Client, on the topic of a join: its token from now on; there is no answer.
    pub const ACCESS_TOKEN: &str = "access_token";
}

/// The topic of the connection itself.
pub const PHOENIX: &str = "phoenix";

/// Payload of `phx_join`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Join {
    /// Least time between two deltas; rounded down to a class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle_ms: Option<u64>,
    /// How much the client has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What proves who the client is, where a server asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// How a join was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinMode {
    /// With the whole state.
    Snapshot,
    /// With what changed since the client's position.
    Resumed,
}

/// `response` of a successful join of a view.
///
/// Exactly one of `state` and `delta` is there, as `mode` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The canonical topic.
    pub topic: String,
    /// The class that was given.
    pub throttle_ms: u32,
    /// Where the state stands.
    pub position: Position,
    /// Hash of the state that results.
    pub hash: StateHash,
    /// With what the join was answered.
    pub mode: JoinMode,
    /// The whole state, when `mode` is `snapshot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Entries>,
    /// What changed, when `mode` is `resumed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
}

/// Entries of a state as they travel.
pub type Entries = std::collections::BTreeMap<String, serde_json::Value>;

/// Payload of `delta`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeltaPush {
    /// The offset of the topic's last frame; the client must stand there.
    pub from: u64,
    /// The offset reached.
    pub to: u64,
    /// Commits between the two, those that changed nothing included.
    pub commits: u64,
    /// Hash of the state that results.
    pub hash: StateHash,
    /// What changed.
    #[serde(flatten)]
    pub delta: Delta,
    /// When the oldest change in it was committed, by the writer's clock, milliseconds since 1970; absent where
    /// that is not known or no commit made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// No further frame of this tick follows.
    pub last: bool,
}

/// How the join of a table was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableMode {
    /// The client had no position: rows after `position` follow.
    Live,
    /// Every row after the client's own position, which is `position`, follows.
    Resumed,
    /// The client's position cannot be continued: rows after `position` follow, and some before it are missing.
    Reset,
}

/// `response` of a successful join of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableJoined {
    /// The canonical topic.
    pub topic: String,
    /// The class that was given.
    pub throttle_ms: u32,
    /// Rows after this position follow.
    pub position: Position,
    /// With what the join was answered.
    pub mode: TableMode,
    /// Why the client's position cannot be continued, when `mode` is `reset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ResetReason>,
    /// When `mode` is `reset`: commits between the client's position and this one, where that is known.
    pub missed: Option<u64>,
}

/// What happened to a row, as a subscriber sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOp {
    /// It is new.
    Insert,
    /// It has other values.
    Update,
    /// It is gone.
    Delete,
    /// It is still there, but no longer what the topic asks for.
    Leave,
}

impl RowOp {
    /// The word as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Leave => "leave",
        }
    }
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The commit.
    pub offset: u64,
    /// What happened.
    pub op: RowOp,
    /// The row's key.
    pub key: String,
    /// The row after the change; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<serde_json::Value>,
    /// The row before the change; absent when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<serde_json::Value>,
    /// When it was committed, by the writer's clock, RFC 3339 in UTC.
    pub at: String,
}

/// Payload of `rows`: the changes of one table after `from` up to `to`, in order.
///
/// One push holds whole commits. Where one commit is larger than a push may be, it comes in pieces
/// that all carry the same `from` and `to`; `last` ends it. A client takes the rows over, and moves its
/// position to `to`, only with the piece that is the last: so a cut between two pieces doubles nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowsPush {
    /// The offset of the topic's last push; the client must stand there.
    pub from: u64,
    /// The offset reached.
    pub to: u64,
    /// What changed; empty when the position only moves on.
    pub rows: Vec<Row>,
    /// No further piece up to `to` follows.
    pub last: bool,
}

/// Payload of the client's `access_token`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The token that counts from now on.
    pub access_token: String,
}

/// Why a client must drop its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// Another life of the log.
    Epoch,
    /// The position is older than what is kept.
    Expired,
    /// The position lies beyond the head.
    Ahead,
    /// The client's hash differed.
    Hash,
    /// The client missed a frame.
    Gap,
    /// The client was too slow for what is kept.
    Lag,
}

impl ResetReason {
    /// The word as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Expired => "expired",
            Self::Ahead => "ahead",
            Self::Hash => "hash",
            Self::Gap => "gap",
            Self::Lag => "lag",
        }
    }
}

/// Payload of the server's `reset`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResetPush {
    /// Why.
    pub reason: ResetReason,
    /// Where the state stands.
    pub position: Position,
    /// Hash of the state.
    pub hash: StateHash,
    /// The whole state.
    pub state: Entries,
    /// Commits between the client's position and this one, where that is known.
    pub missed: Option<u64>,
}

/// Payload of the client's `reset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetRequest {
    /// `hash` or `gap`.
    pub reason: ResetReason,
}

/// Payload of `beat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Head of the log.
    pub offset: u64,
    /// The server's wall clock, milliseconds since 1970.
    pub time_ms: u64,
}

/// `response` of a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatReply {
    /// The server's wall clock, milliseconds since 1970.
    pub time_ms: u64,
    /// The server's version.
    pub version: String,
    /// Where the data come from; see [`Mode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// Payload of `mode`: where the data come from, in the words of the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mode {
    /// The mark that every page must show, such as `live` or `demo`.
    pub mode: String,
}

/// Payload of `visibility`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// Whether nobody can see the client.
    pub hidden: bool,
}

/// `response` of a refused request: `code: text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A code of PROTOCOL.md, a colon, and a sentence.
    pub reason: String,
}

/// Payload of `phx_reply`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", content = "response", rename_all = "snake_case")]
pub enum Reply<R> {
    /// Done, with what was asked for.
    Ok(R),
    /// Refused.
    Error(Refusal),
}
