//! The topics of one session, sorted, and the first of them within the session: most have one to four, and a fan-out
//! goes through the memory of every viewer.

use realtime_protocol::Topic;
use smallvec::SmallVec;

use super::Subscription;

/// A topic and what is known of it, in the order in which a flush touches them.
#[derive(Debug)]
#[repr(C)]
struct Entry {
    topic: Topic,
    subscription: Subscription,
}

#[derive(Debug, Default)]
pub(super) struct Subscriptions(SmallVec<[Entry; 1]>);

impl Subscriptions {
    fn place(&self, topic: &Topic) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.topic.cmp(topic))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn contains(&self, topic: &Topic) -> bool {
        self.place(topic).is_ok()
    }

    pub(super) fn get(&self, topic: &Topic) -> Option<&Subscription> {
        self.place(topic).ok().map(|place| &self.0[place].subscription)
    }

    pub(super) fn get_mut(&mut self, topic: &Topic) -> Option<&mut Subscription> {
        self.place(topic).ok().map(|place| &mut self.0[place].subscription)
    }

    /// Puts a subscription; answers the one that stood there.
    pub(super) fn insert(&mut self, topic: Topic, subscription: Subscription) -> Option<Subscription> {
        match self.place(&topic) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].subscription, subscription)),
            Err(place) => {
                // Room is taken for what there is, not for what may come.
                self.0.reserve_exact(1);
                self.0.insert(place, Entry { topic, subscription });
                None
            }
        }
    }

    pub(super) fn remove(&mut self, topic: &Topic) -> Option<Subscription> {
        self.place(topic).ok().map(|place| self.0.remove(place).subscription)
    }

    /// Names a topic by the group's own text, so that the session keeps none and comparing it touches none.
    pub(super) fn share(&mut self, topic: &Topic) {
        if let Ok(place) = self.place(topic) {
            self.0[place].topic = topic.clone();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Topic, &Subscription)> {
        self.0.iter().map(|entry| (&entry.topic, &entry.subscription))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Topic, &mut Subscription)> {
        self.0.iter_mut().map(|entry| (&entry.topic, &mut entry.subscription))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Subscription> {
        self.0.iter().map(|entry| &entry.subscription)
    }
}
