//! Counters for operators, in Prometheus text.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use prometheus::proto::{LabelPair, MetricType};
use prometheus::{Encoder, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

/// The server's counters, shared by all clones. One registry for each server, so that two in one process do not mix.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Counters>);

impl Deref for Metrics {
    type Target = Counters;

    fn deref(&self) -> &Counters {
        &self.0
    }
}

/// What is counted.
#[derive(Debug)]
pub struct Counters {
    registry: Registry,
    /// What all names begin with.
    prefix: String,
    /// Commits folded since the start.
    pub commits: IntCounter,
    /// The same by who brought them.
    pub source_commits: IntCounterVec,
    /// The last commit of each source since the start.
    pub source_offset: IntGaugeVec,
    /// When that was committed, in milliseconds since 1970.
    pub source_committed_at_ms: IntGaugeVec,
    /// The last commit folded.
    pub log_head: IntGauge,
    /// Open sessions.
    pub sessions: IntGauge,
    /// Groups with a subscriber.
    pub topics: IntGauge,
    /// Delta frames encoded, each once for all viewers.
    pub frames_encoded: IntCounter,
    /// Frames handed to the sockets of viewers, written or waiting behind a full one; close frames are not among them.
    pub frames_sent: IntCounter,
    /// How often a viewer could not be written to when there was news.
    pub viewers_passed_over: IntCounter,
    /// States sent anew, by reason.
    pub resets: IntCounterVec,
    /// Commits between the log's head and the hub.
    pub lag_commits: IntGauge,
    /// What a source brought and was set aside, by reason.
    pub set_aside: IntCounterVec,
    /// How often a limit cut something, by limit.
    pub limit_hits: IntCounterVec,
}

impl Metrics {
    /// Counters at zero, named `prefix_…`.
    ///
    /// # Errors
    /// When `prefix` is no part of a metric name.
    pub fn new(prefix: &str) -> Result<Self, prometheus::Error> {
        let registry = Registry::new_custom(Some(prefix.to_owned()), None)?;
        let counter = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let family = |name: &str, help: &str, label: &str| -> Result<IntCounterVec, prometheus::Error> {
            let family = IntCounterVec::new(Opts::new(name, help), &[label])?;
            registry.register(Box::new(family.clone()))?;
            Ok(family)
        };
        let gauges = |name: &str, help: &str, label: &str| -> Result<IntGaugeVec, prometheus::Error> {
            let family = IntGaugeVec::new(Opts::new(name, help), &[label])?;
            registry.register(Box::new(family.clone()))?;
            Ok(family)
        };
        Ok(Self(Arc::new(Counters {
            commits: counter("commits_total", "commits folded since the start")?,
            source_commits: family("source_commits_total", "commits folded since the start", "source")?,
            source_offset: gauges("source_offset", "last commit of the source since the start", "source")?,
            source_committed_at_ms: gauges(
                "source_committed_at_ms",
                "when that was committed, in milliseconds since 1970",
                "source",
            )?,
            log_head: gauge("log_head", "offset of the last commit folded")?,
            sessions: gauge("sessions", "open sessions")?,
            topics: gauge("topics", "groups with a subscriber")?,
            frames_encoded: counter("frames_encoded_total", "delta frames encoded")?,
            frames_sent: counter(
                "frames_sent_total",
                "frames handed to the sockets of viewers, close frames not among them; what waits behind a full \
                 socket is counted, though it is lost when the socket ends",
            )?,
            viewers_passed_over: counter(
                "viewers_passed_over_total",
                "viewers that could not be written to when there was news",
            )?,
            resets: family("resets_total", "states sent anew", "reason")?,
            lag_commits: gauge("lag_commits", "commits between the log and the hub")?,
            set_aside: family("set_aside_total", "input set aside", "reason")?,
            limit_hits: family("limit_hits_total", "how often a limit cut something", "limit")?,
            registry,
            prefix: format!("{prefix}_"),
        })))
    }

    /// The same numbers as in [`Metrics::text`] under short names: `log_head`, `commits` for the total,
    /// `resets/lag` for one with a label.
    pub(crate) fn numbers(&self) -> BTreeMap<String, i64> {
        let mut numbers = BTreeMap::new();
        for family in self.registry.gather() {
            let name = family.name().strip_prefix(&self.prefix).unwrap_or_else(|| family.name());
            let name = name.strip_suffix("_total").unwrap_or(name);
            for metric in family.get_metric() {
                let value = match family.get_field_type() {
                    MetricType::COUNTER => metric.get_counter().get_value(),
                    MetricType::GAUGE => metric.get_gauge().get_value(),
                    MetricType::SUMMARY | MetricType::UNTYPED | MetricType::HISTOGRAM => continue,
                };
                let labels = metric.get_label().iter().map(LabelPair::value);
                let key = std::iter::once(name).chain(labels).collect::<Vec<_>>().join("/");
                numbers.insert(key, whole(value));
            }
        }
        numbers
    }

    /// Everything as Prometheus text.
    ///
    /// # Errors
    /// When a counter cannot be encoded.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}

/// What was counted in integers comes out of the registry as a float.
#[expect(clippy::cast_possible_truncation, reason = "it was an integer, and a larger one stays at the bound")]
fn whole(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_carry_the_prefix_and_their_values() {
        let metrics = Metrics::new("gomafia").unwrap();
        metrics.commits.inc_by(3);
        metrics.resets.with_label_values(&["hash"]).inc();
        let text = metrics.text().unwrap();
        assert!(text.contains("gomafia_commits_total 3\n"), "{text}");
        assert!(text.contains("gomafia_resets_total{reason=\"hash\"} 1\n"), "{text}");
        let numbers = metrics.numbers();
        assert_eq!((numbers["commits"], numbers["resets/hash"], numbers["log_head"]), (3, 1, 0));
    }
}
