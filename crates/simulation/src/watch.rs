//! What must be true of one viewer, whatever happens to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use realtime_manager::{
    Delivery, Event, Instant, Manager, Reason, RowsUpdate, Stats, Status, StatusChange, TopicChange,
    TopicUpdate,
};
use realtime_protocol::message::{Joined, Reply, ResetReason, event};
use realtime_protocol::{Frame, Position, Topic, TopicKind};
use thiserror::Error;

use crate::paces::Paces;
use crate::rows::Told;
use crate::truth::{Expected, SYSTEM, Truth, changed, expected, hash_of, integers, look};

/// The topic that no server has.
pub(crate) const UNKNOWN: &str = "view:nothing";

const RETRIES_MAX: u32 = 5;
/// What a viewer may hold, in bytes: states, rows of one large import and whatever waits are far below.
pub(crate) const BUDGET: u64 = 512 * 1024;
const STABLE: Duration = Duration::from_secs(10);
/// How long after a nudge it becomes an attempt at the latest: a probe that fails, and the spread.
const NUDGE: Duration = Duration::from_millis(1_500);
const NUDGE_SPREAD: Duration = Duration::from_millis(300);

/// A rule that did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A state equals the recount at its position, and so does its hash.
    Recount,
    /// Positions of a topic never go back within an epoch.
    Forward,
    /// All topics of a class are shown at one position.
    OneTick,
    /// After `disconnect` nothing is sent, opened or waited for.
    Silence,
    /// Retries keep to their table.
    Retries,
    /// Counters add up.
    Counters,
    /// The hub's groups are those of the sessions that live.
    Groups,
    /// A subscriber is given everything, in its own time.
    Pace,
    /// Each row of a table is told once and in order; what is missing is gone from the log, and counted.
    Rows,
    /// What a viewer holds stays within its budget.
    Memory,
    /// A request has one answer.
    Answers,
    /// A class moves only when its last flush has been told to all viewers.
    Held,
    /// Nobody is closed who was heard or has taken something not long ago.
    Slow,
    /// What is due is done once.
    Spin,
    /// A topic that exists is never refused.
    Refusal,
    /// When the faults have stopped, everybody reaches the head.
    Converge,
    /// The server goes on.
    Server,
}

/// What was found, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{rule:?} at {at:?}{}: {detail}", client.map(|n| format!(" by viewer {n}")).unwrap_or_default())]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// The virtual time.
    pub at: Duration,
    /// The viewer, if it concerns one.
    pub client: Option<usize>,
    /// The facts.
    pub detail: String,
}

#[derive(Debug)]
struct Shown {
    position: Position,
    state: Expected,
}

/// What the user last wanted of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Wish {
    /// Nothing in this call.
    #[default]
    Open,
    /// A connection, in this very call.
    Asking,
    /// The end, and nothing since.
    Gone,
}

/// One viewer as an application sees it, and the books that are kept of it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    client: usize,
    now: Duration,
    shown: BTreeMap<Topic, Shown>,
    pub(crate) tally: Stats,
    pub(crate) paces: Paces,
    told: Told,
    head: Option<Position>,
    /// Requests that were answered, by connection.
    answered: BTreeSet<(u64, String)>,
    /// The event of the last frame.
    came: String,
    /// The classes in which the view without commits was joined, the last one and the one before.
    system_ms: [Option<u32>; 2],
    /// A state was told since the last comparison with the manager's own.
    is_told: bool,
    connected_at: Option<Duration>,
    was_connected: bool,
    tries: u32,
    due: Option<Duration>,
    /// When the network was found or the viewer seen for the last time.
    pub(crate) nudged_at: Option<Duration>,
    pub(crate) wish: Wish,
    /// The viewer may be late: it was frozen until now.
    pub(crate) is_late: bool,
}

impl Watch {
    pub(crate) fn new(client: usize) -> Self {
        Self { client, ..Self::default() }
    }

    pub(crate) fn broken(&self, rule: Rule, detail: impl fmt::Display) -> Broken {
        Broken { rule, at: self.now, client: Some(self.client), detail: detail.to_string() }
    }

    pub(crate) fn at(&mut self, now: Duration) {
        self.now = now;
    }

    /// A text of connection `id` came; answers are looked at.
    pub(crate) fn answer(&mut self, id: u64, text: &str) -> Result<(), Broken> {
        let Ok(frame) = Frame::decode(text) else { return Ok(()) };
        self.came = frame.event.clone().into_owned();
        if frame.event == event::REPLY
            && let Ok(Reply::Ok(joined)) = frame.payload::<Reply<Joined>>()
            && joined.topic == SYSTEM
        {
            self.system_ms = [Some(joined.throttle_ms), self.system_ms[0]];
        }
        let Some(reference) = frame.reference.filter(|_| frame.event == event::REPLY) else { return Ok(()) };
        if self.answered.insert((id, reference.clone().into_owned())) {
            return Ok(());
        }
        Err(self.broken(Rule::Answers, format!("request {reference} once more")))
    }

