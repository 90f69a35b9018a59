//! One topic: who wants it, how its join stands, and its proven state.

use std::time::Duration;

use realtime_protocol::message::{DeltaPush, Entries, JoinMode, Joined, ResetPush, ResetReason, RowsPush};
use realtime_protocol::{Delta, Position, State, StateHash, ThrottleClass, Topic, TopicKind};

use crate::breaker::{Breaker, Circuit};
use crate::memory;
use crate::pace::{Due, Held, Pace};
use crate::rows::{Pieces, Taken};
use crate::table::Table;
use crate::{Counts, Delivery, DeliveryChange, Instant, Options, SubscriptionId, TopicChange, TopicUpdate};

/// How the join of a topic stands on the connection that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// Not asked for.
    Out,
    /// Asked for.
    Asked { reference: u64, deadline: Instant },
    /// Answered; deltas follow.
    In { reference: u64 },
    /// A new state was asked for; deltas do not count until it is here.
    Healing { reference: u64, deadline: Instant },
    /// To be asked for again at this moment.
    Again { at: Instant },
    /// The server does not want it.
    Refused,
}

/// Why a state could not be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A delta does not begin where the state stands.
    Gap,
    /// The hash computed here is another one.
    Hash,
    /// The answer lacks what it announces.
    Shape,
}

/// One topic.
#[derive(Debug)]
pub(crate) struct Subscription {
    topic: Topic,
    paces: Table<SubscriptionId, Pace>,
    /// When the join ends, because nobody takes the topic any more.
    pub(crate) linger: Option<Instant>,
    pub(crate) join: Join,
    pub(crate) breaker: Breaker,
    /// The class that the running join asked for.
    pub(crate) asked: ThrottleClass,
    /// The interval below which it is not asked for, whoever wants it more often.
    pub(crate) least: ThrottleClass,
    granted_ms: Option<u32>,
    state: State,
    /// An estimate of what the state takes.
    state_bytes: usize,
    pieces: Pieces,
    position: Option<Position>,
    /// The next join asks for the whole state, whatever is held.
    pub(crate) asks_whole: bool,
    /// Where the topic stood when it was lost, until it is joined again.
    pub(crate) before: Option<Position>,
    updates: u64,
    updated: Option<Instant>,
}

impl Subscription {
    pub(crate) fn new(topic: Topic) -> Self {
        Self {
            topic,
            paces: Table::default(),
            linger: None,
            join: Join::Out,
            breaker: Breaker::default(),
            asked: ThrottleClass::DEFAULT,
            least: ThrottleClass::of_ms(0),
            granted_ms: None,
            state: State::default(),
            state_bytes: 0,
            pieces: Pieces::default(),
            position: None,
            asks_whole: false,
            before: None,
            updates: 0,
            updated: None,
        }
    }

    /// Adds a subscriber; one with a pace of its own starts with the state, where there is one.
    pub(crate) fn add(&mut self, now: Instant, id: SubscriptionId, mut pace: Pace) -> Counts {
        let counts = self.first(now, &mut pace);
        self.paces.insert(id, pace);
        counts
    }

    /// Changes what a subscriber chose; one that followed so far starts with the state, where there is one.
    pub(crate) fn choose(&mut self, now: Instant, id: SubscriptionId, options: Options) -> Counts {
        let Some(mut pace) = self.paces.remove(&id) else { return Counts::default() };
        let followed = pace.follows;
        pace.choose(options);
        let counts = if followed { self.first(now, &mut pace) } else { Counts::default() };
        self.paces.insert(id, pace);
        counts
    }

    fn first(&self, now: Instant, pace: &mut Pace) -> Counts {
        if pace.follows || self.state().is_none() {
            return Counts::default();
        }
        pace.offer(now, None, None)
    }

    /// Takes a subscriber away, with what it was given.
    pub(crate) fn remove(&mut self, id: SubscriptionId) -> Counts {
        self.paces.remove(&id).map_or_else(Counts::default, |pace| pace.counts)
    }

