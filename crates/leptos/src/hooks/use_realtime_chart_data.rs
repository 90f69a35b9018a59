//! A series for a chart, out of the keys of a topic.

use leptos::prelude::*;
use realtime_protocol::Topic;
use realtime_protocol::message::Entries;
use serde_json::Value;

use super::UseRealtimeOptions;
use crate::provider::Missing;
use crate::topic_status::{TopicStatus, follow};

/// Which series.
#[derive(Debug, Clone, Copy)]
pub struct ChartOptions {
    /// How the topic is followed.
    pub realtime: UseRealtimeOptions,
    /// What the keys of the series begin with; what follows is the label of a point.
    pub prefix: &'static str,
    /// At most so many points, those with the last labels.
    pub points: Signal<usize>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Point {
    /// What stands on the axis: the key without the prefix.
    pub label: String,
    /// The value.
    pub value: i64,
}

/// What [`use_realtime_chart_data`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UseChartData {
    /// The points in the order of their labels; `None` until the first data are there.
    pub points: Memo<Option<Vec<Point>>>,
    /// How the component stands with the topic.
    pub topic: TopicStatus,
}

/// Follows a series: keys such as `games_by_day/2026-01-31` with whole numbers.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{ChartOptions, Missing, UseRealtimeOptions, use_realtime_chart_data};
/// # use realtime_protocol::Topic;
/// # fn chart(topic: Topic) -> Result<impl IntoView, Missing> {
/// let options = ChartOptions {
///     realtime: UseRealtimeOptions::default(),
///     prefix: "games_by_day/",
///     points: Signal::stored(30),
/// };
/// let chart = use_realtime_chart_data(topic, options)?;
/// Ok(move || chart.points.with(|points| points.as_ref().map(|points| points.len())))
/// # }
/// ```
///
/// ## Clean-up
/// The subscription ends with the current owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_chart_data(topic: Topic, options: ChartOptions) -> Result<UseChartData, Missing> {
    let ChartOptions { realtime, prefix, points } = options;
    let topic = follow(topic, &realtime)?;
    let points = Memo::new(move |_| {
        topic.held.with(|held| held.as_ref().map(|held| series(&held.entries, prefix, points.get())))
    });
    Ok(UseChartData { points, topic })
}

fn series(entries: &Entries, prefix: &str, points: usize) -> Vec<Point> {
    let of_prefix = entries.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
    let mut series: Vec<Point> = of_prefix
        .filter_map(|(key, value)| {
            let label = key.strip_prefix(prefix)?.to_owned();
            Some(Point { label, value: Value::as_i64(value)? })
        })
        .collect();
    let surplus = series.len().saturating_sub(points);
    series.drain(..surplus);
    series
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_series_is_the_keys_of_its_prefix_and_ends_with_the_last_label() {
        let entries: Entries = [
            ("a", json!(1)),
            ("d/01", json!(3)),
            ("d/02", json!("no number")),
            ("d/03", json!(5)),
            ("d/04", json!(0)),
            ("e/01", json!(9)),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
        let labels = |points| {
            series(&entries, "d/", points)
                .into_iter()
                .map(|point| (point.label, point.value))
                .collect::<Vec<_>>()
        };
        let (first, third, fourth) = (("01".to_owned(), 3), ("03".to_owned(), 5), ("04".to_owned(), 0));
        assert_eq!(labels(10), [first, third.clone(), fourth.clone()]);
        assert_eq!(labels(2), [third, fourth]);
        assert_eq!(series(&entries, "x/", 5), []);
    }
}
