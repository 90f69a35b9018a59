//! What has arrived, as one value that is written once for each tick.

use std::collections::BTreeMap;
use std::sync::Arc;

use realtime_manager::Instant;
use realtime_protocol::{Position, State, Topic};

/// What is held of one topic.
#[derive(Debug, Clone)]
pub struct TopicState {
    /// The state itself, shared; a new one for each update.
    pub state: Arc<State>,
    /// How much of the log it has seen.
    pub position: Position,
    /// When it arrived, on the clock of the page.
    pub at: Instant,
}

impl PartialEq for TopicState {
    /// Equal when nothing has arrived in between; states are compared by identity, which is cheap.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state) && self.position == other.position && self.at == other.at
    }
}

/// All topics, and the position up to which every one of them is applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    topics: BTreeMap<Topic, TopicState>,
    watermark: Option<Position>,
}

impl Store {
    /// Writes one tick.
    ///
    /// A commit that leaves a view unchanged sends nothing for it, so all topics of a tick stand
    /// where the last of them stands.
    pub(crate) fn write(&mut self, updates: impl IntoIterator<Item = (Topic, TopicState)>) {
        for (topic, held) in updates {
            let behind = self
                .watermark
                .as_ref()
                .is_none_or(|mark| mark.epoch != held.position.epoch || mark.offset < held.position.offset);
            if behind {
                self.watermark = Some(held.position.clone());
            }
            self.topics.insert(topic, held);
        }
    }

    pub(crate) fn topic(&self, topic: &Topic) -> Option<&TopicState> {
        self.topics.get(topic)
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

    fn held(epoch: &str, offset: u64) -> TopicState {
        let position = Position { epoch: Epoch::new(epoch), offset };
        TopicState { state: Arc::default(), position, at: Instant(Duration::from_secs(offset)) }
    }

    fn topic(name: &str) -> Topic {
        Topic::view(name).unwrap()
    }

    #[test]
    fn the_watermark_is_where_the_last_topic_of_a_tick_stands() {
        let mut store = Store::default();
        assert_eq!(store.watermark(), None);
        store.write([(topic("metrics"), held("e", 7)), (topic("activity"), held("e", 9))]);
        assert_eq!(store.watermark().map(|mark| mark.offset), Some(9));
        store.write([(topic("metrics"), held("e", 10))]);
        assert_eq!(store.watermark().map(ToString::to_string).as_deref(), Some("e-10"));
    }

    #[test]
    fn a_topic_that_joins_late_takes_the_watermark_not_back() {
        let mut store = Store::default();
        store.write([(topic("metrics"), held("e", 10))]);
        store.write([(topic("activity"), held("e", 3))]);
        assert_eq!(store.watermark().map(|mark| mark.offset), Some(10));
    }

    #[test]
    fn a_new_epoch_starts_lower() {
        let mut store = Store::default();
        store.write([(topic("metrics"), held("e", 10))]);
        store.write([(topic("metrics"), held("f", 2))]);
        assert_eq!(store.watermark().map(ToString::to_string).as_deref(), Some("f-2"));
    }

    #[test]
    fn an_update_with_the_same_content_is_still_an_update() {
        let first = held("e", 1);
        assert_eq!(first, first.clone());
        assert_ne!(first, TopicState { state: Arc::default(), ..first.clone() });
    }
}
