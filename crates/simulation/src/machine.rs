//! Viewers, one server, one log and everything that may go wrong, under one scheduler.

mod clients;
mod conns;
mod faults;
mod readers;
mod rows;
mod server;
mod system;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use clients::Client;
use conns::{Conn, Joined};
use readers::Reader;
use realtime_protocol::ThrottleClass;
use realtime_server::hub::Tick;
use realtime_server::session::Read;
use server::Server;

use crate::queue::Queue;
use crate::trace::Trace;
use crate::truth::Truth;
use crate::watch::{Broken, Rule};

/// How long everything goes wrong.
const STORM: Duration = Duration::from_secs(60);
/// When those are asked again who gave up in the meantime: the last attempt of the storm is over by then.
const SECOND_ASKING: Duration = Duration::from_secs(12);
/// Within this after the storm everybody must be at the head: an attempt, the longest wait before a
/// retry, an unanswered join and the slowest class.
const CALM: Duration = Duration::from_secs(60);
/// What is handled at one moment before it counts as going round in circles.
const SAME_MOMENT_MAX: u32 = 20_000;

/// How a seed ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Events handled.
    pub steps: u64,
    /// The fingerprint of all of them.
    pub trace: u64,
    /// How much time went by in it.
    pub lasted: Duration,
    /// How often each kind of event came.
    pub kinds: BTreeMap<&'static str, u64>,
    /// What did not hold, if anything.
    pub broken: Option<Broken>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "steps {} trace {:016x} ", self.steps, self.trace)?;
        match &self.broken {
            None => f.write_str("ok"),
            Some(broken) => write!(f, "FAILED: {broken}"),
        }
    }
}

/// What may happen.
#[derive(Debug)]
enum What {
    /// A viewer's timer.
    ClientWake(usize),
    /// A viewer's process runs again.
    Thaw(usize),
    /// A user does something.
    User(usize),
    Opened(u64),
    ToClient(u64, Vec<u8>),
    ClientClosed(u64),
    ToServer(u64, Vec<u8>),
    ServerClosed(u64),
    /// A session's driver has something to do.
    Pump(u64),
    /// A session is given rows.
    Rows(u64, Read),
    HubWake,
    /// A viewer is told a flush.
    Tell(u64, ThrottleClass, Arc<Tick>),
    /// Everybody was told a flush of that process.
    Told(u64, ThrottleClass),
    /// A session hears that it has joined.
    Joined(u64, Joined),
    /// The server looks at itself.
    Look,
    /// A viewer's reader stops for a while.
    Stall(usize),
    /// The server reads the log.
    Tail,
    Write,
    /// So many commits, one after the other.
    Flood(u32),
    Fault,
    /// The server is there again.
    Up,
    /// The faults are over.
    Calm,
    AskAgain,
    End,
}

#[derive(Debug)]
struct Machine {
    now: Duration,
    rng: fastrand::Rng,
    queue: Queue<What>,
    trace: Trace,
    truths: BTreeMap<String, Truth>,
    epoch: String,
    server: Option<Server>,
    conns: BTreeMap<u64, Conn>,
    conns_made: u64,
    /// Processes of the server so far.
    lives: u64,
    clients: Vec<Client>,
    is_calm: bool,
    is_over: bool,
    /// By how much the server's wall clock is wrong.
    wall_step_ms: u64,
}

/// Runs one seed to its end, or to the first rule that does not hold.
#[must_use]
pub fn simulate(seed: u64) -> Outcome {
    simulate_viewers(seed, None)
}

