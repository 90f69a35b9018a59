//! What happened, as lines: JSON for programs, words for people.

use std::time::{SystemTime, UNIX_EPOCH};

use realtime_manager::{CaughtUp, Event, RowsUpdate, StatusChange, TopicChange, TopicUpdate};
use realtime_protocol::message::ResetReason;
use realtime_protocol::{Topic, TopicKind};
use serde_json::{Value, json};

/// Tells events, up to a number of changes.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) json: bool,
    /// Changes still wanted.
    pub(super) left: u64,
}

impl Lines {
    /// The lines of an event; of its changes no more than are wanted.
    pub(super) fn of(&mut self, event: &Event) -> Vec<String> {
        let lines = self.lines(event);
        if self.json { lines } else { lines.iter().map(|line| plain(line)).collect() }
    }

    fn lines(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Status(change) => vec![self.status(change)],
            Event::Batch(updates) => updates.iter().map_while(|update| self.update(update)).collect(),
            Event::CaughtUp(caught_up) => self.caught_up(*caught_up).into_iter().collect(),
            Event::Refused { topic, reason } => vec![self.error(topic, reason)],
            // Simulated data are marked wherever a person reads them; the interface has no line for it.
            Event::Mode(mode) if !self.json => vec![format!("{mode} data")],
            Event::Rows(update) => self.rows(update).into_iter().collect(),
            // Of a view the update itself tells; a table has no state to tell it with.
            Event::Resynchronised { topic, reason, missed } if topic.kind() == TopicKind::Table => {
                vec![self.restarted(topic, *reason, *missed)]
            }
            Event::Mode(_)
            | Event::Deliveries(_)
            | Event::Resynchronised { .. }
            | Event::Preferences(_)
            | Event::Problem(_) => Vec::new(),
        }
    }

    fn status(&self, change: &StatusChange) -> String {
        if self.json {
            let mut line = json!({"t": now_ms(), "type": "status", "status": change.to.as_str()});
            if change.attempt > 0 {
                line["attempt"] = change.attempt.into();
            }
            return line.to_string();
        }
        let reason = change.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        match change.next_attempt_in {
            Some(wait) => format!(
                "{}, attempt {} in {:.1} s{reason}",
                change.to.as_str(),
                change.attempt,
                wait.as_secs_f64()
            ),
            None if change.attempt > 0 => {
                format!("{}, attempt {}{reason}", change.to.as_str(), change.attempt)
            }
            None => format!("{}{reason}", change.to.as_str()),
        }
    }

    /// A line for a change; nothing once enough were told.
    pub(super) fn update(&mut self, update: &TopicUpdate) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let mut line = json!({
            "t": now_ms(), "topic": update.topic.as_str(), "position": update.position, "hash": update.hash,
        });
        match &update.change {
            TopicChange::Snapshot(state) => {
                line["type"] = "snapshot".into();
                line["state"] = entries(state);
            }
            TopicChange::Reset { reason, missed, state } => {
                line["type"] = "reset".into();
                line["reason"] = reason.as_str().into();
                line["missed"] = (*missed).into();
                line["state"] = entries(state);
            }
            TopicChange::Resumed(delta) | TopicChange::Delta(delta) => {
                line["type"] = "delta".into();
                line["put"] = entries(&delta.put);
                line["drop"] = delta.drop.iter().map(String::as_str).collect();
            }
        }
        if self.json {
            return Some(line.to_string());
        }
        let put = line
            .get("put")
            .or_else(|| line.get("state"))
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let shown = put.iter().take(6).map(|(key, value)| match value.get("title").and_then(Value::as_str) {
            Some(title) => format!("{key} {title}"),
            None => format!("{key} {value}"),
        });
        let shown: Vec<_> = shown.collect();
        let more = put.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{} at {}: {}{more}", update.topic, update.position, shown.join(", ")))
    }

    /// A line for rows; nothing once enough changes were told.
    fn rows(&mut self, update: &RowsUpdate) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let RowsUpdate { topic, position, rows } = update;
        if self.json {
            let line = json!({"t": now_ms(), "type": "rows", "topic": topic.as_str(), "position": position, "rows": rows});
            return Some(line.to_string());
        }
        let shown: Vec<_> =
            rows.iter().take(6).map(|row| format!("{} {}", row.op.as_str(), row.key)).collect();
        let more = rows.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{topic} at {position}: {}{more}", shown.join(", ")))
    }

    pub(super) fn restarted(&self, topic: &Topic, reason: ResetReason, missed: Option<u64>) -> String {
        let reason = reason.as_str();
        if self.json {
            return json!({"t": now_ms(), "type": "reset", "topic": topic.as_str(), "reason": reason, "missed": missed})
                .to_string();
        }
        let missed = missed.map_or_else(|| "an unknown number of".to_owned(), |missed| missed.to_string());
        format!("{topic} could not be continued ({reason}): {missed} commits are missing")
    }

    fn caught_up(&self, caught_up: CaughtUp) -> Option<String> {
        let how = if caught_up.resumed { "without a gap" } else { "from a whole state" };
        (!self.json).then(|| format!("caught up {how}: {} commits", caught_up.commits))
    }

    fn error(&self, topic: &Topic, reason: &str) -> String {
        if self.json {
            return json!({"t": now_ms(), "type": "error", "topic": topic.as_str(), "reason": reason})
                .to_string();
        }
        format!("{topic} was refused: {reason}")
    }
}

/// A line without the characters that would steer a terminal.
pub(super) fn plain(line: &str) -> String {
    line.chars()
        .map(|character| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character })
        .collect()
}

fn entries(map: &std::collections::BTreeMap<String, Value>) -> Value {
    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
