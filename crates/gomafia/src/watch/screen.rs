//! What a person sees in a terminal: a feed that scrolls, and the lines below it with figures and facts.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use realtime_manager::{Event, Health, Instant, Manager, Stats, Status, TopicChange, TopicUpdate};
use realtime_protocol::Epoch;
use realtime_protocol::message::Entries;
use serde_json::Value;

use super::lines::{Lines, plain};

const METRICS: &str = "view:metrics";
const ACTIVITY: &str = "view:activity";
/// Entries of the feed that are shown at first: enough to know where one is.
const FEED_FIRST: usize = 10;
/// Lines that wait during a pause; older ones are dropped and counted.
const HELD_MAX: usize = 200;

/// What the manager measured, at one moment.
#[derive(Debug)]
pub(super) struct Facts {
    now: Instant,
    health: Health,
    stats: Stats,
    topics: usize,
}

impl Facts {
    pub(super) fn of(manager: &Manager, now: Instant) -> Self {
        let topics = manager.subscriptions().len();
        Self { now, health: manager.health(now), stats: manager.stats(), topics }
    }
}

/// What was told so far, and what of it stands below the feed.
#[derive(Debug)]
pub(super) struct Screen {
    lines: Lines,
    mode: Option<String>,
    metrics: Entries,
    /// The last entry of the feed that was told.
    told: Option<(Epoch, u64)>,
    paused: bool,
    held: VecDeque<String>,
    dropped: u64,
}

impl Screen {
    pub(super) fn new(lines: Lines) -> Self {
        Self {
            lines,
            mode: None,
            metrics: BTreeMap::new(),
            told: None,
            paused: false,
            held: VecDeque::new(),
            dropped: 0,
        }
    }

    /// Whether as many changes came as were wanted.
    pub(super) fn is_full(&self) -> bool {
        self.lines.left == 0
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// The lines that an event adds to the feed; data wait while it is paused.
    pub(super) fn take(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Batch(updates) => {
                let lines = updates.iter().flat_map(|update| self.update(update)).collect();
                self.hold(lines)
            }
            Event::Rows(_) => {
                let lines = self.lines.of(event);
                self.hold(lines)
            }
            Event::Mode(mode) => {
                self.mode = Some(mode.clone());
                self.lines.of(event)
            }
            _ => self.lines.of(event),
        }
    }

    /// Pauses, or goes on with the lines that waited.
    pub(super) fn toggle(&mut self) -> Vec<String> {
        self.paused = !self.paused;
        if self.paused {
            return Vec::new();
        }
        let dropped = std::mem::take(&mut self.dropped);
        let note = (dropped > 0).then(|| format!("{dropped} lines were dropped during the pause"));
        note.into_iter().chain(self.held.drain(..)).collect()
    }

    fn hold(&mut self, lines: Vec<String>) -> Vec<String> {
        if !self.paused {
            return lines;
        }
        self.held.extend(lines);
        while self.held.len() > HELD_MAX {
            self.held.pop_front();
            self.dropped += 1;
        }
        Vec::new()
    }

    fn update(&mut self, update: &TopicUpdate) -> Vec<String> {
        match update.topic.as_str() {
            METRICS => self.counted(update, Self::figures_of),
            ACTIVITY => self.counted(update, Self::feed),
            _ => self.lines.update(update).into_iter().collect(),
        }
    }

    fn counted(
        &mut self,
        update: &TopicUpdate,
        take: fn(&mut Self, &TopicUpdate) -> Vec<String>,
    ) -> Vec<String> {
        let Some(left) = self.lines.left.checked_sub(1) else { return Vec::new() };
        self.lines.left = left;
        let mut lines = Vec::new();
        if let TopicChange::Reset { reason, missed, .. } = &update.change {
            lines.push(self.lines.restarted(&update.topic, *reason, *missed));
        }
        lines.extend(take(self, update));
        lines
    }

    fn figures_of(&mut self, update: &TopicUpdate) -> Vec<String> {
        match &update.change {
            TopicChange::Snapshot(state) | TopicChange::Reset { state, .. } => self.metrics = state.clone(),
            TopicChange::Resumed(delta) | TopicChange::Delta(delta) => {
                self.metrics.extend(delta.put.clone());
                self.metrics.retain(|key, _| !delta.drop.contains(key));
            }
        }
        Vec::new()
    }

