//! One viewer's protocol, from an accepted handshake to the end of its transport.
//!
//! A machine without IO: frames, group views, ticks and the time come in; [`Output`]s come out.
//! A session keeps a cursor for each topic and no queue: a viewer that lags is given a merged delta
//! or the whole state when it can be written to again, and is never cut for being slow.
//! A viewer of a table that lags reads for itself, one read at a time, the next when the last is written.
//! After any `&mut` call drain [`Session::poll_output`] to `Wait`.

mod budget;
mod joins;
mod shared;
mod subscriptions;
mod tables;
mod visibility;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use realtime_protocol::close::CloseCode;
use realtime_protocol::message::{
    Beat, DeltaPush, HeartbeatReply, Mode, PHOENIX, Refusal, Reply, ResetPush, ResetReason, ResetRequest,
    Visibility, event,
};
use realtime_protocol::{Epoch, Frame, FrameError, Position, ThrottleClass, Topic};
use serde::Serialize;

use crate::hub::{Changes, GroupView, Step, Tick};
use crate::limits::{
    BEAT_AFTER, BEAT_AFTER_HIDDEN, CLIENT_FRAME_EVERY, CLIENT_FRAMES_BURST, CLIENT_SILENCE_MAX,
    MALFORMED_BURST, MALFORMED_EVERY,
};
use crate::selection::Selection;
use crate::wire;
use budget::{Budget, Rate};
use subscriptions::Subscriptions;
use tables::TableCursor;
use visibility::Hidden;

/// How long a client that sent too much is asked to stay away.
const FLOOD_REASON: &str = "too many messages; retry=5000";
const FRAME_RATE: Rate = Rate { every: CLIENT_FRAME_EVERY, burst: CLIENT_FRAMES_BURST };
const MALFORMED_RATE: Rate = Rate { every: MALFORMED_EVERY, burst: MALFORMED_BURST };

/// The time of an input: a monotonic one for timers, the wall clock for what is told to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the driver's origin.
    pub instant: Duration,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
}

/// Names one join of one topic, so that the answer to a superseded join is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinId(u64);

/// What the driver must do.
#[derive(Debug)]
pub enum Output {
    /// Write these bytes, a whole frame.
    Send(Bytes),
    /// Join this group in the hub and answer with [`Session::handle_joined`].
    Subscribe {
        /// Comes back with the answer.
        join: JoinId,
        /// The topic.
        topic: Topic,
        /// The class.
        class: ThrottleClass,
        /// What the viewer has seen.
        position: Option<Position>,
    },
    /// Leave this group in the hub.
    Unsubscribe {
        /// The topic.
        topic: Topic,
        /// The class.
        class: ThrottleClass,
    },
    /// Write what was sent, then read and answer with [`Session::handle_rows`].
    Read(Read),
    /// Write what was sent, then a close frame, then end.
    Close(CloseCode, Cow<'static, str>),
    /// Nothing more to do until then.
    Wait(Duration),
}

/// What a viewer of a table that is behind must be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Comes back with the answer.
    pub join: JoinId,
    /// The rows that it asks for.
    pub selection: Arc<Selection>,
    /// Where the viewer stands.
    pub from: u64,
    /// How far it may be led; less is enough.
    pub to: u64,
}

/// Counters of one session; exact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// Frames that could not be read or asked for something unknown.
    pub malformed: u64,
    /// States sent anew, by reason; `hidden` for a viewer that was behind because it was hidden.
    pub resets: BTreeMap<&'static str, u64>,
    /// How often a limit cut something, by limit.
    pub limit_hits: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
#[repr(C)]
struct Subscription {
    class: ThrottleClass,
    stage: Stage,
    join: JoinId,
    join_ref: Option<String>,
    reference: Option<String>,
}

#[derive(Debug)]
enum Stage {
    Joining { position: Option<Position> },
    Live { cursor: Step, view: Arc<GroupView> },
    Table(TableCursor),
}

/// One viewer's protocol.
///
/// What a tick touches stands first and together: with thousands of viewers each line of memory is fetched anew.
#[derive(Debug)]
#[repr(C)]
pub struct Session {
    frames_sent: u64,
    sent_at: Duration,
    closed: bool,
    hidden: Option<Box<Hidden>>,
    subscriptions: Subscriptions,
    outputs: VecDeque<Output>,
    /// The read under way.
    reading: Option<JoinId>,
    counted: u64,
    received_at: Duration,
    epoch: Epoch,
    version: &'static str,
    mode: Option<&'static str>,
    joins: u64,
    frames: Budget,
    garbage: Budget,
    head: u64,
    stats: SessionStats,
}

