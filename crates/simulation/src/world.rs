//! One viewer, one server and one log, under a clock that jumps.

use std::time::Duration;

use changelog::{Change, Changelog as _, Commit, MemoryLog, Read};
use realtime_manager::{CaughtUp, Config, Event, Input, Instant, Manager, Output, Recovery, Status};
use realtime_protocol::{Epoch, Position, Topic};
use realtime_server::hub::Hub;
use realtime_server::rows::Rows;
use realtime_server::session::{self, Now, Session};

use crate::{Link, Sums};

/// What the application was told.
#[derive(Debug, Default)]
pub struct Seen {
    /// Reconnects that were brought up to date.
    pub caught_up: Vec<CaughtUp>,
    /// Batches of updates.
    pub batches: usize,
    /// Starts from a whole state after the first one.
    pub resynchronised: usize,
}

/// One viewer of `view:sums`.
#[derive(Debug)]
pub struct World {
    now: Duration,
    log: MemoryLog,
    hub: Hub,
    manager: Manager,
    next_budget: Option<usize>,
    connection: Option<(realtime_manager::Attempt, Link, Session)>,
    carried: usize,
    seen: Seen,
}

impl World {
    /// A viewer whose first connection is cut after `budget` bytes; the later ones are not.
    #[must_use]
    pub fn new(budget: Option<usize>, seed: u64) -> Self {
        let epoch = "world";
        let position = Position { epoch: Epoch::new(epoch), offset: 0 };
        let config =
            Config { recovery: Recovery { jitter: false, ..Recovery::default() }, ..Config::default() };
        Self {
            now: Duration::ZERO,
            log: MemoryLog::new(epoch),
            hub: Hub::new(position, Box::new(Sums::default())),
            manager: Manager::new(config, Instant::default(), seed),
            next_budget: budget,
            connection: None,
            carried: 0,
            seen: Seen::default(),
        }
    }

    /// Subscribes and connects.
    pub fn start(&mut self, topic: Topic, throttle: Duration) {
        let now = self.instant();
        let _subscription = self.manager.subscribe(now, topic, throttle);
        self.manager.connect(now);
        self.settle();
    }

    /// What the application was told.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The manager.
    #[must_use]
    pub fn manager(&self) -> &Manager {
        &self.manager
    }

    /// Bytes of all connections.
    #[must_use]
    pub fn carried(&self) -> usize {
        self.carried + self.connection.as_ref().map_or(0, |(_, link, _)| link.carried())
    }

    /// All commits so far.
    #[must_use]
    pub fn commits(&self) -> Vec<Commit> {
        match self.log.clone().read_after(0, usize::MAX) {
            Ok(Read::Commits(commits)) => commits,
            Ok(Read::Expired { .. }) | Err(_) => Vec::new(),
        }
    }

    /// Appends a commit and lets everything happen that follows at once.
    pub fn commit(&mut self, changes: Vec<Change>) {
        let _offset = self.log.append(0, changes);
        self.settle();
    }

