//! A hub, one session and a log with retention, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use changelog::{Change, Changelog, Commit, Head, LogError, Read};
use realtime_protocol::filter::{Column, Kind};
use realtime_protocol::{Epoch, Position};
use realtime_server::hub::Hub;
use realtime_server::rows::{Rows, frames};
use realtime_server::session::{Now, Session};
use realtime_server::{RowError, Tables, read_rows};
use serde_json::{Value, json};

use crate::common::{Counters, add, commit};
use crate::drive;

/// Shows amounts as they are, so that rows are numbers.
pub(crate) struct Amounts;

impl Tables for Amounts {
    fn names(&self) -> &'static [&'static str] {
        &["amounts", "names"]
    }

    fn columns(&self, table: &str) -> &'static [Column] {
        const COLUMNS: [Column; 2] = [
            Column { name: "name", kind: Kind::Text },
            Column { name: "side", kind: Kind::Word(&["town", "mafia"]) },
        ];
        if table == "names" { &COLUMNS } else { &[] }
    }

    fn row(&self, table: &str, text: &str) -> Result<Value, RowError> {
        let table = table.to_owned();
        serde_json::from_str(text).map_err(|error| RowError { table, source: Box::new(error) })
    }
}

/// The commits of a log of which the oldest may be gone.
#[derive(Default, Clone)]
pub(crate) struct Log {
    pub(crate) commits: Vec<Commit>,
    pub(crate) trimmed: usize,
}

impl Changelog for Log {
    fn head(&mut self) -> Result<Head, LogError> {
        let (offset, oldest) = (self.commits.len() as u64, self.trimmed as u64 + 1);
        Ok(Head { epoch: "e".into(), offset, oldest })
    }

    fn read_after(&mut self, offset: u64, limit: usize) -> Result<Read, LogError> {
        let oldest = self.trimmed as u64 + 1;
        if offset + 1 < oldest {
            return Ok(Read::Expired { oldest });
        }
        let commits = self.commits.iter().skip(usize::try_from(offset).unwrap()).take(limit);
        Ok(Read::Commits(commits.cloned().collect()))
    }

    fn wait(&mut self, _: u64, _: Duration) -> Result<(), LogError> {
        Ok(())
    }
}

pub(crate) struct Line {
    pub(crate) hub: Hub,
    pub(crate) session: Session,
    pub(crate) now: Now,
    pub(crate) source: Source,
}

/// Where rows are read.
pub(crate) struct Source {
    pub(crate) log: Log,
    /// Whether the log can be read.
    pub(crate) is_broken: bool,
    /// Reads answered by the log, not by the hub.
    pub(crate) log_reads: usize,
}

impl Source {
    fn read(&mut self, hub: &Hub, read: &realtime_server::session::Read) -> Rows {
        if let Some(commits) = hub.recent(&read.selection, read.from, read.to) {
            let to = commits.last().map_or(read.to, |commit| commit.offset);
            let commits = commits.iter().map(|commit| &**commit);
            let frames = frames(&Amounts, &read.selection, read.from, commits, to).unwrap();
            return Rows::Frames { to, frames };
        }
        self.log_reads += 1;
        if self.is_broken {
            return Rows::Failed;
        }
        read_rows(&mut self.log, &Amounts, &read.selection, read.from, read.to).unwrap()
    }
}

impl Line {
    pub(crate) fn new() -> Self {
        let now = Now { instant: Duration::ZERO, wall_ms: 0 };
        let hub = hub_at(0);
        let session = Session::new(Epoch::new("e"), 0, "1.2.3", now);
        Self { hub, session, now, source: Source { log: Log::default(), is_broken: false, log_reads: 0 } }
    }

    /// Another server on the same log, and another connection.
    pub(crate) fn restart(&mut self) {
        self.hub = hub_at(self.source.log.commits.len() as u64);
        self.session = Session::new(Epoch::new("e"), 0, "1.2.3", self.now);
    }

