//! The hub: folds commits into views and cuts their changes into shared frames.
//!
//! A machine without IO: commits and the time come in, [`Tick`]s come out.
//! Subscribers of one topic in one throttle class form a group; a group's delta is diffed, hashed,
//! encoded and framed once, and the same bytes go to every socket.
//! All groups of a class flush together at one position.

mod derived;
mod groups;
mod observed;
mod picks;
mod recent;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use changelog::Commit;
use realtime_protocol::{
    Delta, Epoch, FrameError, ParamError, Position, State, StateError, ThrottleClass, Topic, TopicKind,
};
use thiserror::Error;

pub use crate::history::Changes;
use crate::history::History;
use crate::limits::{FILTERS_MAX, GATHER_MAX, VIEW_STATES_MAX};
use crate::rows::RowsError;
use crate::selection::SelectionError;
use crate::tables::{NoTables, Tables};
use crate::views::{FoldError, Views, invert};
use derived::DerivedViews;
use groups::Group;
pub use groups::{DeltaFrame, GroupView, Step};
use observed::Observed;
use picks::Picks;
use recent::Recent;
use tables::TableGroup;
pub use tables::{RowsFrames, TableStart, TableView};

/// Why the hub cannot go on; its views must be rebuilt.
#[derive(Debug, Error)]
pub enum HubError {
    /// A commit does not follow the last one.
    #[error("commit {found} arrived where {expected} was due")]
    Gap {
        /// The offset that was due.
        expected: u64,
        /// The offset that came.
        found: u64,
    },
    /// A commit could not be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// A view put a value that cannot be sent.
    #[error("view state is broken")]
    State(#[from] StateError),
    /// A view with parameters that were good could not be had again.
    #[error("view with parameters is broken")]
    Parameter(#[from] ParamError),
    /// A frame could not be encoded.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Rows of a table could not be made into frames.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Undoing and redoing the last commits did not lead back to the same states.
    #[error("view {0} is not invertible")]
    NotInvertible(&'static str),
}

/// Why a topic cannot be joined.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JoinError {
    /// There is no such view.
    #[error("unknown_topic: there is no such view")]
    Unknown,
    /// The view cannot be had with these parameters.
    #[error("{code}: {error}", code = .0.code(), error = .0)]
    Parameter(#[from] ParamError),
    /// The view with these parameters has a value that cannot be sent.
    #[error("broken_view: {0}")]
    State(#[from] StateError),
    /// As many views with parameters as there may be are followed, all of them others.
    #[error("too_many_views: {VIEW_STATES_MAX} other views with parameters are followed, try again later")]
    Views,
    /// Rows cannot be asked for so.
    #[error(transparent)]
    Rows(#[from] SelectionError),
    /// As many filters as there may be are under way, all of them others.
    #[error("too_many_filters: {FILTERS_MAX} other filters of tables are under way, try again later")]
    Filters,
}

/// What a subscriber starts from.
#[derive(Debug)]
pub enum Start {
    /// Of a view.
    View(Arc<GroupView>),
    /// Of a table.
    Table(TableStart),
}

/// The groups of one throttle class after a flush.
#[derive(Debug, Default)]
pub struct Tick {
    /// Of views.
    pub views: BTreeMap<Topic, Arc<GroupView>>,
    /// Of tables.
    pub tables: BTreeMap<Topic, TableView>,
}

#[derive(Debug, Clone)]
struct ViewTopic {
    state: Arc<State>,
    history: History,
}

impl ViewTopic {
    fn new(state: State, offset: u64) -> Self {
        Self { state: Arc::new(state), history: History::new(offset) }
    }

    /// Takes over what changed between two offsets.
    ///
    /// What cancelled out is remembered too: it was there for whoever stands between them.
    fn change(&mut self, from: u64, to: u64, changes: Changes) -> Result<(), StateError> {
        if !changes.is_empty() {
            Arc::make_mut(&mut self.state).apply(&changes.delta)?;
            self.remember(from, to, changes);
        } else if to > from + 1 {
            self.remember(from, to, Changes::default());
        }
        Ok(())
    }

    fn remember(&mut self, from: u64, to: u64, changes: Changes) {
        let bytes = serde_json::to_vec(&changes.delta).map_or(0, |text| text.len());
        self.history.push(from, to, bytes, Arc::new(changes));
    }
}

#[derive(Debug, Default)]
struct Cadence {
    groups: BTreeMap<Topic, Group>,
    tables: BTreeMap<Topic, TableGroup>,
    flushed_at: Option<Duration>,
    is_held: bool,
    /// Until when what comes after the last flush was told is gathered for the next.
    gathers_until: Duration,
}

impl Cadence {
    fn due_at(&self, class: ThrottleClass, head: u64) -> Option<Duration> {
        if self.is_held {
            return None;
        }
        let waiting = self.groups.values().any(Group::is_waiting)
            || self.tables.values().any(|group| group.is_waiting(head));
        let due_at = self.flushed_at.map_or(Duration::ZERO, |at| at + class.interval());
        waiting.then(|| due_at.max(self.gathers_until))
    }

    /// What changed in a topic waits for its group.
    fn change(&mut self, topic: &Topic, changes: &Changes) {
        let is_waited_for = |group: &&mut Group| group.subscribers > 0 && !changes.is_empty();
        if let Some(group) = self.groups.get_mut(topic).filter(is_waited_for) {
            group.pending.merge(changes);
        }
    }

    fn tick(&self) -> Tick {
        let views = self.groups.iter().map(|(topic, group)| (topic.clone(), Arc::clone(&group.view)));
        let tables = self.tables.iter().map(|(topic, group)| (topic.clone(), group.view.clone()));
        Tick { views: views.collect(), tables: tables.collect() }
    }
}

/// Counters of the hub; exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HubStats {
    /// Commits folded.
    pub commits: u64,
    /// Frames of deltas and rows encoded, each once for all viewers of a group.
    pub frames_encoded: u64,
    /// Flushes of a table that had more rows than are kept: each viewer read the log.
    pub rows_not_kept: u64,
    /// Joins refused for the number of filters.
    pub filters_refused: u64,
    /// Joins refused for the number of views with parameters.
    pub views_refused: u64,
}

/// Views, topics and groups of one log.
pub struct Hub {
    epoch: Epoch,
    offset: u64,
    views: Box<dyn Views>,
    tables: Arc<dyn Tables>,
    topics: BTreeMap<Topic, ViewTopic>,
    observed: BTreeMap<Topic, Observed>,
    derived: DerivedViews,
    recent: Recent,
    picks: Picks,
    cadences: BTreeMap<ThrottleClass, Cadence>,
    stats: HubStats,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub")
            .field("epoch", &self.epoch)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub whose `views` stand at `position`.
    #[must_use]
    pub fn new(position: Position, views: Box<dyn Views>) -> Self {
        let mut topics = BTreeMap::new();
        for name in views.names() {
            if let (Ok(topic), Some(state)) = (Topic::view(name), views.state(name)) {
                topics.insert(topic, ViewTopic::new(state, position.offset));
            }
        }
        let Position { epoch, offset } = position;
        Self {
            epoch,
            offset,
            views,
            tables: Arc::new(NoTables),
            topics,
            observed: BTreeMap::new(),
            derived: DerivedViews::default(),
            recent: Recent::new(offset),
            picks: Picks::default(),
            cadences: BTreeMap::new(),
            stats: HubStats::default(),
        }
    }

    /// The same with tables that can be joined.
    #[must_use]
    pub fn with_tables(self, tables: Arc<dyn Tables>) -> Self {
        Self { tables, ..self }
    }

    /// Makes resume possible from before the start: undoes the last `commits` and redoes them.
    ///
    /// # Errors
    /// [`HubError`] when that does not lead back to the same states; the hub is unusable then.
    pub fn seed(&mut self, commits: &[Commit]) -> Result<(), HubError> {
        for commit in commits.iter().rev() {
            self.views.fold(&invert(commit))?;
        }
        self.views.take_changes();
        let start = commits.first().map_or(self.offset, |commit| commit.offset - 1);
        for topic in self.topics.values_mut() {
            topic.history = History::new(start);
        }
        for commit in commits {
            self.views.fold(commit)?;
            for (name, delta) in self.views.take_changes() {
                let Some(topic) = Topic::view(name).ok().and_then(|topic| self.topics.get_mut(&topic)) else {
                    continue;
                };
                let changes = Changes { delta, at_ms: Some(commit.committed_at_ms) };
                topic.remember(commit.offset - 1, commit.offset, changes);
            }
        }
        for &name in self.views.names() {
            let again = self.views.state(name);
            let before = Topic::view(name).ok().and_then(|topic| self.topics.get(&topic));
            if again.map(|state| state.hash()) != before.map(|topic| topic.state.hash()) {
                return Err(HubError::NotInvertible(name));
            }
        }
        self.recent = Recent::new(start);
        for commit in commits {
            self.recent.push(commit);
        }
        Ok(())
    }

    /// The life of the log.
    #[must_use]
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The last commit folded.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Who brought a commit, where the views can say so.
    #[must_use]
    pub fn source(&self, commit: &Commit) -> Option<String> {
        self.views.source(commit)
    }

    /// Counters.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        self.stats
    }

    /// Groups with at least one subscriber.
    #[must_use]
    pub fn groups(&self) -> usize {
        let subscribers = self.cadences.values().flat_map(|cadence| {
            let views = cadence.groups.values().map(|group| group.subscribers);
            views.chain(cadence.tables.values().map(|group| group.subscribers))
        });
        subscribers.filter(|&subscribers| subscribers > 0).count()
    }

    /// The state of a view at the head.
    ///
    /// # Errors
    /// [`JoinError`] when there is no such view.
    pub fn view(&self, topic: &Topic) -> Result<(Position, Arc<State>), JoinError> {
        let state = match (self.topics.get(topic), self.observed.get(topic)) {
            (Some(found), _) => Arc::clone(&found.state),
            (None, Some(observed)) => Arc::clone(&observed.state),
            (None, None) => Arc::new(self.derive(topic)?),
        };
        Ok((Position { epoch: self.epoch.clone(), offset: self.offset }, state))
    }

    /// Adds a subscriber to a group of a view or a table.
    ///
    /// # Errors
    /// [`JoinError`] when there is no such topic.
    pub fn subscribe(
        &mut self,
        topic: &Topic,
        class: ThrottleClass,
        position: Option<&Position>,
    ) -> Result<Start, JoinError> {
        match topic.kind() {
            TopicKind::View => self.join(topic, class, position).map(Start::View),
            TopicKind::Table => self.join_table(topic, class).map(Start::Table),
        }
    }

    /// Adds a subscriber to a view's group and returns what it starts from: the group's last flush, or the head when
    /// the subscriber's `position` is ahead of that flush, because nobody is led back.
    ///
    /// # Errors
    /// [`JoinError`] when there is no such view.
    pub fn join(
        &mut self,
        topic: &Topic,
        class: ThrottleClass,
        position: Option<&Position>,
    ) -> Result<Arc<GroupView>, JoinError> {
        let fresh = Arc::new(self.fresh(topic)?);
        let seen = position.filter(|position| position.epoch == self.epoch).map(|position| position.offset);
        let cadence = self.cadences.entry(class).or_default();
        let group = cadence.groups.entry(topic.clone()).or_insert_with(|| Group::new(Arc::clone(&fresh)));
        if group.subscribers == 0 {
            // Nobody was told anything while nobody listened: start from the head.
            group.view = Arc::clone(&fresh);
            group.clear();
        }
        group.subscribers += 1;
        self.derived.joined(topic);
        if seen.is_some_and(|seen| (group.view.offset + 1..=self.offset).contains(&seen)) {
            // Without a history the next flush is not made to fit: it gives the state.
            if fresh.history.is_some() {
                group.mark(self.offset);
            }
            return Ok(fresh);
        }
        Ok(Arc::clone(&group.view))
    }

    /// A view as it is at the head.
    fn fresh(&mut self, topic: &Topic) -> Result<GroupView, JoinError> {
        let source = match self.topics.get(topic) {
            Some(found) => found.clone(),
            None => match self.observed_view(topic) {
                Some(view) => return Ok(view),
                None => self.derived_topic(topic)?,
            },
        };
        Ok(GroupView {
            topic: topic.clone(),
            offset: self.offset,
            observation: 0,
            state: source.state,
            latest: None,
            history: Some(source.history),
        })
    }

    /// Takes a subscriber out of a group.
    pub fn leave(&mut self, topic: &Topic, class: ThrottleClass) {
        if topic.kind() == TopicKind::Table {
            return self.leave_table(topic, class);
        }
        let Some(cadence) = self.cadences.get_mut(&class) else { return };
        if let Some(group) = cadence.groups.get_mut(topic) {
            group.subscribers = group.subscribers.saturating_sub(1);
            if group.subscribers == 0 {
                group.clear();
            }
            if self.derived.left(topic) && group.subscribers == 0 {
                cadence.groups.remove(topic);
            }
        }
    }

    /// Folds commits, which must follow the last one without a hole.
    ///
    /// # Errors
    /// [`HubError`] when they do not, or cannot be folded.
    pub fn commit(&mut self, commits: &[Commit]) -> Result<(), HubError> {
        let before = self.offset;
        for commit in commits {
            if commit.offset != self.offset + 1 {
                return Err(HubError::Gap { expected: self.offset + 1, found: commit.offset });
            }
            self.offset = commit.offset;
            self.stats.commits += 1;
            self.views.fold(commit)?;
        }
        self.pick_rows(commits)?;
        // Once for all of them: nobody stands between commits that arrive together, and they are as old as the first.
        let at_ms = commits.first().map(|commit| commit.committed_at_ms);
        let mut changed = Vec::new();
        for (name, delta) in self.views.take_changes() {
            if self.change(name, &delta, before, at_ms)? {
                changed.push(name);
            }
        }
        self.change_derived(&changed, before, at_ms)
    }

    /// Takes over what changed in a view since `before`; false when nothing did, not even for a moment.
    fn change(
        &mut self,
        name: &str,
        delta: &Delta,
        before: u64,
        at_ms: Option<u64>,
    ) -> Result<bool, HubError> {
        let Ok(topic) = Topic::view(name) else { return Ok(false) };
        let Some(source) = self.topics.get_mut(&topic) else { return Ok(false) };
        if delta.is_empty() {
            return Ok(false);
        }
        let changes = Changes { delta: source.state.effective(delta), at_ms };
        self.cadences.values_mut().for_each(|cadence| cadence.change(&topic, &changes));
        source.change(before, self.offset, changes)?;
        Ok(true)
    }

    /// Holds back the flushes of a class until [`Hub::release`].
    ///
    /// A driver holds a class while a flush is on its way to the viewers: the next one then leads all of them on
    /// from where they stand, in the same bytes, however many commits came meanwhile.
    pub fn hold(&mut self, class: ThrottleClass) {
        if let Some(cadence) = self.cadences.get_mut(&class) {
            cadence.is_held = true;
        }
    }

    /// Lets the flushes of a class go again, now that its last one is told.
    ///
    /// Commits that wait already are a sign that they come faster than they can be told. Then the next flush waits
    /// for a part of the time that the last one took, and has what this one's viewers answer as well; otherwise the
    /// flushes that follow would be a large one and a small one in turn for ever, and each costs a write for each
    /// viewer.
    pub fn release(&mut self, class: ThrottleClass, now: Duration) {
        let head = self.offset;
        if let Some(cadence) = self.cadences.get_mut(&class) {
            cadence.is_held = false;
            let told_in = now.saturating_sub(cadence.flushed_at.unwrap_or(now));
            let is_behind = cadence.due_at(class, head).is_some_and(|at| at <= now);
            cadence.gathers_until = if is_behind { now + (told_in / 8).min(GATHER_MAX) } else { now };
        }
    }

    /// When [`Hub::flush`] is due next.
    #[must_use]
    pub fn due_at(&self) -> Option<Duration> {
        self.cadences.iter().filter_map(|(&class, cadence)| cadence.due_at(class, self.offset)).min()
    }

    /// Flushes every class that is due at `now`; each comes back with its groups.
    ///
    /// # Errors
    /// [`HubError`] when a frame cannot be encoded.
    pub fn flush(&mut self, now: Duration) -> Result<Vec<(ThrottleClass, Arc<Tick>)>, HubError> {
        let (mut ticks, mut told) = (Vec::new(), Vec::new());
        let offset = self.offset;
        for (&class, cadence) in &mut self.cadences {
            if cadence.due_at(class, offset).is_none_or(|at| at > now) {
                continue;
            }
            cadence.flushed_at = Some(now);
            let mut is_moved = false;
            for (topic, group) in cadence.groups.iter_mut().filter(|(_, group)| group.subscribers > 0) {
                let observation = self.observed.get(topic).map_or(0, |observed| observed.number);
                let is_flushed = group.flush(topic, Step { offset, observation })?;
                self.stats.frames_encoded += u64::from(is_flushed);
                is_moved |= is_flushed;
            }
            for (topic, group) in cadence.tables.iter_mut().filter(|(_, group)| group.is_waiting(offset)) {
                let encoded = group.flush(topic, &self.picks, offset)?;
                self.stats.frames_encoded += encoded;
                self.stats.rows_not_kept += u64::from(encoded == 0);
                is_moved = true;
                told.push(topic.clone());
            }
            if is_moved {
                ticks.push((class, Arc::new(cadence.tick())));
            }
        }
        self.forget_rows(&told);
        Ok(ticks)
    }
}