    /// Hands over the count of updates; the next subscriber starts from zero.
    pub(crate) fn end_count(&mut self) -> u64 {
        self.updated = None;
        std::mem::take(&mut self.updates)
    }

    pub(crate) fn pace_mut(&mut self, id: SubscriptionId) -> Option<&mut Pace> {
        self.paces.get_mut(&id)
    }

    pub(crate) fn paces(&self) -> impl Iterator<Item = (SubscriptionId, &Pace)> {
        self.paces.iter().map(|(id, pace)| (*id, pace))
    }

    /// The smallest interval that anyone wants who is not paused, within what the viewer prefers.
    pub(crate) fn wished(&self) -> Option<ThrottleClass> {
        self.paces.values().filter_map(Pace::wish).min().map(|class| class.max(self.least))
    }

    /// The highest priority of those who are not paused.
    pub(crate) fn priority(&self) -> u8 {
        let active = self.paces.values().filter(|pace| !pace.paused);
        active.map(|pace| pace.options.priority).max().unwrap_or_default()
    }

    pub(crate) fn subscribers(&self) -> usize {
        self.paces.len()
    }

    /// Hands an update to every subscriber: what they were given by it, and whether something is due.
    pub(crate) fn offer(&mut self, now: Instant, update: &TopicUpdate) -> (Counts, bool) {
        let delta = match &update.change {
            TopicChange::Delta(delta) | TopicChange::Resumed(delta) => Some(delta),
            TopicChange::Snapshot(_) | TopicChange::Reset { .. } => None,
        };
        // Only what comes in the server's own interval is in step with it.
        let granted = match &update.change {
            TopicChange::Delta(_) => self.granted_ms.map(|ms| Duration::from_millis(u64::from(ms))),
            TopicChange::Resumed(_) | TopicChange::Snapshot(_) | TopicChange::Reset { .. } => None,
        };
        let (mut counts, mut is_due) = (Counts::default(), false);
        for pace in self.paces.values_mut() {
            counts += pace.offer(now, delta, granted);
            is_due |= pace.deadline().is_some_and(|deadline| deadline <= now);
        }
        (counts, is_due)
    }

    /// What subscribers are due, each with its priority.
    pub(crate) fn deliveries(&mut self, now: Instant, due: Due) -> Vec<(u8, Delivery)> {
        let Some(position) = &self.position else { return Vec::new() };
        let mut given = Vec::new();
        for (id, pace) in self.paces.iter_mut() {
            let Some((held, updates)) = pace.take(now, due) else { continue };
            let change = match held {
                Held::State => DeliveryChange::State(self.state.entries().clone()),
                Held::Delta(delta) => DeliveryChange::Delta(delta),
            };
            let delivery = Delivery {
                subscription: *id,
                topic: self.topic.clone(),
                position: position.clone(),
                hash: self.state.hash(),
                updates,
                change,
            };
            given.push((pace.options.priority, delivery));
        }
        given
    }

    /// When something is due to a subscriber; nothing as long as there is no state to give.
    pub(crate) fn pace_deadline(&self) -> Option<Instant> {
        self.position.as_ref()?;
        self.paces.values().filter_map(Pace::deadline).min()
    }

    pub(crate) fn throttle_ms(&self) -> u32 {
        self.granted_ms.unwrap_or_else(|| self.wished().unwrap_or(self.asked).ms())
    }

    /// The state, once there is one; a table has none.
    pub(crate) fn state(&self) -> Option<&State> {
        let position = self.position.as_ref().filter(|_| self.topic.kind() == TopicKind::View);
        position.map(|_| &self.state)
    }

    pub(crate) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    pub(crate) fn updates(&self) -> u64 {
        self.updates
    }

    pub(crate) fn updated(&self) -> Option<Instant> {
        self.updated
    }