/// The same with so many viewers, where it is not left to the seed.
#[must_use]
pub fn simulate_viewers(seed: u64, viewers: Option<usize>) -> Outcome {
    let mut machine = Machine::new(seed, viewers);
    let (mut steps, mut same) = (0, 0);
    let mut broken = None;
    while broken.is_none()
        && !machine.is_over
        && let Some((at, what)) = machine.queue.pop()
    {
        steps += 1;
        same = if at > machine.now { 0 } else { same + 1 };
        machine.now = machine.now.max(at);
        if same > SAME_MOMENT_MAX {
            broken = Some(machine.fault_of(Rule::Spin, format!("{what:?} again and again")));
            break;
        }
        broken = machine.step(what).err();
    }
    let lasted = machine.now;
    let (trace, kinds) = (machine.trace.hash(), machine.trace.into_kinds());
    Outcome { steps, trace, lasted, kinds, broken }
}

impl Machine {
    fn new(seed: u64, viewers: Option<usize>) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let epoch = "life-1".to_owned();
        let chosen = rng.usize(2..=5);
        let viewers = viewers.unwrap_or(chosen);
        let clients = (0..viewers).map(|n| Client::new(n, rng.u64(..), Reader::new(&mut rng))).collect();
        let mut machine = Self {
            now: Duration::ZERO,
            rng,
            queue: Queue::new(),
            trace: Trace::new(),
            truths: BTreeMap::from([(epoch.clone(), Truth::new(&epoch))]),
            epoch,
            server: None,
            conns: BTreeMap::new(),
            conns_made: 0,
            lives: 0,
            clients,
            is_calm: false,
            is_over: false,
            wall_step_ms: 0,
        };
        for n in 0..viewers {
            machine.after_ms(0..500, What::User(n));
            machine.after_ms(0..9_000, What::Stall(n));
        }
        machine.queue.push(Duration::ZERO, What::Up);
        for _ in 0..machine.rng.usize(1..=2) {
            machine.queue.push(Duration::ZERO, What::Write);
        }
        machine.after_ms(1_000..9_000, What::Fault);
        machine.queue.push(STORM, What::Calm);
        machine.queue.push(STORM + SECOND_ASKING, What::AskAgain);
        machine.queue.push(STORM + CALM, What::End);
        machine
    }

    fn after_ms(&mut self, range: std::ops::Range<u64>, what: What) {
        let at = self.now + Duration::from_millis(self.rng.u64(range));
        self.queue.push(at, what);
    }

    fn fault_of(&self, rule: Rule, detail: String) -> Broken {
        Broken { rule, at: self.now, client: None, detail }
    }

    fn step(&mut self, what: What) -> Result<(), Broken> {
        self.trace.note_time(self.now);
        match what {
            What::ClientWake(n) => self.client_wake(n),
            What::Thaw(n) => self.thaw(n),
            What::User(n) => self.user(n),
            What::Opened(id) => self.client_arrival(id, clients::Arrival::Opened),
            What::ToClient(id, bytes) => self.client_arrival(id, clients::Arrival::Bytes(bytes)),
            What::ClientClosed(id) => self.client_arrival(id, clients::Arrival::Closed),
            What::ToServer(id, bytes) => self.server_bytes(id, &bytes),
            What::ServerClosed(id) => {
                self.end_session(id);
                Ok(())
            }
            What::Pump(id) => self.pump(id),
            What::Rows(id, read) => self.rows(id, &read),
            What::HubWake => self.flush(),
            What::Tell(id, class, tick) => self.tell_flush(id, class, &tick),
            What::Told(life, class) => self.told(life, class),
            What::Joined(id, joined) => self.joined(id, joined),
            What::Look => self.look_at_itself(),
            What::Stall(n) => {
                self.stall(n);
                Ok(())
            }
            What::Tail => self.tail(),
            What::Write => {
                self.write();
                Ok(())
            }
            What::Flood(left) => {
                self.flood(left);
                Ok(())
            }
            What::Fault => {
                self.fault();
                Ok(())
            }
            What::Up => self.up(),
            What::Calm => self.calm(),
            What::AskAgain => self.ask_again(),
            What::End => self.end(),
        }
    }

    fn truth(&self) -> Result<&Truth, Broken> {
        self.truths.get(&self.epoch).ok_or_else(|| self.fault_of(Rule::Server, "no log".to_owned()))
    }
}
