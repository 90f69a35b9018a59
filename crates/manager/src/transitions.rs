//! The table of `session.rs` held against the code: every input in every state.

use std::time::Duration;

use realtime_protocol::close::CloseCode;

use crate::session::Session;
use crate::{Config, Input, Instant, Manager, Output, Recovery};

/// How many inputs and states there are; a table that is cut short proves nothing.
const INPUTS: usize = 20;
const STATES: usize = 10;

/// A manager, the moment, and what it did since it was last asked.
struct Bench {
    manager: Manager,
    now: Instant,
    done: Vec<String>,
    until: Option<Instant>,
}

impl Bench {
    fn new() -> Self {
        let recovery = Recovery { jitter: false, ..Recovery::default() };
        let config = Config { recovery, ..Config::default() };
        let manager = Manager::new(config, Instant::default(), 1);
        Self { manager, now: Instant::default(), done: Vec::new(), until: None }
    }

    fn act(&mut self, command: impl FnOnce(&mut Manager, Instant)) {
        command(&mut self.manager, self.now);
        loop {
            match self.manager.poll_output() {
                Output::Transmit(_, text) => {
                    self.done.extend(text.split('"').nth(5).map(str::to_owned));
                }
                Output::Connect(_)
                | Output::Disconnect(..)
                | Output::Fetch { .. }
                | Output::Persist(_)
                | Output::Event(_) => {}
                Output::Wait(until) => {
                    self.until = until;
                    return;
                }
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.act(|manager, now| manager.handle_input(now, input));
    }

    /// Closes the newest attempt, whether it is over or not.
    fn close(&mut self, code: Option<u16>) {
        let attempt = crate::Attempt(self.manager.attempts);
        self.input(Input::Closed(attempt, code.map(CloseCode), ""));
    }

    fn open(&mut self) {
        self.input(Input::Opened(crate::Attempt(self.manager.attempts)));
    }

    fn answer(&mut self) {
        let attempt = crate::Attempt(self.manager.attempts);
        let reference = self.manager.references;
        let text = format!(
            r#"[null,"{reference}","phoenix","phx_reply",{{"status":"ok","response":{{"time_ms":1,"version":"1"}}}}]"#
        );
        self.input(Input::Received(attempt, &text));
    }

    /// Waits for what the manager waits for; an hour when it waits for nothing.
    fn wait(&mut self) {
        self.now = self.until.unwrap_or(self.now + Duration::from_secs(3600));
        self.input(Input::Timeout);
    }

    fn online(&mut self, online: bool) {
        self.input(Input::Network { online });
    }

    fn hidden(&mut self, hidden: bool) {
        self.input(Input::Visibility { hidden });
    }

    fn auto_reconnect(&mut self, auto_reconnect: bool) {
        let recovery = Recovery { auto_reconnect, ..self.manager.config.recovery.clone() };
        self.act(|manager, now| manager.set_recovery(now, recovery));
    }

    /// The state that was entered; else what was sent; else a dash.
    fn outcome(&self, before: Session) -> String {
        let after = self.manager.session;
        let is_same = name(before) == name(after) && before.attempt() == after.attempt();
        match (is_same, self.done.is_empty()) {
            (false, _) => format!("`{}`", name(after)),
            (true, false) => self.done.join(", "),
            (true, true) => "—".to_owned(),
        }
    }
}

fn name(session: Session) -> &'static str {
    match session {
        Session::Idle => "Idle",
        Session::Opening { .. } => "Opening",
        Session::Answering { .. } => "Answering",
        Session::Live { .. } => "Live",
        Session::Backoff { .. } => "Backoff",
        Session::Failed { .. } => "Failed",
    }
}

fn states() -> [(&'static str, Bench); STATES] {
    let of = |steps: &[fn(&mut Bench)]| {
        let mut bench = Bench::new();
        steps.iter().for_each(|step| step(&mut bench));
        bench
    };
    let connect: fn(&mut Bench) = |bench| bench.act(Manager::connect);
    let no_retry: fn(&mut Bench) = |bench| bench.manager.config.recovery.max_retries = Some(0);
    let off: fn(&mut Bench) = |bench| bench.auto_reconnect(false);
    let close: fn(&mut Bench) = |bench| bench.close(None);
    let refuse: fn(&mut Bench) = |bench| bench.close(Some(4403));
    [
        ("Idle", of(&[])),
        ("Opening", of(&[connect])),
        ("Opening, retry", of(&[connect, close, Bench::wait])),
        ("Answering", of(&[connect, Bench::open])),
        ("Answering, retry", of(&[connect, close, Bench::wait, Bench::open])),
        ("Live", of(&[connect, Bench::open, Bench::answer])),
        ("Backoff", of(&[connect, close])),
        ("Failed", of(&[no_retry, connect, close])),
        ("Failed, refused", of(&[connect, refuse])),
        ("Failed, switched off", of(&[connect, close, off])),
    ]
}

type Act = (&'static str, fn(&mut Bench));

fn inputs() -> [Act; INPUTS] {
    [
        ("connect", |bench| bench.act(Manager::connect)),
        ("retry", |bench| bench.act(Manager::retry)),
        ("disconnect", |bench| bench.act(Manager::disconnect)),
        ("`Opened`", Bench::open),
        ("heartbeat answered", Bench::answer),
        ("`Closed`", |bench| bench.close(None)),
        ("`Closed` by 44xx", |bench| bench.close(Some(4401))),
        ("`Closed`, no retry left", |bench| {
            bench.manager.config.recovery.max_retries = Some(0);
            bench.close(None);
        }),
        ("`Closed`, auto-reconnect off", |bench| {
            bench.manager.config.recovery.auto_reconnect = false;
            bench.close(None);
        }),
        ("`Closed` of an older attempt", |bench| {
            bench.input(Input::Closed(crate::Attempt(0), Some(CloseCode::TOKEN), ""));
        }),
        ("`Timeout` when it is due", Bench::wait),
        ("network gone", |bench| bench.online(false)),
        ("network found", |bench| bench.online(true)),
        ("network found, then a second of silence", |bench| {
            bench.online(true);
            bench.now = bench.now + Duration::from_secs(1);
            bench.input(Input::Timeout);
        }),
        ("auto-reconnect off", |bench| bench.auto_reconnect(false)),
        ("auto-reconnect on", |bench| {
            bench.manager.config.recovery.auto_reconnect = false;
            bench.auto_reconnect(true);
        }),
        ("hidden", |bench| bench.hidden(true)),
        ("shown again", |bench| {
            bench.hidden(true);
            bench.done.clear();
            bench.hidden(false);
        }),
        ("resumed", |bench| bench.input(Input::Resumed)),
        ("resumed after an hour, then a second of silence", |bench| {
            bench.now = bench.now + Duration::from_secs(3600);
            bench.input(Input::Resumed);
            bench.now = bench.now + Duration::from_secs(1);
            bench.input(Input::Timeout);
        }),
    ]
}

fn table() -> Vec<String> {
    let row = |cells: &[String]| format!("//! | {} |", cells.join(" | "));
    let heads = states().map(|(head, _)| head.to_owned());
    let words = states().map(|(_, bench)| bench.manager.status().to_string());
    let mut rows = vec![
        row(&[&["".to_owned()], heads.as_slice()].concat()),
        format!("//! |{}", "---|".repeat(STATES + 1)),
        row(&[&["status".to_owned()], words.as_slice()].concat()),
    ];
    for (input, act) in inputs() {
        let mut cells = vec![input.to_owned()];
        for (_, mut bench) in states() {
            let before = bench.manager.session;
            bench.done.clear();
            act(&mut bench);
            cells.push(bench.outcome(before));
        }
        rows.push(row(&cells));
    }
    rows
}

/// Behaviour: B1 — broken by: a retry that also starts from `Live`
#[test]
fn every_input_in_every_state_does_what_the_table_says() {
    let written: Vec<&str> =
        include_str!("session.rs").lines().filter(|line| line.starts_with("//! |")).collect();
    assert_eq!(written, table(), "\n{}\n", table().join("\n"));
}
