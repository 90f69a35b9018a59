//! Plays the season into a server over HTTP, with the key, as every other source does.

use std::process::ExitCode;
use std::str::FromStr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use ureq::Agent;

use super::season::{Season, TOURNAMENT, Told};
use crate::cli::{DemoOptions, Done, ingest_key};

/// How long `serve --demo` waits between two games.
const EVENING_PACE: Duration = Duration::from_secs(4);
/// Attempts of one request while the server says that it is too much.
const ATTEMPTS_MAX: u32 = 20;
const SEED: u64 = 1;

/// Games a minute, or as fast as the server takes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times one game a minute.
    Times(f64),
    /// No pause.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor = text.parse::<f64>().ok().filter(|factor| factor.is_finite() && *factor > 0.0);
        factor.map(Self::Times).ok_or_else(|| "a speed is a number above 0, or max".to_owned())
    }
}

impl Speed {
    fn pause(self) -> Duration {
        match self {
            Self::Times(factor) => {
                Duration::try_from_secs_f64(60.0 / factor).unwrap_or(Duration::from_secs(3600))
            }
            Self::Max => Duration::ZERO,
        }
    }
}

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
    let url = options.url.trim_end_matches('/').replacen("ws://", "http://", 1);
    let target = Target { agent: agent(), url, key, mixed: options.mixed };
    let stop = Stop::default();
    target.play(options.seed, options.speed.pause(), options.games, &stop)?;
    Ok(ExitCode::SUCCESS)
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}

#[derive(Debug, Default)]
struct Stop {
    stopped: Mutex<bool>,
    told: Condvar,
}

impl Stop {
    fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.notify_all();
    }

    /// Waits; true when told to stop.
    fn wait(&self, pause: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.told.wait_timeout_while(stopped, pause, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The evenings that `serve --demo` plays into itself.
#[derive(Debug)]
pub(crate) struct Evenings {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Evenings {
    /// Starts to play in a thread of its own.
    pub(crate) fn start(url: String, key: String) -> Self {
        let stop = Arc::new(Stop::default());
        let told = Arc::clone(&stop);
        let target = Target { agent: agent(), url, key, mixed: false };
        let play = move || {
            if let Err(error) = target.play(SEED, EVENING_PACE, None, &told) {
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

/// A server and the right to write to it.
#[derive(Debug)]
struct Target {
    agent: Agent,
    url: String,
    key: String,
    mixed: bool,
}

/// How a request was taken.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// Something new was written; the id.
    Written(String),
    /// It stands there already, perhaps with other content.
    Known,
}

impl Target {
    /// Plays the past evenings without pause, then today's games; ends after `games` or when told to.
    fn play(&self, seed: u64, pause: Duration, games: Option<u64>, stop: &Stop) -> anyhow::Result<()> {
        let now = Timestamp::now().to_zoned(TimeZone::UTC);
        let mut season = Season::new(seed, now.date());
        self.send("PUT", &format!("/api/v1/tournaments/{TOURNAMENT}"), &season.tournament())?;
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
            if stop.wait(pause) {
                break;
            }
        }
        Ok(())
    }

    fn tell(&self, told: &Told) -> anyhow::Result<bool> {
        let Taken::Written(id) = self.send("POST", "/api/v1/games", &told.first)? else { return Ok(false) };
        for body in &told.then {
            self.send("PUT", &format!("/api/v1/games/{id}"), body)?;
        }
        Ok(true)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Taken> {
        let url = format!("{}{path}", self.url);
        for _ in 0..ATTEMPTS_MAX {
            let request = if method == "PUT" { self.agent.put(&url) } else { self.agent.post(&url) };
            let request = request
                .header("authorization", format!("Bearer {}", self.key))
                .header("gomafia-origin", if self.mixed { "demo-mixed" } else { "demo" });
            let mut response = request.send_json(body).with_context(|| format!("failed to reach {url}"))?;
            let status = response.status().as_u16();
            if status == 429 {
                let wait =
                    response.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
                thread::sleep(Duration::from_secs(wait.unwrap_or(1)));
                continue;
            }
            let answer: Value = response.body_mut().read_json().unwrap_or_default();
            let id = answer["id"].as_str().map(str::to_owned);
            return match (status, id) {
                (201, Some(id)) => Ok(Taken::Written(id)),
                (200, Some(id)) if method == "PUT" => Ok(Taken::Written(id)),
                (200, Some(_)) => Ok(Taken::Known),
                (409, _) if answer["type"] != "urn:gomafia:origin" => Ok(Taken::Known),
                _ => bail!(
                    "{method} {path} was answered {status}: {}",
                    answer["detail"].as_str().unwrap_or("")
                ),
            };
        }
        bail!("{url} said too many requests {ATTEMPTS_MAX} times")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_factor_or_max() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("30".parse::<Speed>().unwrap().pause(), Duration::from_secs(2));
        for text in ["0", "-1", "NaN", "fast", ""] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }
}
