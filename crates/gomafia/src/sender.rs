//! Sends games to a server's ingest API: waits when it is too much, tries again when the server is away.

mod retries;
mod stop;

pub(crate) use stop::Stop;

use std::time::Duration;

use anyhow::bail;
use serde_json::Value;
use ureq::Agent;

use self::retries::{Attempt, Retries};
use crate::limits::REQUEST_MAX;

/// How a request was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is written, or stands there as it was sent by PUT; the id.
    Written(String),
    /// The same game stands there already.
    Known,
    /// Another game stands in its place; why.
    Conflict(String),
    /// The server does not accept the body; why.
    Refused(String),
    /// Told to stop before there was an answer.
    Stopped,
}

/// A server, the right to write to it, and the mark of what is written.
#[derive(Debug)]
pub(crate) struct Sender {
    agent: Agent,
    url: String,
    authorization: String,
    origin: String,
}

impl Sender {
    /// Sends to the server at `url`; `origin` says what its database holds from then on, `mixed`
    /// that it may hold other data too.
    pub(crate) fn new(url: &str, key: &str, origin: &str, mixed: bool) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(REQUEST_MAX));
        Self {
            agent: config.build().into(),
            url: url.trim_end_matches('/').replacen("ws://", "http://", 1),
            authorization: format!("Bearer {key}"),
            origin: format!("{origin}{}", if mixed { "-mixed" } else { "" }),
        }
    }

    /// Posts a game.
    ///
    /// # Errors
    /// When the server refuses the key or the data's origin, answers what no server of ours does, or
    /// stays away.
    pub(crate) fn post(&self, path: &str, body: &str, stop: &Stop) -> anyhow::Result<Taken> {
        self.send("POST", path, body, stop)
    }

    /// Puts a game or a tournament under the id in the path.
    ///
    /// # Errors
    /// As [`Sender::post`].
    pub(crate) fn put(&self, path: &str, body: &str, stop: &Stop) -> anyhow::Result<Taken> {
        self.send("PUT", path, body, stop)
    }

    /// What stands under the path; none when there is nothing, or when told to stop.
    ///
    /// # Errors
    /// As [`Sender::post`].
    pub(crate) fn get(&self, path: &str, stop: &Stop) -> anyhow::Result<Option<Value>> {
        match self.ask("GET", path, "", stop)? {
            None | Some((404, _)) => Ok(None),
            Some((200, answer)) => Ok(Some(answer)),
            Some((status, answer)) => bail!("GET {path} was answered {status}: {}", detail(&answer)),
        }
    }

    fn send(&self, method: &str, path: &str, body: &str, stop: &Stop) -> anyhow::Result<Taken> {
        let Some((status, answer)) = self.ask(method, path, body, stop)? else { return Ok(Taken::Stopped) };
        let id = answer["id"].as_str().map(str::to_owned);
        match (status, id) {
            (201, Some(id)) => Ok(Taken::Written(id)),
            (200, Some(id)) if method == "PUT" => Ok(Taken::Written(id)),
            (200, Some(_)) => Ok(Taken::Known),
            (409, _) if answer["type"] != "urn:gomafia:origin" => Ok(Taken::Conflict(detail(&answer))),
            (400 | 413 | 422, _) => Ok(Taken::Refused(detail(&answer))),
            _ => bail!("{method} {path} was answered {status}: {}", detail(&answer)),
        }
    }

    /// Asks until there is an answer of the server itself; none when told to stop.
    fn ask(&self, method: &str, path: &str, body: &str, stop: &Stop) -> anyhow::Result<Option<(u16, Value)>> {
        let mut retries = Retries::default();
        loop {
            let (attempt, why) = match self.once(method, path, body) {
                Ok(Answer { status, retry_after, body }) => match Attempt::of(status, retry_after) {
                    None => return Ok(Some((status, body))),
                    Some(attempt) => (attempt, anyhow::anyhow!("it answered {status}: {}", detail(&body))),
                },
                Err(error) => (Attempt::Away, error.into()),
            };
            let Some(wait) = retries.wait_after(attempt) else {
                return Err(why.context(format!("failed to reach {}: the server stays away", self.url)));
            };
            tracing::debug!(?attempt, ?wait, "trying again: {why:#}");
            if stop.wait(wait) {
                return Ok(None);
            }
        }
    }

    fn once(&self, method: &str, path: &str, body: &str) -> Result<Answer, ureq::Error> {
        let url = format!("{}{path}", self.url);
        let mut response = if method == "GET" {
            self.agent.get(&url).header("authorization", &self.authorization).call()?
        } else {
            let request = if method == "PUT" { self.agent.put(&url) } else { self.agent.post(&url) };
            request
                .header("authorization", &self.authorization)
                .header("gomafia-origin", &self.origin)
                .header("content-type", "application/json")
                .send(body)?
        };
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let status = response.status().as_u16();
        // A proxy's answer need not be JSON; its status says enough.
        let body = response.body_mut().read_json().unwrap_or_default();
        Ok(Answer { status, retry_after: retry_after.map(Duration::from_secs), body })
    }
}

struct Answer {
    status: u16,
    retry_after: Option<Duration>,
    body: Value,
}

/// What the server says of a refusal.
fn detail(answer: &Value) -> String {
    let said = answer["detail"].as_str().unwrap_or("no reason given");
    let first = answer["errors"].as_array().and_then(|errors| errors.first());
    match first.and_then(|error| Some((error["pointer"].as_str()?, error["detail"].as_str()?))) {
        Some((pointer, why)) => format!("{said}: {pointer} {why}"),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests;
