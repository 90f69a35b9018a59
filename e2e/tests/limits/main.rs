//! Clients that are slow, broken or hostile: each meets a limit that is counted, and nobody else feels it.

mod hostile;
mod slow;
mod stop;

use anyhow::{Context as _, Result};
use e2e::Server;
use serde_json::{Value, json};

/// The sum of a counter over its labels that contain `label`; zero when it was never counted.
fn counter(server: &Server, name: &str, label: &str) -> Result<f64> {
    let text = server.http().get("/metrics")?.body;
    let text = text.as_str().context("no text")?;
    let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
    lines.map(|line| Ok(line.rsplit(' ').next().unwrap_or_default().parse::<f64>()?)).sum()
}

/// How often a limit cut something.
fn hits(server: &Server, limit: &str) -> Result<f64> {
    counter(server, "gomafia_limit_hits_total", &format!("limit=\"{limit}\""))
}

/// A join of a topic without throttle, with that number.
fn join(number: u64, topic: &str) -> Value {
    let number = number.to_string();
    json!([number, number, topic, "phx_join", {"throttle_ms": 0}])
}
