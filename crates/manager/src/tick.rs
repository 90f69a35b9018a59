//! The deltas of one tick, until its last one is here.

use realtime_protocol::Topic;
use realtime_protocol::message::DeltaPush;

use crate::Instant;
use crate::limits::{TICK_FRAMES_MAX, TICK_WAIT};

/// What waits for the end of its tick.
#[derive(Debug, Default)]
pub(crate) struct Tick {
    pushes: Vec<(Topic, DeltaPush)>,
    /// When its newest delta came: on a slow link each one takes its time.
    heard: Option<Instant>,
}

impl Tick {
    /// Adds a delta; true when the tick must be applied now.
    pub(crate) fn push(&mut self, now: Instant, topic: Topic, push: DeltaPush) -> bool {
        let last = push.last;
        self.heard = Some(now);
        self.pushes.push((topic, push));
        last || self.pushes.len() >= TICK_FRAMES_MAX
    }

    /// Drops what waits of a topic whose join ends; the others go on waiting.
    pub(crate) fn forget(&mut self, topic: &Topic) {
        self.pushes.retain(|(waiting, _)| waiting != topic);
        if self.pushes.is_empty() {
            self.heard = None;
        }
    }

    /// When the tick is applied even without its last delta.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.heard.map(|heard| heard + TICK_WAIT)
    }

    /// Everything that waited, in the order of its coming.
    pub(crate) fn take(&mut self) -> Vec<(Topic, DeltaPush)> {
        self.heard = None;
        std::mem::take(&mut self.pushes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use realtime_protocol::{Delta, StateHash};
    use std::time::Duration;

    fn push(last: bool) -> DeltaPush {
        DeltaPush {
            from: 1,
            to: 2,
            commits: 1,
            hash: StateHash(0),
            delta: Delta::default(),
            at_ms: None,
            last,
        }
    }

    #[test]
    fn a_tick_is_whole_with_its_last_delta() {
        let (a, b) = (Topic::view("a").unwrap(), Topic::view("b").unwrap());
        let mut tick = Tick::default();
        assert!(!tick.push(Instant::default(), a.clone(), push(false)));
        assert!(!tick.push(Instant(Duration::from_millis(900)), a, push(false)));
        assert_eq!(tick.deadline(), Some(Instant(Duration::from_millis(5900))), "a slow link is not an end");
        assert!(tick.push(Instant(Duration::from_millis(905)), b, push(true)));
        assert_eq!(tick.take().len(), 3);
        assert_eq!(tick.deadline(), None);
    }

    #[test]
    fn a_topic_that_is_forgotten_leaves_the_others_waiting() {
        let (a, b) = (Topic::view("a").unwrap(), Topic::view("b").unwrap());
        let mut tick = Tick::default();
        tick.push(Instant::default(), a.clone(), push(false));
        tick.push(Instant::default(), b.clone(), push(false));
        tick.forget(&a);
        assert!(tick.deadline().is_some());
        let left = tick.take();
        assert!(left.len() == 1 && left[0].0 == b, "{left:?}");
        tick.push(Instant::default(), b.clone(), push(false));
        tick.forget(&b);
        assert_eq!((tick.deadline(), tick.take().len()), (None, 0));
    }

    #[test]
    fn a_tick_without_an_end_is_bounded() {
        let mut tick = Tick::default();
        let topic = Topic::view("a").unwrap();
        let full =
            (0..TICK_FRAMES_MAX).position(|_| tick.push(Instant::default(), topic.clone(), push(false)));
        assert_eq!(full, Some(TICK_FRAMES_MAX - 1));
    }
}
