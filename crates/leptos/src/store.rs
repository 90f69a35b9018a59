//! What has arrived, as one value that is written once for each tick.

use std::sync::Arc;

use realtime_manager::{Instant, Table};
use realtime_protocol::message::Entries;
use realtime_protocol::{Position, Topic};

use crate::recent_rows::RecentRows;

/// What a hook holds of its topic.
#[derive(Debug, Clone)]
pub struct TopicState {
    /// All keys with their values, shared; new ones for each update. Of a table, its newest rows by key.
    pub entries: Arc<Entries>,
    /// How much of the log it has seen.
    pub position: Position,
    /// When it arrived, on the clock of the page.
    pub at: Instant,
    /// How many updates it came from, since the component is there.
    pub updates: u64,
    /// How many rows of a table were left out since the topic is followed; only the newest are kept.
    pub left_out: u64,
}

impl PartialEq for TopicState {
    /// Equal when nothing has arrived in between; entries are compared by identity, which is cheap.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.entries, &other.entries) && self.position == other.position && self.at == other.at
    }
}

/// Names one use of a hook, for as long as its component is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HookId(pub(crate) u64);

/// What one hook is given in a tick.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) hook: HookId,
    pub(crate) entries: Arc<Entries>,
    pub(crate) position: Position,
    pub(crate) updates: u64,
    pub(crate) left_out: u64,
}

/// What all hooks hold, and the position up to which every one of them is applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    held: Table<HookId, TopicState>,
    rows: Table<Topic, RecentRows>,
    watermark: Option<Position>,
}

impl Store {
    /// Writes one tick.
    ///
    /// A commit that leaves a view unchanged sends nothing for it, so all topics of a tick stand
    /// where the last of them stands.
    pub(crate) fn write(&mut self, at: Instant, given: impl IntoIterator<Item = Given>) {
        for Given { hook, entries, position, updates, left_out } in given {
            let behind = self
                .watermark
                .as_ref()
                .is_none_or(|mark| mark.epoch != position.epoch || mark.offset < position.offset);
            if behind {
                self.watermark = Some(position.clone());
            }
            let updates = self.held.get(&hook).map_or(0, |held| held.updates) + updates;
            self.held.insert(hook, TopicState { entries, position, at, updates, left_out });
        }
    }

    /// The newest rows of a table, to be written to.
    pub(crate) fn rows_mut(&mut self, topic: &Topic) -> &mut RecentRows {
        self.rows.get_or_insert_with(topic, RecentRows::default)
    }

    /// Nobody follows this table any more.
    pub(crate) fn forget_rows(&mut self, topic: &Topic) {
        self.rows.remove(topic);
    }

    pub(crate) fn of_hook(&self, hook: HookId) -> Option<&TopicState> {
        self.held.get(&hook)
    }

    pub(crate) fn forget(&mut self, hook: HookId) {
        self.held.remove(&hook);
    }

    pub(crate) fn watermark(&self) -> Option<&Position> {
        self.watermark.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use realtime_protocol::Epoch;

    use super::*;

    const ONE: HookId = HookId(1);
    const TWO: HookId = HookId(2);

    fn given(hook: HookId, epoch: &str, offset: u64) -> Given {
        let position = Position { epoch: Epoch::new(epoch), offset };
        Given { hook, entries: Arc::default(), position, updates: 2, left_out: 0 }
    }

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn mark(store: &Store) -> Option<String> {
        store.watermark().map(ToString::to_string)
    }

    #[test]
    fn the_watermark_is_where_the_last_topic_of_a_tick_stands() {
        let mut store = Store::default();
        assert_eq!(store.watermark(), None);
        store.write(at(1), [given(ONE, "e", 7), given(TWO, "e", 9)]);
        assert_eq!(mark(&store).as_deref(), Some("e-9"));
        store.write(at(2), [given(ONE, "e", 10)]);
        assert_eq!(mark(&store).as_deref(), Some("e-10"));
    }

    #[test]
    fn a_topic_that_joins_late_takes_the_watermark_not_back() {
        let mut store = Store::default();
        store.write(at(1), [given(ONE, "e", 10)]);
        store.write(at(1), [given(TWO, "e", 3)]);
        assert_eq!(mark(&store).as_deref(), Some("e-10"));
    }

    #[test]
    fn a_new_epoch_starts_lower() {
        let mut store = Store::default();
        store.write(at(1), [given(ONE, "e", 10)]);
        store.write(at(2), [given(ONE, "f", 2)]);
        assert_eq!(mark(&store).as_deref(), Some("f-2"));
    }

    #[test]
    fn updates_are_counted_for_each_hook_until_it_goes() {
        let mut store = Store::default();
        store.write(at(1), [given(ONE, "e", 1), given(TWO, "e", 1)]);
        store.write(at(2), [given(ONE, "e", 2)]);
        let updates = |store: &Store, hook| store.of_hook(hook).map(|held| held.updates);
        assert_eq!((updates(&store, ONE), updates(&store, TWO)), (Some(4), Some(2)));
        store.forget(ONE);
        assert_eq!(updates(&store, ONE), None);
    }

    #[test]
    fn an_update_with_the_same_content_is_still_an_update() {
        let mut store = Store::default();
        store.write(at(1), [given(ONE, "e", 1)]);
        let first = store.of_hook(ONE).cloned();
        assert_eq!(first, store.of_hook(ONE).cloned());
        store.write(at(2), [given(ONE, "e", 2)]);
        assert_ne!(first, store.of_hook(ONE).cloned());
    }
}