    /// The entries that were not told before, in the order of their commits.
    fn feed(&mut self, update: &TopicUpdate) -> Vec<String> {
        let epoch = &update.position.epoch;
        let told = self.told.as_ref().filter(|(told, _)| told == epoch).map(|(_, offset)| *offset);
        let put = match &update.change {
            TopicChange::Snapshot(state) | TopicChange::Reset { state, .. } => state,
            TopicChange::Resumed(delta) | TopicChange::Delta(delta) => &delta.put,
        };
        let offset_of = |entry: &Value| entry["offset"].as_u64().unwrap_or(0);
        // An old entry that another one lets back in has nothing new.
        let mut entries: Vec<&Value> =
            put.values().filter(|entry| told.is_none_or(|told| offset_of(entry) > told)).collect();
        entries.sort_by_key(|entry| offset_of(entry));
        if told.is_none() {
            entries.drain(..entries.len().saturating_sub(FEED_FIRST));
        }
        let newest = entries.last().map(|entry| offset_of(entry)).or(told).unwrap_or(0);
        self.told = Some((epoch.clone(), newest));
        entries.into_iter().map(entry_line).collect()
    }

    /// The lines below the feed, none longer than `columns`; the last one is the connection's.
    pub(super) fn below(&self, facts: &Facts, columns: usize) -> Vec<String> {
        let figures = self.figures();
        let keys = if self.paused { "p goes on" } else { "p pauses" };
        let keys = [keys, "r retries now", "q quits"].map(str::to_owned);
        let mut lines = Vec::new();
        if !figures.is_empty() {
            lines.push(fit(&figures, columns));
        }
        lines.push(fit(&keys, columns));
        lines.push(fit(&self.connection(facts), columns));
        lines
    }

    fn figures(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.mode.iter().map(|mode| format!("{mode} data")).collect();
        for (key, word) in [
            ("players", "players"),
            ("games", "games"),
            ("games_rated", "rated"),
            ("tournaments_running", "tournaments running"),
        ] {
            parts
                .extend(self.metrics.get(key).and_then(Value::as_i64).map(|value| format!("{value} {word}")));
        }
        let rating = self.metrics.get("rating");
        let mean = rating.and_then(|rating| Some((rating["mean_milli"].as_i64()?, rating["kind"].as_str()?)));
        parts.extend(mean.map(|(mean, kind)| format!("mean rating {} ({kind})", mean / 1000)));
        parts
    }

    fn connection(&self, facts: &Facts) -> Vec<String> {
        let Facts { now, health, stats, topics } = facts;
        let mut parts = vec![format!("{} {}", health.status, span(now.saturating_since(health.since)))];
        if self.paused {
            parts.push("paused".to_owned());
        }
        if health.attempt > 0 {
            let of = health.max_attempts.map_or_else(String::new, |max| format!(" of {max}"));
            let when = health.next_attempt_in.map_or_else(String::new, |wait| format!(" in {}", span(wait)));
            parts.push(format!("attempt {}{of}{when}", health.attempt));
        }
        if matches!(health.status, Status::Reconnecting | Status::Error) {
            parts.extend(health.last_error.clone());
        }
        if let Some(latency) = health.latency {
            parts.push(format!("rtt {} ms (p95 {})", millis(latency.median), millis(latency.p95)));
        }
        if let Some(age) = health.last_data_age {
            parts.push(format!("data {}", span(age)));
        }
        parts.push(format!("{} updates", stats.updates));
        parts.push(format!("{} commits", stats.commits));
        parts.push(format!("{topics} topics"));
        parts
    }
}

/// One entry of the feed.
fn entry_line(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty());
    let mut parts: Vec<String> = [text("at"), text("kind"), text("title"), text("winner"), text("status")]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect();
    parts.extend(entry["games"].as_i64().map(|games| format!("{games} games")));
    if entry["corrected"] == Value::Bool(true) {
        parts.push("corrected".to_owned());
    }
    plain(&parts.join("  "))
}

/// The parts in one line, without the last ones where they do not fit.
fn fit(parts: &[String], columns: usize) -> String {
    let mut line = String::new();
    for part in parts {
        let part = plain(part);
        let comma = if line.is_empty() { "" } else { ", " };
        if line.chars().count() + comma.len() + part.chars().count() > columns {
            break;
        }
        line.push_str(comma);
        line.push_str(&part);
    }
    line
}

/// A length of time in its two largest units.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Milliseconds: tenths where they matter.
fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    if millis < 10.0 { format!("{millis:.1}") } else { format!("{millis:.0}") }
}

#[cfg(test)]
mod tests;
