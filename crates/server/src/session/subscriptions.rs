//! The topics of one session, sorted, and the first of them within the session: most have one to four, and a fan-out
//! goes through the memory of every viewer.

use realtime_protocol::Topic;
use smallvec::SmallVec;

use super::Subscription;

#[derive(Debug, Default)]
pub(super) struct Subscriptions(SmallVec<[(Topic, Subscription); 1]>);

impl Subscriptions {
    fn place(&self, topic: &Topic) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(topic))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn contains(&self, topic: &Topic) -> bool {
        self.place(topic).is_ok()
    }

    pub(super) fn get(&self, topic: &Topic) -> Option<&Subscription> {
        self.place(topic).ok().map(|place| &self.0[place].1)
    }

    pub(super) fn get_mut(&mut self, topic: &Topic) -> Option<&mut Subscription> {
        self.place(topic).ok().map(|place| &mut self.0[place].1)
    }

    /// Puts a subscription; answers the one that stood there.
    pub(super) fn insert(&mut self, topic: Topic, subscription: Subscription) -> Option<Subscription> {
        match self.place(&topic) {
            Ok(place) => Some(std::mem::replace(&mut self.0[place].1, subscription)),
            Err(place) => {
                // Room is taken for what there is, not for what may come.
                self.0.reserve_exact(1);
                self.0.insert(place, (topic, subscription));
                None
            }
        }
    }

    pub(super) fn remove(&mut self, topic: &Topic) -> Option<Subscription> {
        self.place(topic).ok().map(|place| self.0.remove(place).1)
    }

    /// Names a topic by the group's own text, so that the session keeps none and comparing it touches none.
    pub(super) fn share(&mut self, topic: &Topic) {
        if let Ok(place) = self.place(topic) {
            self.0[place].0 = topic.clone();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Topic, &Subscription)> {
        self.0.iter().map(|(topic, subscription)| (topic, subscription))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Topic, &mut Subscription)> {
        self.0.iter_mut().map(|(topic, subscription)| (&*topic, subscription))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Subscription> {
        self.0.iter().map(|(_, subscription)| subscription)
    }
}
