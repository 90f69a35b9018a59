//! What goes into the manager and what comes out of it.

use std::fmt;
use std::time::Duration;

use realtime_protocol::close::CloseCode;
use realtime_protocol::message::{Entries, ResetReason, Row};
use realtime_protocol::{Delta, Position, StateHash, Topic};

use crate::{Instant, Preferences, ProblemChange, Status};

/// Names one attempt to connect and the connection that comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(pub u64);

/// The code with which a connection is dropped that does not answer; a browser may send it, a server ignores it.
pub const GIVEN_UP: CloseCode = CloseCode(4000);

/// Names one request over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fetch(pub u64);

/// Names one subscriber of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

/// What the driver tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// The moment of [`Output::Wait`] has come; too early or too often does no harm.
    Timeout,
    /// The socket of this attempt is open.
    Opened(Attempt),
    /// A text message arrived.
    Received(Attempt, &'a str),
    /// The socket is closed or could not be opened; the code and the text with it, if the server sent them.
    Closed(Attempt, Option<CloseCode>, &'a str),
    /// A request over HTTP was answered with this status and body, or failed.
    Fetched(Fetch, Option<(u16, &'a str)>),
    /// Whether somebody can see the client.
    Visibility {
        /// Nobody can.
        hidden: bool,
    },
    /// Preferences that were stored: at the start, and when another page stores some.
    Restored(&'a str),
    /// What the system says about the network.
    Network {
        /// There is one.
        online: bool,
    },
    /// The client ran again after it stood still: a page that was frozen, a program that was stopped,
    /// a machine that slept. What the connection did meanwhile, nobody knows.
    Resumed,
}

/// What the driver must do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Open a socket; it belongs to this attempt.
    Connect(Attempt),
    /// Send a text message.
    Transmit(Attempt, String),
    /// Close the socket with this code and forget it, whether it is open yet or not.
    Disconnect(Attempt, CloseCode),
    /// Ask the server of the socket over HTTP and tell the answer, or that there is none; one that takes
    /// longer than [`FETCH_WAIT`](crate::limits::FETCH_WAIT) counts for nothing.
    Fetch {
        /// Names the request.
        fetch: Fetch,
        /// Path and query.
        path: String,
        /// What to send as `If-None-Match`.
        etag: Option<String>,
    },
    /// Store this text, to be given back by [`Input::Restored`]; a driver without a store drops it.
    Persist(String),
    /// Tell the application.
    Event(Event),
    /// Nothing more to do until an input comes, or until this moment.
    Wait(Option<Instant>),
}

/// What the application is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The status changed, or a retry starts (then `from` and `to` are both reconnecting).
    Status(StatusChange),
    /// States changed: all topics of one tick at once.
    Batch(Vec<TopicUpdate>),
    /// Rows of a table topic, each exactly once and in order; never slowed or merged on this side.
    Rows(RowsUpdate),
    /// What subscribers with a pace of their own are due, those of higher priority first.
    Deliveries(Vec<Delivery>),
    /// After a reconnect, every topic is joined again.
    CaughtUp(CaughtUp),
    /// A topic was refused or ended by the server; it is not joined again on this connection.
    Refused {
        /// The topic.
        topic: Topic,
        /// The server's words, `code: text`.
        reason: String,
    },
    /// Something is wrong, or is no more; [`Manager::problems`](crate::Manager::problems) has what stands.
    ///
    /// Boxed: it is rare and large, and every output takes as much room as the largest.
    Problem(Box<ProblemChange>),
    /// The viewer's preferences changed, here or on another page.
    Preferences(Box<Preferences>),
    /// Where the server's data come from, at first and when it changes: the mark to show.
    Mode(String),
    /// A topic could not be continued and was started anew from a state.
    Resynchronised {
        /// The topic.
        topic: Topic,
        /// Why.
        reason: ResetReason,
        /// How many commits went by unseen, where that is known.
        missed: Option<u64>,
    },
}

/// A change of the status, or the start of a retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// Before.
    pub from: Status,
    /// After.
    pub to: Status,
    /// The retry meant, from 1; 0 outside of reconnecting.
    pub attempt: u32,
    /// Time until that retry starts; absent when it starts now.
    pub next_attempt_in: Option<Duration>,
    /// What brought it about.
    pub reason: Option<Reason>,
}

/// What brought a change of the status about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The user asked for it.
    Asked,
    /// The waiting time before a retry is over.
    Due,
    /// The heartbeat was answered.
    Answered,
    /// The socket closed, or could not be opened; the code, if the server sent one.
    Closed(Option<CloseCode>),
    /// The server refused for good.
    Refused(CloseCode),
    /// The server was silent for too long.
    Silent,
    /// The socket did not open in time.
    NotOpened,
    /// The socket opened, but the first heartbeat was not answered in time.
    NotAnswered,
    /// The system found a network.
    Online,
    /// The client is seen again.
    Shown,
    /// The client runs again after it stood still.
    Resumed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("asked for"),
            Self::Due => f.write_str("retry is due"),
            Self::Answered => f.write_str("heartbeat was answered"),
            Self::Closed(None) => f.write_str("connection was lost"),
            Self::Closed(Some(code)) => write!(f, "server closed the connection ({})", code.0),
            Self::Refused(code) => write!(f, "server refused the connection for good ({})", code.0),
            Self::Silent => f.write_str("server fell silent"),
            Self::NotOpened => f.write_str("server could not be reached in time"),
            Self::NotAnswered => f.write_str("server did not answer in time"),
            Self::Online => f.write_str("network is back"),
            Self::Shown => f.write_str("client is seen again"),
            Self::Resumed => f.write_str("client runs again"),
        }
    }
}

/// How a reconnect ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaughtUp {
    /// Commits between where the topics stood before and where they stand now.
    pub commits: u64,
    /// Every topic was continued; false when one had to start from a state.
    pub resumed: bool,
}

/// How the state of one topic changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicUpdate {
    /// The topic.
    pub topic: Topic,
    /// Where its state stands now.
    pub position: Position,
    /// The hash of its state now, computed here.
    pub hash: StateHash,
    /// The change.
    pub change: TopicChange,
}

/// The kinds of change.
#[derive(Debug, Clone, PartialEq)]
pub enum TopicChange {
    /// The whole state, in answer to a join.
    Snapshot(Entries),
    /// What changed while the connection was away.
    Resumed(Delta),
    /// What changed.
    Delta(Delta),
    /// The whole state, because the last one could not be continued.
    Reset {
        /// Why.
        reason: ResetReason,
        /// How many commits went by unseen, where that is known.
        missed: Option<u64>,
        /// All keys with their values.
        state: Entries,
    },
}

/// What one subscriber is given: everything since its last delivery, as one change.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Whom.
    pub subscription: SubscriptionId,
    /// Its topic.
    pub topic: Topic,
    /// Where the state stands with this change.
    pub position: Position,
    /// The hash of that state, computed here.
    pub hash: StateHash,
    /// How many updates of the topic are in it.
    pub updates: u32,
    /// The change.
    pub change: DeliveryChange,
}

/// The kinds of change in a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryChange {
    /// The whole state: the first one, one that could not be continued, or one that changed too much.
    State(Entries),
    /// What changed.
    Delta(Delta),
}

/// Rows of one table topic.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsUpdate {
    /// The topic.
    pub topic: Topic,
    /// Every row up to here has been told.
    pub position: Position,
    /// The rows, in the order of their commits; all rows of a commit come together.
    pub rows: Vec<Row>,
}
