//! A session's side of a hidden viewer: ticks are kept, the newest of each class, and taken once a minute
//! and when the viewer shows itself.
//!
//! Its groups stay those of its joins, so nobody else hears anything of it; it catches up as a viewer that
//! could not be written to does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use realtime_protocol::ThrottleClass;

use super::{Now, Session, Stage};
use crate::hub::Tick;
use crate::limits::TICK_AFTER_HIDDEN;

/// What waits for a viewer that nobody looks at.
#[derive(Debug)]
pub(super) struct Hidden {
    /// When it was given something last, at the latest when it hid.
    taken_at: Duration,
    kept: BTreeMap<ThrottleClass, Arc<Tick>>,
}

impl Hidden {
    fn due_at(&self) -> Option<Duration> {
        (!self.kept.is_empty()).then(|| self.taken_at + TICK_AFTER_HIDDEN)
    }
}

impl Session {
    /// The client says whether somebody looks at it. Said twice, it moves no clock.
    pub(super) fn visibility(&mut self, now: Now, is_hidden: bool) {
        if !is_hidden {
            self.take_kept(now);
            self.hidden = None;
        } else if self.hidden.is_none() {
            self.hidden = Some(Box::new(Hidden { taken_at: now.instant, kept: BTreeMap::new() }));
        }
    }

    /// Keeps a tick while the viewer is hidden; false when it is to be taken as ever.
    pub(super) fn keep_tick(&mut self, now: Now, class: ThrottleClass, tick: &Arc<Tick>) -> bool {
        let Some(hidden) = &mut self.hidden else { return false };
        hidden.kept.insert(class, Arc::clone(tick));
        // Only the cursor stays behind: old states are held by nobody.
        for (topic, subscription) in self.subscriptions.iter_mut().filter(|(_, sub)| sub.class == class) {
            if let (Stage::Live { view, .. }, Some(next)) = (&mut subscription.stage, tick.views.get(topic))
                && next.step() > view.step()
            {
                *view = Arc::clone(next);
            }
        }
        self.take_due(now);
        true
    }

    /// When what is kept must be taken.
    pub(super) fn kept_due_at(&self) -> Option<Duration> {
        self.hidden.as_ref().and_then(|hidden| hidden.due_at())
    }

    /// Takes what is kept, if it has waited for long enough.
    pub(super) fn take_due(&mut self, now: Now) {
        if self.kept_due_at().is_some_and(|at| at <= now.instant) {
            self.take_kept(now);
        }
    }

    fn take_kept(&mut self, now: Now) {
        let Some(hidden) = &mut self.hidden else { return };
        hidden.taken_at = now.instant;
        for (class, tick) in std::mem::take(&mut hidden.kept) {
            self.take_tick(now, class, &tick);
        }
    }
}