    /// The join that a frame must name, if it names one, to count.
    pub(crate) fn reference(&self) -> Option<u64> {
        match self.join {
            Join::Asked { reference, .. } | Join::In { reference } | Join::Healing { reference, .. } => {
                Some(reference)
            }
            Join::Out | Join::Again { .. } | Join::Refused => None,
        }
    }

    /// Whether an answer is waited for.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self.join, Join::Asked { .. } | Join::Healing { .. })
    }

    /// When something must happen by itself.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.join {
            Join::Asked { deadline, .. } | Join::Healing { deadline, .. } => Some(deadline),
            Join::Again { at } => Some(at),
            Join::Out | Join::In { .. } | Join::Refused => None,
        }
    }

    /// Whether nothing more is expected of the join.
    pub(crate) fn is_settled(&self) -> bool {
        let is_left_alone = matches!(self.breaker.circuit(), Circuit::Open { .. });
        matches!(self.join, Join::In { .. } | Join::Refused) || is_left_alone || self.wished().is_none()
    }

    /// Whether deltas follow.
    pub(crate) fn is_joined(&self) -> bool {
        matches!(self.join, Join::In { .. })
    }

    /// The connection is gone or the join failed: the state stays, and its place is remembered.
    pub(crate) fn lost(&mut self, join: Join) {
        self.join = join;
        self.pieces.clear();
        if self.before.is_none() {
            self.before.clone_from(&self.position);
        }
    }

    /// An estimate of what the state takes, in bytes.
    pub(crate) fn state_bytes(&self) -> usize {
        self.state_bytes
    }

    /// An estimate of what rows take whose commit is not whole, in bytes.
    pub(crate) fn pieces_bytes(&self) -> usize {
        self.pieces.bytes()
    }

    /// Lets go of what can be had again: changes that wait, and the state of a topic that all have paused.
    /// How many keys that were.
    pub(crate) fn shrink(&mut self) -> usize {
        let mut keys = 0;
        for pace in self.paces.values_mut() {
            keys += pace.shrink();
        }
        if self.join == Join::Out && self.wished().is_none() && self.topic.kind() == TopicKind::View {
            keys += self.state.entries().len();
            (self.state, self.state_bytes, self.position) = (State::default(), 0, None);
        }
        keys
    }

    /// The next join asks for the whole state.
    pub(crate) fn forget_position(&mut self) {
        self.position = None;
    }

    /// Counts updates that are told to the application.
    pub(crate) fn count(&mut self, now: Instant, updates: u64) {
        self.updates += updates;
        self.updated = Some(now);
    }

    /// Takes over the answer to a join; on an error the state is as before.
    pub(crate) fn joined(&mut self, joined: Joined) -> Result<TopicUpdate, Trouble> {
        let Joined { throttle_ms, position, hash, mode, state, delta, .. } = joined;
        let change = match (mode, state, delta) {
            (JoinMode::Snapshot, Some(entries), _) => {
                self.replace(entries.clone(), hash)?;
                TopicChange::Snapshot(entries)
            }
            (JoinMode::Resumed, _, Some(delta)) => {
                // A continuation of a state that is not there proves itself only by chance.
                if self.position.is_none() {
                    return Err(Trouble::Gap);
                }
                self.apply(&delta, hash)?;
                TopicChange::Resumed(delta)
            }
            (JoinMode::Snapshot, None, _) | (JoinMode::Resumed, _, None) => return Err(Trouble::Shape),
        };
        self.granted_ms = Some(throttle_ms);
        self.asks_whole = false;
        Ok(self.moved(position, change))
    }

    /// Takes over a state that was read over HTTP; on an error the state is as before.
    pub(crate) fn read(
        &mut self,
        position: Position,
        hash: StateHash,
        state: Entries,
    ) -> Result<TopicUpdate, Trouble> {
        self.replace(state.clone(), hash)?;
        // What was read was seen, so the next join has no gap before it to tell of.
        self.before = Some(position.clone());
        Ok(self.moved(position, TopicChange::Snapshot(state)))
    }

    /// Takes over a delta; on an error the state is as before.
    pub(crate) fn delta(&mut self, push: DeltaPush) -> Result<TopicUpdate, Trouble> {
        let Some(position) = self.position.as_ref().filter(|position| position.offset == push.from) else {
            return Err(Trouble::Gap);
        };
        if push.to < push.from {
            return Err(Trouble::Gap);
        }
        let position = Position { epoch: position.epoch.clone(), offset: push.to };
        self.apply(&push.delta, push.hash)?;
        Ok(self.moved(position, TopicChange::Delta(push.delta)))
    }

    /// Takes over the state of the server's reset; on an error the state is as before.
    pub(crate) fn reset(&mut self, push: ResetPush) -> Result<TopicUpdate, Trouble> {
        let ResetPush { reason, position, hash, state, missed } = push;
        self.replace(state.clone(), hash)?;
        Ok(self.moved(position, TopicChange::Reset { reason, missed, state }))
    }

    /// Takes over the answer to the join of a table.
    pub(crate) fn table_joined(&mut self, throttle_ms: u32, position: Position) {
        self.granted_ms = Some(throttle_ms);
        self.position = Some(position);
        self.pieces.clear();
    }

    /// Takes rows over; the position moves only with whole commits.
    pub(crate) fn rows(&mut self, push: RowsPush) -> Result<Taken, Trouble> {
        let Some(position) = &mut self.position else { return Err(Trouble::Gap) };
        let taken = self.pieces.push(position.offset, push)?;
        if let Taken::Whole { to, .. } = &taken {
            position.offset = *to;
        }
        Ok(taken)
    }

    fn moved(&mut self, position: Position, change: TopicChange) -> TopicUpdate {
        self.position = Some(position.clone());
        TopicUpdate { topic: self.topic.clone(), position, hash: self.state.hash(), change }
    }

    fn replace(&mut self, entries: Entries, hash: StateHash) -> Result<(), Trouble> {
        let state = State::from_entries(entries).map_err(|_| Trouble::Hash)?;
        if state.hash() != hash {
            return Err(Trouble::Hash);
        }
        self.state_bytes = memory::of_entries(state.entries());
        self.state = state;
        Ok(())
    }

    fn apply(&mut self, delta: &Delta, hash: StateHash) -> Result<(), Trouble> {
        let undo = self.undo_of(delta);
        self.state.apply(delta).map_err(|_| Trouble::Hash)?;
        if self.state.hash() == hash {
            let before = memory::of_entries(&undo.put);
            self.state_bytes = (self.state_bytes + memory::of_entries(&delta.put)).saturating_sub(before);
            return Ok(());
        }
        // What was in the state had a hash before, so putting it back cannot fail.
        self.state.apply(&undo).map_err(|_| Trouble::Hash)?;
        Err(Trouble::Hash)
    }

    fn undo_of(&self, delta: &Delta) -> Delta {
        let mut undo = Delta::default();
        for key in delta.put.keys().chain(&delta.drop) {
            match self.state.get(key) {
                Some(value) => undo.put(key.clone(), value.clone()),
                None => undo.remove(key.clone()),
            }
        }
        undo
    }
}

