//! Plays the season into a server over HTTP, with the key, as every other source does.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::season::{Season, TOURNAMENT, Told};
use crate::cli::{DemoOptions, Done, ingest_key};
use crate::ingest::DEMO;
use crate::sender::{Sender, Stop, Taken};

/// How long `serve --demo` waits between two games.
const EVENING_PACE: Duration = Duration::from_secs(4);
/// How long `gomafia demo` waits between two games at speed 1.
const PACE: Duration = Duration::from_secs(60);
const SEED: u64 = 1;

/// A key of this process alone, for the demo of `serve --demo`.
pub(crate) fn own_key() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).context("failed to draw a key")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// `gomafia demo`.
pub(crate) fn run(options: &DemoOptions) -> Done {
    let key = ingest_key()?
        .context("the demo needs the server's key in GOMAFIA_INGEST_KEY or GOMAFIA_INGEST_KEY_FILE")?;
    let stop = Arc::new(Stop::default());
    let signals = stop.at_signals()?;
    let sender = Sender::new(&options.url, &key, DEMO, options.mixed);
    let played = Play { sender, stop }.play(options.seed, options.speed.compress(PACE), options.games);
    signals.shutdown_background();
    played?;
    Ok(ExitCode::SUCCESS)
}

/// The evenings that `serve --demo` plays into itself.
#[derive(Debug)]
pub(crate) struct Evenings {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Evenings {
    /// Starts to play in a thread of its own.
    pub(crate) fn start(url: &str, key: &str) -> Self {
        let stop = Arc::new(Stop::default());
        let told = Arc::clone(&stop);
        let play = Play { sender: Sender::new(url, key, DEMO, false), stop: told };
        let play = move || {
            if let Err(error) = play.play(SEED, EVENING_PACE, None) {
                tracing::warn!("the demo has ended: {error:#}");
            }
        };
        let thread = thread::Builder::new().name("demo".to_owned()).spawn(play);
        let thread = thread.inspect_err(|error| tracing::warn!(%error, "the demo does not play")).ok();
        Self { stop, thread }
    }

    /// Stops playing; blocks until the request under way is over.
    pub(crate) fn stop(self) {
        self.stop.stop();
        if self.thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the demo has panicked");
        }
    }
}

/// A player of simulated games.
#[derive(Debug)]
struct Play {
    sender: Sender,
    stop: Arc<Stop>,
}

impl Play {
    /// Plays the past evenings without pause, then today's games; ends after `games` or when told to.
    fn play(&self, seed: u64, pause: Duration, games: Option<u64>) -> anyhow::Result<()> {
        let now = Timestamp::now().to_zoned(TimeZone::UTC);
        let mut season = Season::new(seed, now.date());
        self.put(&format!("/api/v1/tournaments/{TOURNAMENT}"), &season.tournament())?;
        let mut played = 0;
        while games.is_none_or(|games| played < games) {
            let past = season.past();
            let live = past.is_none();
            let told = past.unwrap_or_else(|| {
                let now = Timestamp::now().to_zoned(TimeZone::UTC);
                season.today(now.date(), now.time())
            });
            let written = self.tell(&told)?;
            played += 1;
            // Games that stand there from an earlier start are passed over without a pause.
            let pause = if live && written { pause } else { Duration::ZERO };
            if self.stop.wait(pause) {
                break;
            }
        }
        Ok(())
    }

    fn tell(&self, told: &Told) -> anyhow::Result<bool> {
        let id = match self.sender.post("/api/v1/games", &told.first.to_string(), &self.stop)? {
            Taken::Written(id) => id,
            Taken::Known | Taken::Conflict(_) | Taken::Stopped => return Ok(false),
            Taken::Refused(why) => bail!("a game was refused: {why}"),
        };
        for body in &told.then {
            self.put(&format!("/api/v1/games/{id}"), body)?;
        }
        Ok(true)
    }

    fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        match self.sender.put(path, &body.to_string(), &self.stop)? {
            Taken::Written(_) | Taken::Known | Taken::Stopped => Ok(()),
            Taken::Conflict(why) | Taken::Refused(why) => bail!("{path} was refused: {why}"),
        }
    }
}
