//! The HTTP interface as a client sees it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

/// One answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header values by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body; a string when it is no JSON, null when it is empty.
    pub body: Value,
}

impl Answer {
    /// The `id` of a written thing.
    ///
    /// # Errors
    /// When the answer has none.
    pub fn id(&self) -> Result<String> {
        let id = self.body.get("id").and_then(Value::as_str);
        Ok(id.with_context(|| format!("no id in {self:?}"))?.to_owned())
    }

    /// The `position` of the answer.
    ///
    /// # Errors
    /// When the answer has none.
    pub fn position(&self) -> Result<Value> {
        self.body.get("position").cloned().with_context(|| format!("no position in {self:?}"))
    }

    /// The pointers of the errors that a refusal lists.
    #[must_use]
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.body.get("errors").and_then(Value::as_array);
        errors
            .into_iter()
            .flatten()
            .filter_map(|error| error.get("pointer")?.as_str().map(str::to_owned))
            .collect()
    }
}

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Http {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

impl Http {
    /// A client that sends the key, if there is one.
    #[must_use]
    pub fn new(base: &str, key: Option<&str>) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        Self {
            agent: config.build().new_agent(),
            base: base.to_owned(),
            authorization: key.map(|key| format!("Bearer {key}")),
        }
    }

    /// `GET path`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.get_if(path, None)
    }

    /// `GET path` with `If-None-Match`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get_if(&self, path: &str, etag: Option<&str>) -> Result<Answer> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(etag) = etag {
            request = request.header("If-None-Match", etag);
        }
        answer(request.call()?)
    }

    /// `POST /api/v1/games`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_game(&self, game: &Value) -> Result<Answer> {
        self.post_text("/api/v1/games", "application/json", &game.to_string())
    }

    /// `POST path` with a body as it stands.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post_text(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        let mut request =
            self.agent.post(format!("{}{path}", self.base)).header("Content-Type", content_type);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.send(body)?)
    }

    /// `PUT path`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        let mut request =
            self.agent.put(format!("{}{path}", self.base)).header("Content-Type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.send(body.to_string())?)
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn delete(&self, path: &str) -> Result<Answer> {
        let mut request = self.agent.delete(format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.call()?)
    }

    /// The whole answer of a view, once it has reached the position of a written thing.
    ///
    /// # Errors
    /// When it has not within five seconds.
    pub fn view_after(&self, name: &str, position: &Value) -> Result<Value> {
        let wanted = position["offset"].as_u64().context("a position without an offset")?;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            let answer = self.get(&format!("/api/v1/views/{name}"))?;
            if answer.body["position"]["offset"].as_u64() >= Some(wanted) {
                return Ok(answer.body);
            }
        }
        anyhow::bail!("the view {name} did not reach offset {wanted} within five seconds")
    }

    /// The state of a view.
    ///
    /// # Errors
    /// When the answer is none or not 200.
    pub fn view(&self, name: &str) -> Result<Value> {
        let answer = self.get(&format!("/api/v1/views/{name}"))?;
        anyhow::ensure!(answer.status == 200, "the view {name} answered {answer:?}");
        answer.body.get("state").cloned().context("the view has no state")
    }
}

fn answer(mut response: Response<ureq::Body>) -> Result<Answer> {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let text = response.body_mut().read_to_string()?;
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };
    Ok(Answer { status, headers, body })
}