    /// Something left the viewer.
    pub(crate) fn acted(&self, what: &str) -> Result<(), Broken> {
        if self.wish == Wish::Gone {
            return Err(self.broken(Rule::Silence, format!("{what} after disconnect")));
        }
        Ok(())
    }

    pub(crate) fn event(&mut self, event: &Event, truths: &BTreeMap<String, Truth>) -> Result<(), Broken> {
        match event {
            Event::Status(change) => self.status(change),
            Event::Batch(updates) => self.batch(updates, truths),
            Event::Refused { topic, reason } => {
                self.tally.refusals += 1;
                if topic.as_str() == UNKNOWN {
                    return Ok(());
                }
                Err(self.broken(Rule::Refusal, format!("{topic}: {reason}")))
            }
            _ => Ok(()),
        }
    }

    fn status(&mut self, change: &StatusChange) -> Result<(), Broken> {
        let &StatusChange { from, to, attempt, next_attempt_in, reason } = change;
        match to {
            Status::Connected => {
                self.tally.reconnects += u64::from(from == Status::Reconnecting && self.was_connected);
                self.connected_at = Some(self.now);
                self.was_connected = true;
            }
            Status::Disconnected | Status::Connecting => (self.tries, self.due) = (0, None),
            Status::Reconnecting => match next_attempt_in {
                Some(delay) => self.waits(from, attempt, delay)?,
                None => self.starts(reason)?,
            },
            Status::Error => {
                let is_final = matches!(reason, Some(Reason::Refused(_)));
                let tries = self.tries_after(from);
                if !is_final && tries < RETRIES_MAX {
                    return Err(self.broken(Rule::Retries, format!("given up after {tries} retries")));
                }
                self.due = None;
            }
        }
        Ok(())
    }

    /// The retries that still count when a connection or an attempt is lost.
    fn tries_after(&self, from: Status) -> u32 {
        let is_stable = self.connected_at.is_some_and(|at| self.now.saturating_sub(at) >= STABLE);
        if from == Status::Connected && is_stable { 0 } else { self.tries }
    }

    fn waits(&mut self, from: Status, attempt: u32, delay: Duration) -> Result<(), Broken> {
        let expected = self.tries_after(from) + 1;
        let plain = Duration::from_secs(1 << attempt.saturating_sub(1).min(8));
        let fits = (plain..=plain * 3 / 2).contains(&delay);
        if attempt != expected || attempt > RETRIES_MAX || !fits {
            let detail = format!("retry {attempt} in {delay:?} where {expected} was due");
            return Err(self.broken(Rule::Retries, detail));
        }
        (self.tries, self.due) = (attempt, Some(self.now + delay));
        Ok(())
    }

    fn starts(&mut self, reason: Option<Reason>) -> Result<(), Broken> {
        let due = self.due.take();
        let is_right = match reason {
            Some(Reason::Due) => due.is_some_and(|due| due == self.now || due < self.now && self.is_late),
            Some(Reason::Asked) => self.wish == Wish::Asking,
            _ => due.is_some(),
        };
        if is_right {
            Ok(())
        } else {
            Err(self.broken(Rule::Retries, format!("started {reason:?}, due {due:?}")))
        }
    }

    fn batch(&mut self, updates: &[TopicUpdate], truths: &BTreeMap<String, Truth>) -> Result<(), Broken> {
        self.is_told = true;
        for update in updates {
            self.tally.updates += 1;
            self.count_commits(&update.position);
            self.apply(update)?;
            self.compare(update, truths)?;
        }
        Ok(())
    }

    pub(crate) fn rows(
        &mut self,
        update: &RowsUpdate,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), Broken> {
        self.told.rows(update, truths).map_err(|detail| self.broken(Rule::Rows, detail))?;
        self.tally.rows += update.rows.len() as u64;
        self.tally.updates += update.rows.len() as u64;
        self.count_commits(&update.position);
        Ok(())
    }

    pub(crate) fn rows_restarted(
        &mut self,
        topic: &Topic,
        reason: ResetReason,
        missed: Option<u64>,
        manager: &Manager,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), Broken> {
        self.tally.resets += 1;
        let position = self.told.restarted(topic, reason, missed, manager, truths);
        let position = position.map_err(|detail| self.broken(Rule::Rows, detail))?;
        self.count_commits(&position);
        Ok(())
    }

    fn count_commits(&mut self, position: &Position) {
        match &mut self.head {
            Some(head) if head.epoch == position.epoch => {
                self.tally.commits += position.offset.saturating_sub(head.offset);
                head.offset = head.offset.max(position.offset);
            }
            head => *head = Some(position.clone()),
        }
    }

