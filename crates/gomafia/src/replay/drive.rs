//! Waits and sends, as the schedule says.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::rebase::rebase;
use super::recording::{Recording, SetAside};
use super::schedule::{Due, Next, Schedule};
use crate::cli::{Done, ReplayOptions, SET_ASIDE, ingest_key};
use crate::ingest::REPLAY;
use crate::sender::{Sender, Stop, Taken};

/// Longest wait before the progress is told anew.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// Shortest wait that is worth a line where there is no terminal.
const TOLD_WAIT_MIN: Duration = Duration::from_secs(5);
/// Most lines that are told one by one as set aside.
const SET_ASIDE_TOLD_MAX: u64 = 20;

/// Sends the games of a file; says what was set aside.
pub(crate) fn run(options: &ReplayOptions) -> Done {
    let key = ingest_key()?
        .context("a replay needs the server's key in GOMAFIA_INGEST_KEY or GOMAFIA_INGEST_KEY_FILE")?;
    let name = options.file.display();
    let bytes = std::fs::read(&options.file).with_context(|| format!("failed to read {name}"))?;
    let Recording { mut games, set_aside } = Recording::read(&bytes);
    if options.rebase.is_some() {
        // The server's days are those of UTC unless it was told otherwise.
        let now = Timestamp::now().to_zoned(TimeZone::UTC).datetime();
        rebase(&mut games, now).context("failed to move the dates")?;
    }
    let stop = Arc::new(Stop::default());
    let signals = stop.at_signals()?;
    let schedule = Schedule::new(games, options.speed);
    let sender = Sender::new(&options.url, &key, REPLAY, options.mixed);
    let mut replay =
        Replay { sender, stop, progress: Progress::new(schedule.len()), tally: Tally::default() };
    for one in set_aside {
        replay.set_aside(&one);
    }
    let played = replay.play(schedule);
    replay.progress.bar.finish_and_clear();
    signals.shutdown_background();
    played?;
    let Tally { written, known, set_aside } = replay.tally;
    writeln!(std::io::stdout(), "replayed {written}, {known} were there, {set_aside} set aside")?;
    Ok(if set_aside > 0 { ExitCode::from(SET_ASIDE) } else { ExitCode::SUCCESS })
}

#[derive(Debug, Default)]
struct Tally {
    written: u64,
    known: u64,
    set_aside: u64,
}

struct Replay {
    sender: Sender,
    stop: Arc<Stop>,
    progress: Progress,
    tally: Tally,
}

impl Replay {
    /// Plays to the end, or until told to stop.
    fn play(&mut self, mut schedule: Schedule) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let stopped = match schedule.next(start.elapsed()) {
                Next::Send(due) => self.send(&due)?,
                Next::Wait { left, clock } => {
                    self.progress.waits(left, clock);
                    self.stop.wait(left.min(TELL_EVERY))
                }
                Next::Done => return Ok(()),
            };
            if stopped {
                tracing::info!(left = schedule.len(), "stopped");
                return Ok(());
            }
        }
    }

    /// Sends one game; true when told to stop.
    fn send(&mut self, due: &Due) -> anyhow::Result<bool> {
        match self.sender.post("/api/v1/games", &due.body, &self.stop)? {
            Taken::Written(_) => self.tally.written += 1,
            Taken::Known => self.tally.known += 1,
            Taken::Conflict(why) | Taken::Refused(why) => self.set_aside(&SetAside { line: due.line, why }),
            Taken::Stopped => return Ok(true),
        }
        self.progress.bar.inc(1);
        Ok(self.stop.wait(Duration::ZERO))
    }

    fn set_aside(&mut self, one: &SetAside) {
        self.tally.set_aside += 1;
        let SetAside { line, why } = one;
        self.progress.bar.suspend(|| match self.tally.set_aside {
            n if n < SET_ASIDE_TOLD_MAX => tracing::warn!(line, "set aside: {why}"),
            SET_ASIDE_TOLD_MAX => tracing::warn!(line, "set aside: {why}; further lines are only counted"),
            _ => {}
        });
    }
}

/// Says what the recorded clock is and when the next game comes.
struct Progress {
    bar: ProgressBar,
    /// Where there is no terminal a wait is told once.
    told: Option<DateTime>,
}

impl Progress {
    fn new(games: usize) -> Self {
        let bar = ProgressBar::new(games as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { bar, told: None }
    }

    fn waits(&mut self, left: Duration, clock: Option<DateTime>) {
        let at =
            clock.map_or_else(|| "without a day".to_owned(), |clock| clock.strftime("%F %T").to_string());
        let seconds = i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
        let text = format!("next game {at} in {:#}", SignedDuration::from_secs(seconds));
        if !std::io::stderr().is_terminal() && left >= TOLD_WAIT_MIN && self.told != clock {
            tracing::info!("{text}");
        }
        self.told = clock;
        self.bar.set_message(text);
    }
}
