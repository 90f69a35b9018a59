//! What a reconnect has to say once every topic is joined again.

use realtime_protocol::Position;

use crate::CaughtUp;

/// A reconnect that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Returning {
    before: Option<Position>,
    resumed: bool,
    unknown: bool,
}

impl Returning {
    /// The connection was lost with the newest topic at `before`.
    pub(crate) fn new(before: Option<Position>) -> Self {
        Self { before, resumed: true, unknown: false }
    }

    /// A topic that stood at `before` was answered at `after`.
    pub(crate) fn rejoined(&mut self, before: &Position, after: &Position, resumed: bool) {
        self.resumed &= resumed;
        self.unknown |= before.epoch != after.epoch;
    }

    /// A topic could not be continued by what the server sent.
    pub(crate) fn broken(&mut self) {
        self.resumed = false;
    }

    /// The result with the newest topic at `after`; nothing when there was no state before, or when the
    /// epoch changed and so the commits between cannot be counted.
    pub(crate) fn finish(&self, after: Option<&Position>) -> Option<CaughtUp> {
        let (before, after) = (self.before.as_ref()?, after?);
        if self.unknown || before.epoch != after.epoch {
            return None;
        }
        Some(CaughtUp { commits: after.offset.saturating_sub(before.offset), resumed: self.resumed })
    }
}

/// The position with the largest offset.
pub(crate) fn newest<'a>(positions: impl Iterator<Item = &'a Position>) -> Option<&'a Position> {
    positions.max_by_key(|position| position.offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use realtime_protocol::Epoch;

    fn at(epoch: &str, offset: u64) -> Position {
        Position { epoch: Epoch::new(epoch), offset }
    }

    #[test]
    fn commits_are_counted_between_the_newest_positions() {
        let mut returning = Returning::new(Some(at("e", 10)));
        returning.rejoined(&at("e", 8), &at("e", 15), true);
        returning.rejoined(&at("e", 10), &at("e", 15), true);
        assert_eq!(returning.finish(Some(&at("e", 15))), Some(CaughtUp { commits: 5, resumed: true }));
    }

    #[test]
    fn one_snapshot_means_not_resumed() {
        let mut returning = Returning::new(Some(at("e", 10)));
        returning.rejoined(&at("e", 10), &at("e", 15), true);
        returning.rejoined(&at("e", 10), &at("e", 15), false);
        assert_eq!(returning.finish(Some(&at("e", 15))), Some(CaughtUp { commits: 5, resumed: false }));
    }

    #[test]
    fn another_epoch_claims_nothing() {
        let mut returning = Returning::new(Some(at("e", 10)));
        returning.rejoined(&at("e", 10), &at("f", 3), false);
        assert_eq!(returning.finish(Some(&at("f", 3))), None);
        assert_eq!(Returning::new(None).finish(Some(&at("f", 3))), None);
    }

    #[test]
    fn the_newest_position_has_the_largest_offset() {
        let positions = [at("e", 3), at("e", 9), at("e", 4)];
        assert_eq!(newest(positions.iter()), Some(&at("e", 9)));
    }
}