/// Why a topic that stood at `before` was answered with a whole state at `after`, and how many
/// commits went by; nothing when it did not have to start anew.
pub(crate) fn break_between(before: &Position, after: &Position) -> Option<(ResetReason, Option<u64>)> {
    if before.epoch != after.epoch {
        Some((ResetReason::Epoch, None))
    } else if after.offset < before.offset {
        Some((ResetReason::Ahead, None))
    } else if after.offset > before.offset {
        Some((ResetReason::Expired, Some(after.offset - before.offset)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use realtime_protocol::Epoch;
    use serde_json::json;

    fn position(offset: u64) -> Position {
        Position { epoch: Epoch::new("e"), offset }
    }

    fn entries(value: i64) -> Entries {
        Entries::from([("a".to_owned(), json!(value))])
    }

    fn hash(value: i64) -> StateHash {
        State::from_entries(entries(value)).unwrap().hash()
    }

    fn joined_at(offset: u64) -> Subscription {
        let mut subscription = Subscription::new(Topic::view("metrics").unwrap());
        let now = Instant::default();
        subscription.add(now, SubscriptionId(1), Pace::new(now, Options::default(), true));
        let joined = Joined {
            topic: "view:metrics".to_owned(),
            throttle_ms: 1000,
            position: position(offset),
            hash: hash(1),
            mode: JoinMode::Snapshot,
            state: Some(entries(1)),
            delta: None,
        };
        subscription.joined(joined).unwrap();
        subscription
    }

    fn push(from: u64, to: u64, value: i64, hash: StateHash) -> DeltaPush {
        let mut delta = Delta::default();
        delta.put("a", value);
        DeltaPush { from, to, commits: to - from, hash, delta, at_ms: None, last: true }
    }

    #[test]
    fn a_delta_that_fits_moves_state_and_position() {
        let mut subscription = joined_at(5);
        let update = subscription.delta(push(5, 7, 2, hash(2))).unwrap();
        assert_eq!((update.position, update.hash), (position(7), hash(2)));
        assert_eq!(subscription.state().unwrap().get("a"), Some(&json!(2)));
    }

    #[test]
    fn a_delta_of_another_place_is_a_gap_and_changes_nothing() {
        let mut subscription = joined_at(5);
        assert_eq!(subscription.delta(push(4, 6, 2, hash(2))), Err(Trouble::Gap));
        assert_eq!(subscription.delta(push(6, 7, 2, hash(2))), Err(Trouble::Gap));
        let backwards = DeltaPush { commits: 0, ..push(5, 5, 2, hash(2)) };
        assert_eq!(subscription.delta(DeltaPush { to: 4, ..backwards }), Err(Trouble::Gap));
        assert_eq!(subscription.position(), Some(&position(5)));
        assert_eq!(subscription.state().unwrap().get("a"), Some(&json!(1)));
    }

    #[test]
    fn a_delta_with_a_wrong_hash_leaves_the_state_as_it_was() {
        let mut subscription = joined_at(5);
        let mut wrong = push(5, 6, 2, StateHash(1));
        wrong.delta.put("b", 3);
        assert_eq!(subscription.delta(wrong), Err(Trouble::Hash));
        assert_eq!(subscription.state().unwrap().entries(), &entries(1));
        assert_eq!(subscription.state().unwrap().hash(), hash(1));
        assert_eq!(subscription.position(), Some(&position(5)));
    }

    #[test]
    fn the_smallest_wish_of_those_who_are_not_paused_counts() {
        let mut subscription = joined_at(1);
        assert_eq!(subscription.wished().map(ThrottleClass::ms), Some(1000));
        let options = Options { throttle: Duration::from_millis(300), ..Options::default() };
        let now = Instant::default();
        subscription.add(now, SubscriptionId(2), Pace::new(now, options, true));
        assert_eq!(subscription.wished().map(ThrottleClass::ms), Some(250));
        subscription.pace_mut(SubscriptionId(2)).unwrap().paused = true;
        assert_eq!(subscription.wished().map(ThrottleClass::ms), Some(1000));
        subscription.remove(SubscriptionId(1));
        assert_eq!((subscription.wished(), subscription.subscribers()), (None, 1));
    }

    #[test]
    fn a_break_is_named_by_what_the_positions_say() {
        let other = Position { epoch: Epoch::new("f"), offset: 9 };
        assert_eq!(break_between(&position(5), &other), Some((ResetReason::Epoch, None)));
        assert_eq!(break_between(&position(5), &position(4)), Some((ResetReason::Ahead, None)));
        assert_eq!(break_between(&position(5), &position(9)), Some((ResetReason::Expired, Some(4))));
        assert_eq!(break_between(&position(5), &position(5)), None);
    }
}