    /// Lets time pass, jumping from deadline to deadline.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(next) = self.deadline().filter(|&next| next <= end) {
            // A deadline in the past is due now; time never goes back.
            self.now = self.now.max(next);
            self.manager.handle_input(Instant(self.now), Input::Timeout);
            let now = self.wall();
            if let Some((_, _, session)) = &mut self.connection {
                session.handle_timeout(now);
            }
            self.settle();
            if self.deadline().is_some_and(|again| again <= next) {
                // Nothing may spin: what is due after it was handled waits a millisecond.
                self.now += Duration::from_millis(1);
            }
        }
        self.now = self.now.max(end);
        self.settle();
    }

    fn instant(&self) -> Instant {
        Instant(self.now)
    }

    fn wall(&self) -> Now {
        Now { instant: self.now, wall_ms: u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX) }
    }

    fn deadline(&mut self) -> Option<Duration> {
        let manager = match self.manager.poll_output() {
            Output::Wait(until) => until.map(|until| until.0),
            output => {
                self.client_output(output);
                Some(self.now)
            }
        };
        let session = self.connection.as_mut().and_then(|(_, _, session)| match session.poll_output() {
            session::Output::Wait(until) => Some(until),
            session::Output::Send(_)
            | session::Output::Subscribe { .. }
            | session::Output::Unsubscribe { .. }
            | session::Output::Read(_)
            | session::Output::Close(..) => None,
        });
        [manager, session, self.hub.due_at()].into_iter().flatten().min()
    }

    /// Everything that happens without time passing.
    fn settle(&mut self) {
        loop {
            let moved = self.follow() | self.server() | self.client();
            if self.connection.as_ref().is_some_and(|(_, link, _)| link.is_cut()) {
                self.cut();
            } else if !moved {
                return;
            }
        }
    }

    fn follow(&mut self) -> bool {
        let Ok(Read::Commits(commits)) = self.log.read_after(self.hub.offset(), 100) else { return false };
        let folded = self.hub.commit(&commits);
        debug_assert!(folded.is_ok(), "{folded:?}");
        let now = self.wall();
        let ticks = self.hub.flush(self.now).unwrap_or_default();
        if let Some((_, _, session)) = &mut self.connection {
            for (class, tick) in &ticks {
                session.handle_tick(now, *class, tick);
            }
        }
        !commits.is_empty() || !ticks.is_empty()
    }

    fn server(&mut self) -> bool {
        let now = self.wall();
        let Some((_, link, session)) = &mut self.connection else { return false };
        let mut moved = false;
        while let Some(text) = link.receive_at_server() {
            session.handle_text(now, &text);
            moved = true;
        }
        loop {
            match session.poll_output() {
                session::Output::Wait(_) => return moved,
                session::Output::Send(bytes) => link.send_to_client(&bytes),
                session::Output::Subscribe { join, topic, class, position } => {
                    let answer = self.hub.subscribe(&topic, class, position.as_ref());
                    let joined = answer.is_ok();
                    if !session.handle_joined(now, join, &topic, answer) && joined {
                        self.hub.leave(&topic, class);
                    }
                }
                session::Output::Unsubscribe { topic, class } => self.hub.leave(&topic, class),
                // Nobody joins a table here.
                session::Output::Read(read) => session.handle_rows(now, read.join, Rows::Failed),
                session::Output::Close(..) => return moved,
            }
            moved = true;
        }
    }

    fn client(&mut self) -> bool {
        let mut moved = false;
        while let Some((attempt, link, _)) = &mut self.connection {
            let Some(text) = link.receive_at_client() else { break };
            let attempt = *attempt;
            self.manager.handle_input(self.instant(), Input::Received(attempt, &text));
            moved = true;
        }
        loop {
            match self.manager.poll_output() {
                Output::Wait(_) => return moved,
                output => self.client_output(output),
            }
            moved = true;
        }
    }

    fn client_output(&mut self, output: Output) {
        match output {
            Output::Connect(attempt) => {
                let link = Link::new(self.next_budget.take());
                let session =
                    Session::new(self.hub.epoch().clone(), self.hub.offset(), "simulated", self.wall());
                self.connection = Some((attempt, link, session));
                self.manager.handle_input(self.instant(), Input::Opened(attempt));
            }
            Output::Transmit(attempt, text) => {
                if let Some((_, link, _)) =
                    self.connection.as_mut().filter(|(current, _, _)| *current == attempt)
                {
                    link.send_to_server(&text);
                }
            }
            Output::Disconnect(..) => drop(self.end()),
            // This network lets HTTP through no better than sockets.
            Output::Fetch { fetch, .. } => {
                self.manager.handle_input(self.instant(), Input::Fetched(fetch, None));
            }
            Output::Event(event) => self.event(&event),
            Output::Persist(_) | Output::Wait(_) => {}
        }
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Batch(_) => self.seen.batches += 1,
            Event::CaughtUp(caught_up) => self.seen.caught_up.push(*caught_up),
            Event::Resynchronised { .. } => self.seen.resynchronised += 1,
            _ => {}
        }
    }

    /// The link is gone: what arrived whole was read, the rest is lost.
    fn cut(&mut self) {
        if let Some(attempt) = self.end() {
            self.manager.handle_input(self.instant(), Input::Closed(attempt, None, ""));
        }
    }

    fn end(&mut self) -> Option<realtime_manager::Attempt> {
        let (attempt, link, session) = self.connection.take()?;
        self.carried += link.carried();
        for (topic, class) in session.subscriptions() {
            self.hub.leave(&topic, class);
        }
        Some(attempt)
    }

    /// Whether the viewer is connected.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.manager.status() == Status::Connected
    }
}
