//! The hub with its log, driven as `follow` does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use changelog::{Change, Changelog, Commit, Head, LogError, Op};
use realtime_protocol::filter::{Column, Kind};
use realtime_protocol::{Epoch, Position, State, ThrottleClass, Topic};
use realtime_server::hub::{Hub, Tick};
use realtime_server::rows::{Rows, frames};
use realtime_server::session::{Now, Read};
use realtime_server::{RowError, Tables, Views, read_rows};
use serde_json::Value;

use crate::common::{Counters, commit};
use crate::truth::{Truth, shown};

pub const EPOCH: &str = "6f1d";

/// Two tables of numbers.
struct Numbers;

impl Tables for Numbers {
    fn names(&self) -> &'static [&'static str] {
        &["amounts", "notes"]
    }
    fn columns(&self, _: &str) -> &'static [Column] {
        &[Column { name: "n", kind: Kind::Integer }]
    }
    fn row(&self, _: &str, text: &str) -> Result<Value, RowError> {
        Ok(shown(text))
    }
}

/// What was committed before the server was started.
static BEFORE: LazyLock<Vec<Arc<Commit>>> = LazyLock::new(|| {
    let mut truth = Truth::default();
    for n in 1..=8 {
        let mut changes = truth.changes(&[[n, n], [n / 2, 1]]);
        // The first needs more than one push, and both together more than one read.
        changes.extend(notes(if n == 3 { 300 } else { 0 }));
        changes.extend(notes(if n == 4 { 10 } else { 0 }));
        truth.commit(commit(n.into(), changes).into());
    }
    truth.commits().to_vec()
});

/// The same commits, of which the oldest are gone.
struct Log<'a> {
    commits: &'a [Arc<Commit>],
    trimmed: u64,
}

impl Changelog for Log<'_> {
    fn head(&mut self) -> Result<Head, LogError> {
        Ok(Head { epoch: EPOCH.into(), offset: self.commits.len() as u64, oldest: self.trimmed + 1 })
    }
    fn read_after(&mut self, offset: u64, limit: usize) -> Result<changelog::Read, LogError> {
        if offset < self.trimmed {
            return Ok(changelog::Read::Expired { oldest: self.trimmed + 1 });
        }
        let commits = self.commits.iter().filter(|commit| commit.offset > offset).take(limit);
        Ok(changelog::Read::Commits(commits.map(|commit| Commit::clone(commit)).collect()))
    }
    fn wait(&mut self, _: u64, _: Duration) -> Result<(), LogError> {
        Ok(())
    }
}

pub struct Server {
    pub hub: Hub,
    pub now: Now,
    pub truth: Truth,
    trimmed: u64,
    newest: BTreeMap<ThrottleClass, Arc<Tick>>,
    /// Flushes on their way to the viewers.
    untold: BTreeSet<ThrottleClass>,
}

impl Server {
    /// A server that was started at commit 8, when the log held those after 2: it keeps those after 5 itself.
    pub fn new() -> Self {
        let (mut truth, mut views) = (Truth::default(), Counters::default());
        for commit in &*BEFORE {
            views.fold(commit).expect("it can be folded");
            truth.commit(Arc::clone(commit));
        }
        views.take_changes();
        let start = Position { epoch: Epoch::new(EPOCH), offset: 8 };
        let mut hub = Hub::new(start, Box::new(views)).with_tables(Arc::new(Numbers));
        let last: Vec<_> = BEFORE[5..].iter().map(|commit| Commit::clone(commit)).collect();
        hub.seed(&last).expect("what is folded can be undone");
        let now = Now { instant: Duration::ZERO, wall_ms: 0 };
        let mut server =
            Self { hub, now, truth, trimmed: 2, newest: BTreeMap::new(), untold: BTreeSet::new() };
        server.observe(0);
        server
    }

    /// So many commits that arrive together, each made of what is true before it.
    pub fn commit(&mut self, count: usize, changes: impl Fn(&Truth, usize) -> Vec<Change>) {
        let mut arrived = Vec::new();
        for n in 0..count {
            let commit = commit(self.truth.head() + 1, changes(&self.truth, n));
            self.truth.commit(commit.clone().into());
            arrived.push(commit);
        }
        self.hub.commit(&arrived).expect("they follow");
    }

    /// The server looks at itself.
    pub fn observe(&mut self, number: u8) {
        let entries = [("a".to_owned(), (number % 2).into()), ("b".to_owned(), (number / 2).into())];
        let state = State::from_entries(entries.into()).expect("a state");
        self.truth.observe(state.clone());
        self.hub.observe(&Topic::system(), state);
    }

    /// The log keeps so many commits.
    pub fn trim(&mut self, keep: u8) {
        self.trimmed = self.trimmed.max(self.truth.head().saturating_sub(keep.into()));
    }

    /// What is due is flushed, and its class held until it is told.
    pub fn flush(&mut self) {
        for (class, tick) in self.hub.flush(self.now.instant).expect("it can be encoded") {
            self.hub.hold(class);
            self.newest.insert(class, tick);
            assert!(self.untold.insert(class), "what is held is not flushed");
        }
    }

    pub fn newest(&self, class: ThrottleClass) -> Option<Arc<Tick>> {
        self.newest.get(&class).cloned()
    }

    pub fn untold(&self) -> Vec<ThrottleClass> {
        self.untold.iter().copied().collect()
    }

    /// Everybody was told the newest flush of a class.
    pub fn told(&mut self, class: ThrottleClass) {
        self.untold.remove(&class);
        self.hub.release(class, self.now.instant);
    }

    pub fn read(&self, read: &Read) -> Rows {
        let Read { selection, from, to, .. } = read;
        let Some(commits) = self.hub.recent(selection, *from, *to) else {
            let mut log = Log { commits: self.truth.commits(), trimmed: self.trimmed };
            return read_rows(&mut log, &Numbers, selection, *from, *to).expect("it can be read");
        };
        let to = commits.last().map_or(*to, |commit| commit.offset);
        let commits = commits.iter().map(|commit| &**commit);
        Rows::Frames { to, frames: frames(&Numbers, selection, *from, commits, to).expect("rows") }
    }
}

/// New rows of which no view is made.
pub fn notes(count: u16) -> impl Iterator<Item = Change> {
    let note = |n: u16| Change {
        table: "notes".to_owned(),
        op: Op::Insert,
        key: n.to_string(),
        new: Some((n % 8).to_string()),
        old: None,
    };
    (0..count).map(note)
}