    fn apply(&mut self, update: &TopicUpdate) -> Result<(), Broken> {
        let TopicUpdate { topic, position, change, .. } = update;
        let before = self.shown.remove(topic);
        if let Some(before) = before.as_ref().filter(|before| before.position.epoch == position.epoch)
            && before.position.offset > position.offset
        {
            let detail = format!("{topic} from {} to {}", before.position.offset, position.offset);
            return Err(self.broken(Rule::Forward, detail));
        }
        let was = before.as_ref().and_then(|before| look(&before.state));
        let state = match change {
            TopicChange::Snapshot(entries) => integers(entries),
            TopicChange::Reset { state, .. } => {
                self.tally.resets += 1;
                integers(state)
            }
            TopicChange::Resumed(delta) | TopicChange::Delta(delta) => {
                self.tally.deltas += 1;
                let before = before.filter(|before| before.position.epoch == position.epoch);
                before.and_then(|before| changed(before.state, delta))
            }
        };
        let Some(state) = state else {
            return Err(self.broken(Rule::Recount, format!("{topic} continues what was never shown")));
        };
        let is = Some(&state).filter(|_| topic.as_str() == SYSTEM).and_then(look);
        // No position tells one look from another, so a class that is entered answers with its own last flush.
        let is_of_other_class =
            matches!(change, TopicChange::Snapshot(_)) && self.system_ms[0] != self.system_ms[1];
        if is < was && !is_of_other_class {
            return Err(self.broken(Rule::Forward, format!("{topic} from {was:?} to {is:?}")));
        }
        self.shown.insert(topic.clone(), Shown { position: position.clone(), state });
        Ok(())
    }

    fn compare(&self, update: &TopicUpdate, truths: &BTreeMap<String, Truth>) -> Result<(), Broken> {
        let TopicUpdate { topic, position, hash, .. } = update;
        let shown = self.shown.get(topic).map(|shown| &shown.state);
        let expected = expected(truths, topic, position, shown);
        if shown != expected || expected.map(hash_of) != Some(hash.0) {
            let detail = format!("{topic} at {position} shows {shown:?}, the recount is {expected:?}");
            return Err(self.broken(Rule::Recount, detail));
        }
        Ok(())
    }

    /// What must hold whenever the viewer has nothing more to do at once.
    pub(crate) fn settled(
        &mut self,
        manager: &Manager,
        waits: Option<Duration>,
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), Broken> {
        if self.wish == Wish::Gone && (waits.is_some() || manager.status() != Status::Disconnected) {
            let detail = format!("{} with a timer at {waits:?}", manager.status());
            return Err(self.broken(Rule::Silence, detail));
        }
        // Of a wait after a failed retry no event tells; the facts do.
        let wait = manager.health(Instant(self.now)).next_attempt_in;
        if let Some(delay) = wait.filter(|delay| self.due != Some(self.now + *delay)) {
            if delay <= NUDGE_SPREAD && self.is_nudged(delay) {
                self.due = Some(self.now + delay);
            } else {
                self.waits(Status::Reconnecting, manager.health(Instant(self.now)).attempt, delay)?;
            }
        }
        let moved = self.told.settled(manager, truths);
        for position in moved.map_err(|detail| self.broken(Rule::Rows, detail))? {
            self.count_commits(&position);
        }
        self.shown.retain(|topic, _| manager.position(topic).is_some());
        for (topic, shown) in self.shown.iter().filter(|_| self.is_told) {
            let state = manager.state(topic).and_then(|state| integers(state.entries()));
            if manager.position(topic) != Some(&shown.position) || state.as_ref() != Some(&shown.state) {
                return Err(self.broken(Rule::Recount, format!("{topic} is not as it was told")));
            }
        }
        self.is_told = false;
        if manager.memory_estimate() > BUDGET {
            return Err(self.broken(Rule::Memory, format!("{} bytes are held", manager.memory_estimate())));
        }
        self.paces.count(manager).map_err(|detail| self.broken(Rule::Pace, detail))?;
        self.count(manager)
    }

    /// Whether an attempt after `delay` may come of a nudge; one that was frozen may come to it late.
    fn is_nudged(&self, delay: Duration) -> bool {
        let is_sooner = self.due.is_none_or(|due| self.now + delay < due);
        is_sooner && self.nudged_at.is_some_and(|at| self.is_late || self.now + delay <= at + NUDGE)
    }

    /// Subscribers were given something.
    pub(crate) fn delivered(
        &mut self,
        manager: &Manager,
        deliveries: &[Delivery],
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), Broken> {
        for delivery in deliveries {
            self.paces
                .delivered(self.now, manager, delivery, truths)
                .map_err(|detail| self.broken(Rule::Pace, detail))?;
        }
        Ok(())
    }

