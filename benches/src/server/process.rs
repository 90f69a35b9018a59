//! A server under measurement: a process of its own on a core of its own.

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The core of whatever is measured.
const SERVER_CORE: usize = 0;
/// The core of the viewers and of who publishes.
const GENERATOR_CORE: usize = 1;
const START_MAX: Duration = Duration::from_secs(10);

/// Prepares this process: it keeps to its own core and may open many files, and so may its children.
pub(crate) fn prepare() -> Result<()> {
    let cores = sched_getaffinity(None)?;
    ensure!(
        cores.is_set(SERVER_CORE) && cores.is_set(GENERATOR_CORE),
        "server and viewers need a core each, and this process may not use both"
    );
    keep_to(GENERATOR_CORE)?;
    let files = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files })?)
}

/// Files that this process may open.
pub(crate) fn files_max() -> usize {
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX))
}

fn keep_to(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

/// Starts something on the core of servers: a child keeps to the cores of the thread that started it.
pub(crate) fn on_server_core<T>(start: impl FnOnce() -> Result<T>) -> Result<T> {
    keep_to(SERVER_CORE)?;
    let started = start();
    keep_to(GENERATOR_CORE)?;
    started
}

/// What a process had of its core.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// Time on it.
    pub(crate) cpu: Duration,
    /// Time that its threads were ready and others had it, or another thread of its own.
    waited: Duration,
}

/// Watches a server, and this process beside it, for some time.
#[derive(Debug)]
pub(crate) struct Watch {
    server: Usage,
    began: Instant,
    before: [Spent; 2],
}

impl Watch {
    pub(crate) fn start(server: Usage) -> Result<Self> {
        let before = [server.scheduled()?, Usage::of(std::process::id()).scheduled()?];
        Ok(Self { server, began: Instant::now(), before })
    }

    /// What the server had since, and how disturbed that time was, in words.
    pub(crate) fn end(self) -> Result<(Spent, String)> {
        let took = self.began.elapsed();
        let [server, own] = self.before;
        let since = |now: Spent, before: Spent| Spent {
            cpu: now.cpu.saturating_sub(before.cpu),
            waited: now.waited.saturating_sub(before.waited),
        };
        let server = since(self.server.scheduled()?, server);
        let own = since(Usage::of(std::process::id()).scheduled()?, own);
        let share = |part: Duration| part.as_secs_f64() / took.as_secs_f64() * 100.0;
        let words = format!(
            "core {:.0} % busy and waited for {:.0} %, that of the viewers {:.0} % and {:.0} %",
            share(server.cpu),
            share(server.waited),
            share(own.cpu),
            share(own.waited)
        );
        Ok((server, words))
    }
}

/// What the kernel tells of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage(u32);

impl Usage {
    pub(crate) fn of(process: u32) -> Self {
        Self(process)
    }

    /// Time on a core so far, the kernel's work for it included.
    pub(crate) fn cpu(self) -> Result<Duration> {
        Ok(self.scheduled()?.cpu)
    }

    /// Of all threads that are there, because the sum that the kernel tells for a process has steps of 10 ms.
    fn scheduled(self) -> Result<Spent> {
        let mut sum = Spent::default();
        for thread in fs::read_dir(format!("/proc/{}/task", self.0))? {
            // A thread that has ended meanwhile had little to do.
            let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
            let mut nanos = text.split_whitespace().map(str::parse).map(Result::ok);
            let mut next = || nanos.next().flatten().map(Duration::from_nanos).context("no time");
            sum = Spent { cpu: sum.cpu + next()?, waited: sum.waited + next()? };
        }
        Ok(sum)
    }

    /// Memory that is resident, in bytes.
    pub(crate) fn resident(self) -> Result<f64> {
        Ok(self.value("status", "VmRSS:")? * 1024.0)
    }

    /// Calls that read from files; reads of sockets are not among them.
    pub(crate) fn file_reads(self) -> Result<f64> {
        self.value("io", "syscr:")
    }

    fn value(self, file: &str, name: &str) -> Result<f64> {
        let text = self.read(file)?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn read(self, file: &str) -> Result<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).context("processes are watched on Linux only")
    }
}

/// A server that publishes one message for each byte that it is sent on a socket beside.
#[derive(Debug)]
pub(crate) struct Publisher {
    child: Child,
    control: TcpStream,
    pub(crate) address: SocketAddrV4,
}

impl Publisher {
    /// Starts on the servers' core and waits for the line `listening on http://ADDRESS control ADDRESS`.
    pub(crate) fn start(program: &Path, args: &[&str]) -> Result<Self> {
        let mut child = on_server_core(|| {
            let mut command = Command::new(program);
            command.args(args).stdin(Stdio::null()).stdout(Stdio::piped());
            command.spawn().with_context(|| format!("could not start {}", program.display()))
        })?;
        let found = e2e::first_line(&mut child, START_MAX, addresses).and_then(|(address, control)| {
            let control = TcpStream::connect(control)?;
            control.set_nodelay(true)?;
            Ok((address, control))
        });
        match found {
            Ok((address, control)) => Ok(Self { child, control, address }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error.context(format!("{} did not start", program.display())))
            }
        }
    }

    pub(crate) fn publish(&self, messages: usize) -> Result<()> {
        Ok((&self.control).write_all(&vec![b'.'; messages])?)
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.child.id())
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // An error means that it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn addresses(line: &str) -> Option<(SocketAddrV4, SocketAddrV4)> {
    let (address, control) = line.strip_prefix("listening on http://")?.split_once(" control ")?;
    Some((address.parse().ok()?, control.parse().ok()?))
}

/// The program of the rivals, which is built beside this one.
pub(crate) fn rivals() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("rivals");
    ensure!(path.is_file(), "there is no {}: `cargo build --release -p benches` makes it", path.display());
    Ok(path)
}
