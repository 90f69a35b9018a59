//! Requests in every form, also wrong ones.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use e2e::{Answer, KEY, Server};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// One request. It carries the key of the server unless told otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Path and query, percent-encoded.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let headers = BTreeMap::from([("authorization".to_owned(), format!("Bearer {KEY}"))]);
        Self { method: method.to_uppercase(), target: target.to_owned(), headers, body: None }
    }

    /// With a header in place of the one of this name; an empty value takes it away.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.remove(name);
        if !value.is_empty() {
            self.headers.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", "application/json")
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    /// Sends it; an answer of any status is an answer.
    pub(crate) fn send(&self, server: &Server) -> Result<Answer> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(20)));
        let agent = config.build().new_agent();
        let mut request =
            Request::builder().method(self.method.as_str()).uri(format!("{}{}", server.url(), self.target));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = match &self.body {
            Some(body) => agent.run(request.body(body.as_slice())?)?,
            None => agent.run(request.body(())?)?,
        };
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        let text = response.body_mut().read_to_string()?;
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        };
        Ok(Answer { status: response.status().as_u16(), headers, body })
    }
}

/// `text` as a part of a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