impl Session {
    /// A session that begins now, at the log's head.
    #[must_use]
    pub fn new(epoch: Epoch, head: u64, version: &'static str, now: Now) -> Self {
        Self {
            epoch,
            version,
            mode: None,
            subscriptions: Subscriptions::default(),
            joins: 0,
            reading: None,
            hidden: None,
            sent_at: now.instant,
            received_at: now.instant,
            frames: Budget::default(),
            garbage: Budget::default(),
            head,
            closed: false,
            outputs: VecDeque::new(),
            frames_sent: 0,
            counted: 0,
            stats: SessionStats::default(),
        }
    }

    /// The same for data with a mark, which the viewer's page has got with the page.
    #[must_use]
    pub fn with_mode(self, mode: &'static str) -> Self {
        Self { mode: Some(mode), ..self }
    }

    /// Counters.
    #[must_use]
    pub fn stats(&self) -> &SessionStats {
        &self.stats
    }

    /// Frames handed out for writing since the last call.
    pub fn take_frames_sent(&mut self) -> u64 {
        std::mem::take(&mut self.frames_sent)
    }

    /// How often anything in [`SessionStats`] was counted: who has seen this number has seen them all.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// The groups of the hub in which it counts as a subscriber.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<(Topic, ThrottleClass)> {
        let live = self.subscriptions.iter().filter(|(_, sub)| !matches!(sub.stage, Stage::Joining { .. }));
        live.map(|(topic, sub)| (topic.clone(), sub.class)).collect()
    }

    /// How far the slowest live topic is behind its group.
    #[must_use]
    pub fn lag(&self) -> u64 {
        let lags = self.subscriptions.values().map(|sub| match &sub.stage {
            Stage::Live { cursor, view } => view.offset.saturating_sub(cursor.offset),
            Stage::Table(table) => table.lag(),
            Stage::Joining { .. } => 0,
        });
        lags.max().unwrap_or(0)
    }

    /// The next thing to do; `Wait` comes last.
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        // A buffer that is taken when it is needed is in the cache, and thousands of idle sessions hold none.
        self.outputs = VecDeque::new();
        let until = (self.sent_at + self.beat_after()).min(self.received_at + CLIENT_SILENCE_MAX);
        Output::Wait(self.kept_due_at().map_or(until, |at| at.min(until)))
    }

    fn beat_after(&self) -> Duration {
        if self.hidden.is_some() { BEAT_AFTER_HIDDEN } else { BEAT_AFTER }
    }

    /// A text frame of the client.
    pub fn handle_text(&mut self, now: Now, text: &str) {
        self.received_at = now.instant;
        if self.closed {
            return;
        }
        if !self.frames.take(now.instant, FRAME_RATE) {
            return self.close_at("client_frames", CloseCode::FLOOD, FLOOD_REASON);
        }
        let Ok(frame) = Frame::decode(text) else { return self.malformed(now) };
        match (&*frame.topic, &*frame.event) {
            (PHOENIX, event::HEARTBEAT) => {
                let reply = HeartbeatReply {
                    time_ms: now.wall_ms,
                    version: self.version.to_owned(),
                    mode: self.mode.map(str::to_owned),
                };
                self.reply(now, &frame, PHOENIX, &Reply::Ok(reply));
            }
            (PHOENIX, event::VISIBILITY) => match frame.payload::<Visibility>() {
                Ok(Visibility { hidden }) => self.visibility(now, hidden),
                Err(_) => self.malformed(now),
            },
            (_, event::JOIN) => self.join(now, &frame),
            (_, event::LEAVE) => self.leave(now, &frame),
            (_, event::RESET) => self.reset_request(now, &frame),
            // Nothing asks for a token yet.
            (_, event::ACCESS_TOKEN) => {}
            (topic, _) => {
                let joined = Topic::parse(topic).is_ok_and(|topic| self.subscriptions.contains(&topic));
                if !joined {
                    self.refuse(now, &frame, "unmatched topic");
                }
            }
        }
    }

    fn reset_request(&mut self, now: Now, frame: &Frame<'_>) {
        let (Ok(topic), Ok(request)) = (Topic::parse(&frame.topic), frame.payload::<ResetRequest>()) else {
            return self.malformed(now);
        };
        self.table_failed(now, &topic);
        self.reset(now, &topic, request.reason);
    }

    /// Sends the whole state of a live topic, as its client asked.
    fn reset(&mut self, now: Now, topic: &Topic, reason: ResetReason) {
        let live = self.subscriptions.get_mut(topic).map(|sub| &mut sub.stage);
        if let Some(Stage::Live { cursor, view }) = live {
            *cursor = view.step();
            let view = Arc::clone(view);
            self.push_state(now, topic, &view, reason, None);
        }
    }

    fn push_state(
        &mut self,
        now: Now,
        topic: &Topic,
        view: &GroupView,
        reason: ResetReason,
        missed: Option<u64>,
    ) {
        let push = ResetPush {
            reason,
            position: Position { epoch: self.epoch.clone(), offset: view.offset },
            hash: view.state.hash(),
            state: view.state.entries().clone(),
            missed,
        };
        let is_chosen = reason == ResetReason::Lag && self.hidden.is_some();
        let counted = if is_chosen { "hidden" } else { reason.as_str() };
        self.count_reset(counted);
        self.send(now, None, None, topic.as_str(), event::RESET, &push);
    }

    /// A flush of a class. Call it when the transport can take more bytes, with the newest tick only.
    pub fn handle_tick(&mut self, now: Now, class: ThrottleClass, tick: &Arc<Tick>) {
        if !self.closed && !self.keep_tick(now, class, tick) {
            self.take_tick(now, class, tick);
        }
    }

    /// Brings all topics of a class to where the tick leads, in one go.
    fn take_tick(&mut self, now: Now, class: ThrottleClass, tick: &Tick) {
        // Rows first: the last delta of a tick ends it.
        self.table_tick(now, class, &tick.tables);
        let mut subscriptions = std::mem::take(&mut self.subscriptions);
        let due = |sub: &Subscription, next: &GroupView| match &sub.stage {
            Stage::Live { cursor, .. } => sub.class == class && next.step() > *cursor,
            Stage::Table(_) | Stage::Joining { .. } => false,
        };
        let is_due = |(topic, sub): &(&Topic, &Subscription)| {
            sub.class == class && tick.views.get(*topic).is_some_and(|next| due(sub, next))
        };
        let mut left = subscriptions.iter().filter(is_due).count();
        for (topic, subscription) in subscriptions.iter_mut().filter(|(_, sub)| sub.class == class) {
            let Some(next) = tick.views.get(topic).filter(|next| due(subscription, next)) else { continue };
            if let Stage::Live { cursor, view } = &mut subscription.stage {
                let from = std::mem::replace(cursor, next.step());
                *view = Arc::clone(next);
                left -= 1;
                self.advance(now, topic, from, next, left == 0);
            }
        }
        self.subscriptions = subscriptions;
    }

    /// Brings one topic from where its viewer stands to where its group is.
    fn advance(&mut self, now: Now, topic: &Topic, stands: Step, view: &GroupView, last: bool) {
        let from = stands.offset;
        if let Some(frame) = view.latest.as_deref().filter(|frame| frame.fits(stands)) {
            let bytes = if last { &frame.last } else { &frame.more };
            return self.send_bytes(now, bytes.clone());
        }
        let Some(Changes { delta, at_ms }) = view.since(from) else {
            return self.push_state(now, topic, view, ResetReason::Lag, Some(view.offset - from));
        };
        let (to, hash) = (view.offset, view.state.hash());
        let push = DeltaPush { from, to, commits: to - from, hash, delta, at_ms, last };
        self.send(now, None, None, topic.as_str(), event::DELTA, &push);
    }

    /// A ping of the client's own WebSocket.
    pub fn handle_ping(&mut self, now: Now, payload: &[u8]) {
        self.received_at = now.instant;
        if self.closed {
            return;
        }
        if !self.frames.take(now.instant, FRAME_RATE) {
            return self.close_at("client_frames", CloseCode::FLOOD, FLOOD_REASON);
        }
        self.send_bytes(now, wire::pong(payload));
    }

    /// A frame that means nothing: a part of a message, a pong, a binary one.
    pub fn handle_other(&mut self, now: Now) {
        self.received_at = now.instant;
        if !self.frames.take(now.instant, FRAME_RATE) {
            self.close_at("client_frames", CloseCode::FLOOD, FLOOD_REASON);
        }
    }

    /// The time that `Wait` named has come while the transport is full: nothing more is sent after what waits.
    pub fn handle_timeout_when_full(&mut self, now: Now) {
        if !self.closed && now.instant >= self.received_at + CLIENT_SILENCE_MAX {
            self.close_at("silence", CloseCode::OVERLOAD, "nothing was received for too long");
        }
    }

    /// A transport that was full has taken something: whoever reads slowly is there, though nothing is heard of it.
    pub fn handle_progress(&mut self, now: Now) {
        self.received_at = now.instant;
    }

    /// The classes in which it has topics.
    pub fn classes(&self) -> impl Iterator<Item = ThrottleClass> + use<'_> {
        let classes: std::collections::BTreeSet<_> =
            self.subscriptions.values().map(|sub| sub.class).collect();
        classes.into_iter()
    }

    /// The log's head moved; told with the next beat.
    pub fn handle_head(&mut self, head: u64) {
        self.head = head;
    }

    /// The data have another mark than before; the viewer is told at once.
    pub fn handle_mode(&mut self, now: Now, mode: &'static str) {
        if !self.closed && self.mode.replace(mode) != Some(mode) {
            self.send(now, None, None, PHOENIX, event::MODE, &Mode { mode: mode.to_owned() });
        }
    }

    /// The time that `Wait` named has come.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.closed {
            return;
        }
        if now.instant >= self.received_at + CLIENT_SILENCE_MAX {
            return self.close_at("silence", CloseCode::OVERLOAD, "nothing was received for too long");
        }
        self.take_due(now);
        if now.instant >= self.sent_at + self.beat_after() {
            match beat_frame(now, self.head) {
                Ok(bytes) => self.send_bytes(now, bytes),
                Err(_) => self.close(CloseCode::OVERLOAD, "a frame could not be encoded"),
            }
        }
    }

    /// Ends the session.
    pub fn close(&mut self, code: CloseCode, reason: impl Into<Cow<'static, str>>) {
        if !self.closed {
            self.closed = true;
            self.outputs.push_back(Output::Close(code, reason.into()));
        }
    }

    /// Ends the session at a limit.
    fn close_at(&mut self, limit: &'static str, code: CloseCode, reason: &'static str) {
        if !self.closed {
            self.hit(limit);
            self.close(code, reason);
        }
    }

    fn count_reset(&mut self, reason: &'static str) {
        *self.stats.resets.entry(reason).or_default() += 1;
        self.counted += 1;
    }

    /// Counts that a limit cut something.
    fn hit(&mut self, limit: &'static str) {
        *self.stats.limit_hits.entry(limit).or_default() += 1;
        self.counted += 1;
    }

    fn malformed(&mut self, now: Now) {
        self.stats.malformed += 1;
        self.counted += 1;
        if !self.garbage.take(now.instant, MALFORMED_RATE) {
            self.close_at("malformed", CloseCode::BAD_CLIENT, "too much that is no message of this protocol");
        }
    }

    fn refuse(&mut self, now: Now, frame: &Frame<'_>, reason: &str) {
        let reply: Reply<Empty> = Reply::Error(Refusal { reason: reason.to_owned() });
        self.reply(now, frame, &frame.topic, &reply);
    }

    fn reply<R: Serialize>(&mut self, now: Now, frame: &Frame<'_>, topic: &str, reply: &Reply<R>) {
        self.send(now, frame.join_ref.as_deref(), frame.reference.as_deref(), topic, event::REPLY, reply);
    }

    fn send<P: Serialize>(
        &mut self,
        now: Now,
        join_ref: Option<&str>,
        reference: Option<&str>,
        topic: &str,
        event: &str,
        payload: &P,
    ) {
        match Frame::encode(join_ref, reference, topic, event, payload) {
            Ok(text) => self.send_bytes(now, wire::text(&text)),
            Err(_) => self.close(CloseCode::OVERLOAD, "a frame could not be encoded"),
        }
    }

    fn send_bytes(&mut self, now: Now, bytes: Bytes) {
        // The hub may answer a join after the end, and nothing follows a close frame.
        if self.closed {
            return;
        }
        self.sent_at = now.instant;
        self.frames_sent += 1;
        self.outputs.push_back(Output::Send(bytes));
    }
}

/// A beat, which is the same for all viewers at a time.
///
/// # Errors
/// When it cannot be encoded.
pub fn beat_frame(now: Now, head: u64) -> Result<Bytes, FrameError> {
    let beat = Beat { offset: head, time_ms: now.wall_ms };
    Ok(wire::text(&Frame::encode(None, None, PHOENIX, event::BEAT, &beat)?))
}

/// `{}`.
#[derive(Debug, Serialize)]
struct Empty {}
