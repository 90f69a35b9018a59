//! What most viewers get of most flushes and looks at the clock: frames that are the same for all who stand there,
//! and nothing else.
//!
//! They go to the transport as they are, past the queue of outputs: with thousands of viewers, what is touched for
//! each of them is what a flush costs.

use std::slice;
use std::sync::Arc;

use bytes::Bytes;
use realtime_protocol::{ThrottleClass, Topic};

use super::{Now, Session, Stage};
use crate::hub::{GroupView, TableView, Tick};
use crate::limits::{BEAT_AFTER, CLIENT_SILENCE_MAX};

/// Where a flush leads one topic by frames that are ready.
enum Move<'t> {
    View(&'t Arc<GroupView>, &'t [Bytes]),
    Rows(&'t TableView, &'t [Bytes]),
}

/// What a flush is to one topic.
enum Flush<'t> {
    Nothing,
    Ready(Move<'t>),
    /// Something that is made for this viewer.
    Other,
}

impl Stage {
    fn flush<'t>(&self, topic: &Topic, tick: &'t Tick) -> Flush<'t> {
        match self {
            Self::Joining { .. } => Flush::Nothing,
            Self::Live { cursor, .. } => match tick.views.get(topic).filter(|next| next.step() > *cursor) {
                None => Flush::Nothing,
                Some(next) => match next.latest.as_deref().filter(|frame| frame.fits(*cursor)) {
                    None => Flush::Other,
                    Some(frame) => Flush::Ready(Move::View(next, slice::from_ref(&frame.last))),
                },
            },
            Self::Table(table) if !table.is_level() => Flush::Other,
            Self::Table(table) => match tick.tables.get(topic).filter(|next| next.offset > table.cursor()) {
                None => Flush::Nothing,
                Some(next) => match next.latest.as_deref().filter(|rows| rows.from == table.cursor()) {
                    None => Flush::Other,
                    Some(rows) => Flush::Ready(Move::Rows(next, &rows.frames)),
                },
            },
        }
    }
}

impl Session {
    /// A flush of a class that gives this viewer nothing but frames which are ready. Write them before anything
    /// else; nothing more is left to be polled.
    ///
    /// None when the flush gives more than that, or nothing. Then nothing was done, and
    /// [`Session::handle_tick`] is to be called.
    pub fn handle_shared_tick<'t>(
        &mut self,
        now: Now,
        class: ThrottleClass,
        tick: &'t Tick,
    ) -> Option<&'t [Bytes]> {
        debug_assert!(self.outputs.is_empty(), "what was wanted before is polled before");
        if self.closed || self.hidden.is_some() {
            return None;
        }
        let mut moved = None;
        for (topic, subscription) in self.subscriptions.iter_mut().filter(|(_, sub)| sub.class == class) {
            match subscription.stage.flush(topic, tick) {
                Flush::Nothing => {}
                Flush::Ready(next) if moved.is_none() => moved = Some((&mut subscription.stage, next)),
                // The second of two is the one that ends the flush, and the first must say that it does not.
                Flush::Ready(_) | Flush::Other => return None,
            }
        }
        let frames = match moved? {
            (Stage::Live { cursor, view }, Move::View(next, frames)) => {
                *cursor = next.step();
                *view = Arc::clone(next);
                frames
            }
            (Stage::Table(table), Move::Rows(next, frames)) => {
                table.follow(next);
                frames
            }
            (Stage::Joining { .. } | Stage::Live { .. } | Stage::Table(_), _) => return None,
        };
        self.sent_at = now.instant;
        self.frames_sent += frames.len() as u64;
        Some(frames)
    }

    /// The time that `Wait` named has come, and a beat is all that is due. Write it before anything else.
    ///
    /// False when something else is due, or nothing. Then nothing was done, and [`Session::handle_timeout`] is to be
    /// called.
    pub fn handle_shared_beat(&mut self, now: Now) -> bool {
        debug_assert!(self.outputs.is_empty(), "what was wanted before is polled before");
        let is_heard = now.instant < self.received_at + CLIENT_SILENCE_MAX;
        let is_due = self.hidden.is_none() && now.instant >= self.sent_at + BEAT_AFTER;
        let is_shared = is_due && is_heard && !self.closed;
        if is_shared {
            self.sent_at = now.instant;
            self.frames_sent += 1;
        }
        is_shared
    }
}