    fn count(&self, manager: &Manager) -> Result<(), Broken> {
        let (stats, tally) = (manager.stats(), &self.tally);
        let counters = [
            ("frames", stats.frames, tally.frames),
            ("bytes", stats.bytes, tally.bytes),
            ("frames_sent", stats.frames_sent, tally.frames_sent),
            ("bytes_sent", stats.bytes_sent, tally.bytes_sent),
            ("deltas", stats.deltas, tally.deltas),
            ("commits", stats.commits, tally.commits),
            ("updates", stats.updates, tally.updates),
            ("rows", stats.rows, tally.rows),
            ("rows_duplicate", stats.rows_duplicate, 0),
            ("resets", stats.resets, tally.resets),
            ("stale_inputs", stats.stale_inputs, tally.stale_inputs),
            ("attempts", stats.attempts, tally.attempts),
            ("reconnects", stats.reconnects, tally.reconnects),
            ("refusals", stats.refusals, tally.refusals),
            ("hash_mismatches", stats.hash_mismatches, 0),
            ("gaps", stats.gaps, 0),
            ("malformed", stats.malformed, 0),
        ];
        if let Some((name, counted, seen)) = counters.into_iter().find(|(_, counted, seen)| counted != seen) {
            return Err(self.broken(Rule::Counters, format!("{name} is {counted}, seen were {seen}")));
        }
        let running: u64 = manager.subscriptions().iter().map(|info| info.updates).sum();
        if stats.updates != running + stats.updates_of_ended {
            return Err(
                self.broken(Rule::Counters, format!("updates of all topics are not {}", stats.updates))
            );
        }
        Ok(())
    }

    /// After a tick of deltas: the other topics of its classes are as they were at its position.
    pub(crate) fn one_tick(
        &self,
        manager: &Manager,
        updates: &[TopicUpdate],
        truths: &BTreeMap<String, Truth>,
    ) -> Result<(), Broken> {
        let is_of_deltas = updates.iter().all(|update| matches!(update.change, TopicChange::Delta(_)));
        // A state anew stands where a delta of the tick would have been, and ends it there.
        if !is_of_deltas || self.came == event::RESET {
            return Ok(());
        }
        let infos = manager.subscriptions();
        let class = |topic: &Topic| infos.iter().find(|info| info.joined && info.topic == *topic);
        for update in updates {
            let Some(own) = class(&update.topic) else { continue };
            for other in infos.iter().filter(|info| info.joined && info.throttle_ms == own.throttle_ms) {
                let Some(shown) = self.shown.get(&other.topic) else { continue };
                // The server's view of itself is of its own time.
                if other.topic.as_str() == SYSTEM {
                    continue;
                }
                let then = expected(truths, &other.topic, &update.position, None);
                if shown.position.offset <= update.position.offset && then != Some(&shown.state) {
                    let detail = format!(
                        "{} stands at {} while {} is shown at {}",
                        other.topic, shown.position, update.topic, update.position
                    );
                    return Err(self.broken(Rule::OneTick, detail));
                }
            }
        }
        Ok(())
    }

    /// Every topic is where the head is, and the connection stands.
    pub(crate) fn converged(
        &self,
        manager: &Manager,
        epoch: &str,
        truth: Option<&Truth>,
    ) -> Result<(), Broken> {
        let Some(truth) = truth else { return Err(self.broken(Rule::Server, "no log")) };
        if manager.status() != Status::Connected {
            return Err(self.broken(Rule::Converge, manager.status()));
        }
        for info in manager.subscriptions().iter().filter(|info| info.topic.as_str() != UNKNOWN) {
            if info.topic.kind() == TopicKind::Table {
                if info.joined && self.told.is_at_head(&info.topic, epoch, truth) {
                    continue;
                }
                let at = self.told.position(&info.topic).map(Position::to_string);
                let detail = format!("{} joined: {}, at {at:?} of {}", info.topic, info.joined, truth.head());
                return Err(self.broken(Rule::Converge, detail));
            }
            let shown = self.shown.get(&info.topic);
            let state =
                shown.filter(|shown| shown.position.epoch.as_str() == epoch).map(|shown| &shown.state);
            let newest = if info.topic.as_str() == SYSTEM {
                truth.last_observed()
            } else {
                truth.at(info.topic.as_str(), truth.head())
            };
            if !info.joined || state.is_none() || state != newest {
                let at = shown.map(|shown| shown.position.to_string());
                let detail = format!("{} joined: {}, at {at:?} of {}", info.topic, info.joined, truth.head());
                return Err(self.broken(Rule::Converge, detail));
            }
        }
        self.paces.late(manager).map_err(|detail| self.broken(Rule::Pace, detail))
    }
}
