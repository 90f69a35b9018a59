//! `view:system`: the server seen by itself, from the same numbers as `/metrics`.

use std::collections::BTreeMap;
use std::time::Duration;

use realtime_protocol::{State, StateError, Topic};
use serde_json::Value;
use tokio::sync::watch;

use crate::limits::{SYSTEM_EVERY, SYSTEM_TOPICS_MAX};

/// What counts up and is told as a rate too.
const RATES: [&str; 2] = ["commits", "frames_sent"];

/// Makes the view, and remembers of the last time what rates are made from.
#[derive(Debug)]
pub(crate) struct Inspector {
    topic: Topic,
    mode: watch::Receiver<&'static str>,
    last: Option<Look>,
}

#[derive(Debug)]
struct Look {
    at: Duration,
    counted: [i64; 2],
}

impl Inspector {
    pub(crate) fn new(mode: watch::Receiver<&'static str>) -> Self {
        Self { topic: Topic::system(), mode, last: None }
    }

    pub(crate) fn topic(&self) -> &Topic {
        &self.topic
    }

    /// When the view may be made next.
    pub(crate) fn due_at(&self) -> Duration {
        self.last.as_ref().map_or(Duration::ZERO, |last| last.at + SYSTEM_EVERY)
    }

    /// The view of these numbers and these topics with their viewers.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        numbers: BTreeMap<String, i64>,
        followed: Vec<(Topic, usize)>,
    ) -> Result<State, StateError> {
        let counted = RATES.map(|name| numbers.get(name).copied().unwrap_or(0));
        let mut entries: BTreeMap<String, Value> =
            numbers.into_iter().map(|(name, number)| (name, number.into())).collect();
        if let Some(last) = &self.last {
            for ((name, now_counted), before) in RATES.iter().zip(counted).zip(last.counted) {
                let rate = per_second(now_counted - before, now.saturating_sub(last.at));
                entries.insert(format!("rates/{name}"), rate.into());
            }
        }
        self.last = Some(Look { at: now, counted });
        entries.extend(viewers(followed));
        entries.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
        entries.insert("mode".to_owned(), (*self.mode.borrow()).into());
        State::from_entries(entries)
    }
}

/// The topics with the most viewers, and how many others there are.
fn viewers(mut followed: Vec<(Topic, usize)>) -> impl Iterator<Item = (String, Value)> {
    followed.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    let others = followed.len().saturating_sub(SYSTEM_TOPICS_MAX);
    followed.truncate(SYSTEM_TOPICS_MAX);
    let named =
        followed.into_iter().map(|(topic, viewers)| (format!("topics/{}", topic.as_str()), viewers.into()));
    named.chain(std::iter::once(("other_topics".to_owned(), others.into())))
}

/// A count over a time as a whole number for one second, rounded.
fn per_second(count: i64, time: Duration) -> i64 {
    let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1);
    count.saturating_mul(1_000).saturating_add(ms / 2) / ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    fn inspector() -> Inspector {
        Inspector::new(watch::channel("live").1)
    }

    fn followed(viewers: impl Iterator<Item = usize>) -> Vec<(Topic, usize)> {
        let topic = |number| Topic::view(&format!("v{number}")).unwrap();
        viewers.enumerate().map(|(number, viewers)| (topic(number), viewers)).collect()
    }

    #[test]
    fn the_view_has_every_number_of_the_registry_and_each_topic_with_its_viewers() {
        let metrics = Metrics::new("gomafia").unwrap();
        metrics.commits.inc_by(3);
        metrics.limit_hits.with_label_values(&["client_frames"]).inc();
        let state =
            inspector().look(Duration::ZERO, metrics.numbers(), followed([2, 1].into_iter())).unwrap();
        let expected = [
            ("commits", 3),
            ("sessions", 0),
            ("limit_hits/client_frames", 1),
            ("topics/view:v0", 2),
            ("topics/view:v1", 1),
            ("other_topics", 0),
        ];
        for (key, number) in expected {
            assert_eq!(state.get(key), Some(&number.into()), "{key}");
        }
        assert_eq!((&state.entries()["mode"], state.get("rates/commits")), (&"live".into(), None));
    }

    #[test]
    fn rates_are_whole_numbers_for_a_second_since_the_last_look() {
        let mut inspector = inspector();
        let numbers = |commits, frames| {
            BTreeMap::from([("commits".to_owned(), commits), ("frames_sent".to_owned(), frames)])
        };
        inspector.look(Duration::from_secs(1), numbers(10, 0), Vec::new()).unwrap();
        assert_eq!(inspector.due_at(), Duration::from_secs(2));
        let state = inspector.look(Duration::from_secs(3), numbers(15, 2_000), Vec::new()).unwrap();
        assert_eq!(
            (&state.entries()["rates/commits"], &state.entries()["rates/frames_sent"]),
            (&3.into(), &1_000.into())
        );
    }

    #[test]
    fn the_topics_with_the_most_viewers_are_named_and_the_others_counted() {
        let state = inspector().look(Duration::ZERO, BTreeMap::new(), followed(1..=53)).unwrap();
        let named = state.entries().keys().filter(|key| key.starts_with("topics/")).count();
        assert_eq!((named, &state.entries()["other_topics"]), (SYSTEM_TOPICS_MAX, &3.into()));
        assert_eq!((state.get("topics/view:v52"), state.get("topics/view:v2")), (Some(&53.into()), None));
    }
}
