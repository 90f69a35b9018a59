//! Plays the season into a server, with the key, as every other source does.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use mafia::game::Game;
use serde_json::Value;
use tokio::runtime::Handle;

use super::season::{Live, Season, Told};
use crate::cli::{DemoOptions, Done, ingest_key};
use crate::ingest::DEMO;
use crate::sender::{Sender, Stop, Taken};
use crate::store_thread::StoreHandle;

/// How long `gomafia demo` waits between two things that happen live, at speed 1.
const PACE: Duration = Duration::from_secs(60);
/// How long `serve --demo` waits between two things that happen live.
const EVENING_PACE: Duration = Duration::from_secs(4);
/// Most live games that are told of but not over.
const OPEN_GAMES_MAX: usize = 3;
/// What the feed calls the games that `serve --demo` imports.
const IMPORT_NAME: &str = "Демо-сезон";
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
    let left = options.games.unwrap_or(u64::MAX);
    let pause = options.speed.compress(PACE);
    let play = Play { sender, stop, zone: TimeZone::UTC, import: None, pause, left };
    let played = play.play(options.seed);
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
    /// Starts to play in a thread of its own: the past through an import, as from a file, so that it is
    /// there at once; the rest through the ingest API of the server at `url`.
    ///
    /// Call it within a runtime; `writer` is asked from the thread. Games are played by the clock of `zone`.
    pub(crate) fn start(url: &str, key: &str, writer: StoreHandle, zone: TimeZone) -> Self {
        let stop = Arc::new(Stop::default());
        let play = Play {
            sender: Sender::new(url, key, DEMO, false),
            stop: Arc::clone(&stop),
            zone,
            import: Some((Handle::current(), writer)),
            pause: EVENING_PACE,
            left: u64::MAX,
        };
        let play = move || {
            if let Err(error) = play.play(SEED) {
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
struct Play {
    sender: Sender,
    stop: Arc<Stop>,
    zone: TimeZone,
    /// Where the past is imported; it is posted where there is none.
    import: Option<(Handle, StoreHandle)>,
    pause: Duration,
    /// How many games more are to be played.
    left: u64,
}

/// What became of the first thing told of a game.
enum First {
    /// It is written under this id.
    Written(String),
    /// It was written by an earlier start that has ended in the middle of the game.
    Open(String),
    /// Nothing is left to tell.
    Over,
}

/// Live games that are told of but not over: the id, and what is still to be told.
type Open = VecDeque<(String, VecDeque<Value>)>;

impl Play {
    /// Plays the past without pause, then what happens now; ends when no games are left or when told to.
    fn play(mut self, seed: u64) -> anyhow::Result<()> {
        let mut season = Season::new(seed, self.now().date());
        let past = season.past();
        for (id, told) in &past.tournaments {
            self.put(&tournament(id), told)?;
        }
        match self.import.take() {
            Some((runtime, writer)) => import(&runtime, &writer, &past.bulk)?,
            None => {
                for body in past.bulk {
                    self.tell_all(&Told { first: body, then: Vec::new() })?;
                }
            }
        }
        for told in &past.recent {
            self.tell_all(told)?;
        }
        self.resume(&mut season)?;
        self.live(&mut season)
    }

    /// Tells all of a game at once.
    fn tell_all(&mut self, told: &Told) -> anyhow::Result<()> {
        if self.left == 0 || self.stop.wait(Duration::ZERO) {
            return Ok(());
        }
        self.left -= 1;
        if let First::Written(id) | First::Open(id) = self.tell_first(told)? {
            for body in &told.then {
                self.put(&game(&id), body)?;
            }
        }
        Ok(())
    }

    fn tell_first(&self, told: &Told) -> anyhow::Result<First> {
        Ok(match self.sender.post("/api/v1/games", &told.first.to_string(), &self.stop)? {
            Taken::Written(id) => First::Written(id),
            Taken::Known | Taken::Stopped => First::Over,
            Taken::Refused(why) => bail!("a game was refused: {why}"),
            Taken::Conflict(_) if told.first["status"] == "running" => {
                let id = parse(&told.first)?.id();
                let there = self.sender.get(&game(&id), &self.stop)?;
                let open = there.is_some_and(|there| there["status"] == "running");
                if open { First::Open(id) } else { First::Over }
            }
            Taken::Conflict(_) => First::Over,
        })
    }

    /// Finds the marathon at which an earlier start has ended.
    fn resume(&self, season: &mut Season) -> anyhow::Result<()> {
        let (mut marathons, mut last) = (0, None);
        while let Some(told) =
            self.sender.get(&tournament(&Season::marathon_id(marathons + 1)), &self.stop)?
        {
            marathons += 1;
            last = Some(told);
        }
        season.resume(marathons, last.filter(|told| told["status"] == "running"));
        Ok(())
    }

    fn live(&mut self, season: &mut Season) -> anyhow::Result<()> {
        let mut open = Open::new();
        let mut pause = Duration::ZERO;
        while !self.stop.wait(pause) {
            let over = self.left == 0;
            if open.len() == OPEN_GAMES_MAX || (over && !open.is_empty()) {
                self.go_on(&mut open)?;
                pause = self.pause;
                continue;
            }
            if over {
                return Ok(());
            }
            let now = self.now();
            pause = match season.live(now.date(), now.time()) {
                Live::Tournament(id, told) => {
                    // A tournament does not end while one of its games runs.
                    while !open.is_empty() && !self.stop.wait(self.pause) {
                        self.go_on(&mut open)?;
                    }
                    self.put(&tournament(&id), &told)?;
                    self.pause
                }
                Live::Game(told) => {
                    self.left -= 1;
                    // Games that stand there from an earlier start are passed over without a pause.
                    let (id, pause) = match self.tell_first(&told)? {
                        First::Written(id) => (Some(id), self.pause),
                        First::Open(id) => (Some(id), Duration::ZERO),
                        First::Over => (None, Duration::ZERO),
                    };
                    if let Some(id) = id.filter(|_| !told.then.is_empty()) {
                        open.push_back((id, told.then.into()));
                    }
                    pause
                }
            };
        }
        Ok(())
    }

    /// Tells the next of the game that was opened first.
    fn go_on(&self, open: &mut Open) -> anyhow::Result<()> {
        let Some((id, mut then)) = open.pop_front() else { return Ok(()) };
        if let Some(body) = then.pop_front() {
            self.put(&game(&id), &body)?;
        }
        if !then.is_empty() {
            open.push_back((id, then));
        }
        Ok(())
    }

    fn now(&self) -> Zoned {
        Timestamp::now().to_zoned(self.zone.clone())
    }

    fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        match self.sender.put(path, &body.to_string(), &self.stop)? {
            Taken::Written(_) | Taken::Known | Taken::Stopped => Ok(()),
            Taken::Conflict(why) | Taken::Refused(why) => bail!("{path} was refused: {why}"),
        }
    }
}

fn game(id: &str) -> String {
    format!("/api/v1/games/{id}")
}

fn tournament(id: &str) -> String {
    format!("/api/v1/tournaments/{id}")
}

fn parse(body: &Value) -> anyhow::Result<Game> {
    let parsed = Game::parse(&body.to_string());
    Ok(parsed.map_err(|why| anyhow::anyhow!("a simulated game is none: {why:?}"))?.game)
}

/// Imports games that are over; nothing is written for those that are there already.
fn import(runtime: &Handle, writer: &StoreHandle, bodies: &[Value]) -> anyhow::Result<()> {
    let games = bodies.iter().map(parse).collect::<anyhow::Result<Vec<_>>>()?;
    let imported = writer.call(move |store| {
        let mut import = store.begin_import(IMPORT_NAME)?;
        import.write(&games)?;
        import.finish()
    });
    runtime.block_on(imported)?.context("failed to import the season")?;
    Ok(())
}