    /// The same with the last `count` commits in the server's memory.
    pub(crate) fn restart_with(&mut self, count: usize) {
        self.restart();
        let commits = &self.source.log.commits;
        let mut views = Counters::default();
        for commit in commits {
            realtime_server::Views::fold(&mut views, commit).unwrap();
        }
        let position = Position { epoch: Epoch::new("e"), offset: commits.len() as u64 };
        self.hub = Hub::new(position, Box::new(views)).with_tables(Arc::new(Amounts));
        self.hub.seed(&commits[commits.len() - count..]).unwrap();
    }

    pub(crate) fn client(&mut self, frame: &Value) -> Vec<Value> {
        self.session.handle_text(self.now, &frame.to_string());
        self.drain()
    }

    pub(crate) fn join(&mut self, position: Option<(&str, u64)>) -> Vec<Value> {
        self.join_topic("table:amounts", position)
    }

    pub(crate) fn join_topic(&mut self, topic: &str, position: Option<(&str, u64)>) -> Vec<Value> {
        let position = position.map(|(epoch, offset)| json!({"epoch": epoch, "offset": offset}));
        let payload = json!({"throttle_ms": 0, "position": position, "token": "any"});
        self.client(&json!(["1", "1", topic, "phx_join", payload]))
    }

    /// One commit of that many rows.
    pub(crate) fn commit(&mut self, rows: usize) {
        // Few keys: the views of these tests are slow.
        let changes = (0..rows).map(|row| Change { key: (row % 50).to_string(), ..add("", 1) });
        self.append(changes.collect());
    }

    pub(crate) fn append(&mut self, changes: Vec<Change>) {
        let offset = self.source.log.commits.len() as u64 + 1;
        let commit = Commit { committed_at_ms: 1_000 * offset, ..commit(offset, changes) };
        self.hub.commit(std::slice::from_ref(&commit)).unwrap();
        self.source.log.commits.push(commit);
    }

    /// Flushes the hub; the session hears of it unless it is stuck.
    pub(crate) fn flush(&mut self, is_stuck: bool) -> Vec<Value> {
        let mut sent = Vec::new();
        for (class, tick) in self.hub.flush(self.now.instant).unwrap() {
            if !is_stuck {
                sent.extend(drive::tick(&mut self.session, self.now, class, &tick));
                sent.extend(self.drain());
            }
        }
        sent.extend(self.drain());
        sent
    }

    pub(crate) fn drain(&mut self) -> Vec<Value> {
        let Self { hub, session, now, source } = self;
        drive::drain(session, hub, *now, |hub, read| source.read(hub, read))
    }

    pub(crate) fn read(&mut self, read: &realtime_server::session::Read) -> Rows {
        self.source.read(&self.hub, read)
    }
}

fn hub_at(offset: u64) -> Hub {
    Hub::new(Position { epoch: Epoch::new("e"), offset }, Box::new(Counters::default()))
        .with_tables(Arc::new(Amounts))
}

/// Follows pushes from `at` as a client does; answers where it stands then, and each row's commit and key.
pub(crate) fn follow(frames: &[Value], mut at: u64) -> (u64, Vec<(u64, String)>) {
    let (mut rows, mut pieces) = (Vec::new(), Vec::new());
    for frame in frames.iter().filter(|frame| frame[3] == "rows") {
        assert_eq!(frame[4]["from"], at, "{frame}");
        for row in frame[4]["rows"].as_array().unwrap() {
            pieces.push((row["offset"].as_u64().unwrap(), row["key"].as_str().unwrap().to_owned()));
        }
        if frame[4]["last"] == true {
            at = frame[4]["to"].as_u64().unwrap();
            rows.append(&mut pieces);
        }
    }
    assert!(pieces.is_empty(), "the last piece of a push says so");
    (at, rows)
}

/// Every row of the log after `from`.
pub(crate) fn expected(log: &Log, from: u64) -> Vec<(u64, String)> {
    let commits = log.commits.iter().filter(|commit| commit.offset > from);
    commits
        .flat_map(|commit| commit.changes.iter().map(|change| (commit.offset, change.key.clone())))
        .collect()
}

pub(crate) fn response(frames: &[Value]) -> &Value {
    &frames.iter().find(|frame| frame[3] == "phx_reply").unwrap()[4]["response"]
}
