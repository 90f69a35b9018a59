//! The pages: a component is one file here and one line in the table.

mod controls;
mod palette;
mod use_realtime;
mod use_realtime_activities;
mod use_realtime_chart_data;
mod use_realtime_connection;
mod use_realtime_metrics;
mod use_realtime_performance;
mod use_realtime_preferences;
mod use_realtime_problems;
mod use_realtime_subscriptions;

use leptos::prelude::AnyView;

use crate::world::NAMES;

/// A component with the states that it is shown in.
#[derive(Debug)]
pub(crate) struct Page {
    /// As it stands in the address.
    pub(crate) name: &'static str,
    /// Never empty; the first is shown when the address names none.
    pub(crate) states: &'static [&'static str],
    /// Draws one of the states.
    pub(crate) view: fn(&'static str) -> AnyView,
}

/// What a hook of one topic differs in.
const OF_TOPIC: &[&str] = &["live", "updating", "connecting", "error", "paused", "topic-refused"];

/// All pages, in the order of the list.
pub(crate) const PAGES: &[Page] = &[
    Page { name: "palette", states: &["colours"], view: palette::view },
    Page { name: "controls", states: &["enabled", "disabled"], view: controls::view },
    Page { name: "use-realtime", states: OF_TOPIC, view: use_realtime::view },
    Page { name: "use-realtime-metrics", states: OF_TOPIC, view: use_realtime_metrics::view },
    Page { name: "use-realtime-activities", states: OF_TOPIC, view: use_realtime_activities::view },
    Page { name: "use-realtime-chart-data", states: OF_TOPIC, view: use_realtime_chart_data::view },
    Page { name: "use-realtime-connection", states: &NAMES, view: use_realtime_connection::view },
    Page {
        name: "use-realtime-subscriptions",
        states: &["live", "connecting"],
        view: use_realtime_subscriptions::view,
    },
    Page { name: "use-realtime-performance", states: &["live"], view: use_realtime_performance::view },
    Page {
        name: "use-realtime-problems",
        states: &["live", "error", "topic-refused", "unreadable"],
        view: use_realtime_problems::view,
    },
    Page {
        name: "use-realtime-preferences",
        states: &["live", "paused"],
        view: use_realtime_preferences::view,
    },
];
