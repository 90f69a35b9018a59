//! Groups of subscribers of one view in one throttle class.
//!
//! A group's delta is diffed, hashed, encoded and framed once for all of them.

use std::sync::Arc;

use bytes::Bytes;
use realtime_protocol::message::{DeltaPush, event};
use realtime_protocol::{Frame, State, Topic};

use super::HubError;
use crate::history::{Changes, History};
use crate::limits::HISTORY_DELTAS_MAX;
use crate::wire;

/// Where a viewer stands; what comes later is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The offset.
    pub offset: u64,
    /// In a view that changes without commits, the number of the change; zero in all others.
    pub observation: u64,
}

/// One delta as ready-made bytes.
#[derive(Debug)]
pub struct DeltaFrame {
    /// The offset that a viewer must stand at.
    pub from: u64,
    /// The observation that a viewer must have been given.
    pub after: u64,
    /// The offset it reaches.
    pub to: u64,
    /// With `last: false`: another frame of the tick follows.
    pub more: Bytes,
    /// With `last: true`.
    pub last: Bytes,
}

impl DeltaFrame {
    /// Whether it leads on from there.
    pub(crate) fn fits(&self, stands: Step) -> bool {
        self.from == stands.offset && self.after == stands.observation
    }
}

/// What a group offers to its viewers since its last flush.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// The topic, in the text that all of its viewers share.
    pub topic: Topic,
    /// The offset of the last flush.
    pub offset: u64,
    /// The observation that was told then, as in [`Step`].
    pub observation: u64,
    /// The state at that offset.
    pub state: Arc<State>,
    /// The last flush's delta, if there was one.
    pub latest: Option<Arc<DeltaFrame>>,
    /// None of a view that changes without commits.
    pub(super) history: Option<History>,
}

impl GroupView {
    /// What changed since `offset`, when it is still known.
    #[must_use]
    pub fn since(&self, offset: u64) -> Option<Changes> {
        self.history.as_ref()?.merged(offset, self.offset)
    }

    /// Where its viewers stand.
    #[must_use]
    pub fn step(&self) -> Step {
        Step { offset: self.offset, observation: self.observation }
    }
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) view: Arc<GroupView>,
    /// What changed since the last flush up to where someone joined ahead of it, by offset.
    before: Vec<(u64, Changes)>,
    /// What changed since then.
    pub(super) pending: Changes,
    pub(super) subscribers: usize,
}

impl Group {
    pub(super) fn new(view: Arc<GroupView>) -> Self {
        Self { view, before: Vec::new(), pending: Changes::default(), subscribers: 0 }
    }

    pub(super) fn is_waiting(&self) -> bool {
        let changed = !self.pending.is_empty() || self.before.iter().any(|(_, changes)| !changes.is_empty());
        self.subscribers > 0 && changed
    }

    /// Remembers that somebody stands at `offset`, ahead of the last flush, so that the next one fits there too.
    ///
    /// Beyond the limit nothing is remembered; whoever stands there gets the state with the next flush.
    pub(super) fn mark(&mut self, offset: u64) {
        let is_marked = self.before.last().is_some_and(|(at, _)| *at == offset);
        if !is_marked && self.before.len() < HISTORY_DELTAS_MAX {
            self.before.push((offset, std::mem::take(&mut self.pending)));
        }
    }

    pub(super) fn clear(&mut self) {
        self.before.clear();
        self.pending = Changes::default();
    }

    /// Cuts the group's frame; false when nothing changed.
    pub(super) fn flush(&mut self, topic: &Topic, to: Step) -> Result<bool, HubError> {
        let offset = to.offset;
        let mut pieces = std::mem::take(&mut self.before);
        pieces.push((offset, std::mem::take(&mut self.pending)));
        let mut sum = Changes::default();
        for (_, changes) in &pieces {
            sum.merge(changes);
        }
        let delta = self.view.state.effective(&sum.delta);
        // Changes that cancelled out are none, unless somebody joined between them and saw a part.
        let is_seen = pieces.len() > 1 && pieces.iter().any(|(_, changes)| !changes.is_empty());
        if delta.is_empty() && !is_seen {
            for (at, _) in pieces.drain(..pieces.len() - 1) {
                self.mark(at);
            }
            return Ok(false);
        }
        let mut next = GroupView::clone(&self.view);
        Arc::make_mut(&mut next.state).apply(&delta)?;
        let from = self.view.offset;
        let mut push = DeltaPush {
            from,
            to: offset,
            commits: offset - from,
            hash: next.state.hash(),
            delta,
            at_ms: sum.at_ms,
            last: false,
        };
        let more = wire::text(&Frame::encode(None, None, topic.as_str(), event::DELTA, &push)?);
        push.last = true;
        let last = wire::text(&Frame::encode(None, None, topic.as_str(), event::DELTA, &push)?);
        if let Some(history) = &mut next.history {
            let mut piece_from = from;
            for (to, changes) in pieces {
                history.push(piece_from, to, last.len(), Arc::new(changes));
                piece_from = to;
            }
        }
        (next.offset, next.observation) = (offset, to.observation);
        let after = self.view.observation;
        next.latest = Some(Arc::new(DeltaFrame { from, after, to: offset, more, last }));
        self.view = Arc::new(next);
        Ok(true)
    }
}
