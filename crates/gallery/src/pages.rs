//! The pages: a component is one file here and one line in the table.

mod component_status;
mod controls;
mod live_frame;
mod notification_bell;
mod palette;
mod status_indicator;
mod toasts;
mod use_realtime;
mod use_realtime_activities;
mod use_realtime_chart_data;
mod use_realtime_connection;
mod use_realtime_metrics;
mod use_realtime_performance;
mod use_realtime_preferences;
mod use_realtime_problems;
mod use_realtime_rows;
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
    /// The test ids of what is pressed, one after the other, once the state is drawn.
    pub(crate) pressed: fn(&'static str) -> &'static [&'static str],
}

impl Page {
    const fn new(
        name: &'static str,
        states: &'static [&'static str],
        view: fn(&'static str) -> AnyView,
    ) -> Self {
        Self { name, states, view, pressed: |_| &[] }
    }
}

/// What a hook of one topic differs in.
const OF_TOPIC: &[&str] = &["live", "updating", "connecting", "error", "paused", "topic-refused"];

/// All pages, in the order of the list.
pub(crate) const PAGES: &[Page] = &[
    Page::new("palette", &["colours"], palette::view),
    Page::new("controls", &["enabled", "disabled"], controls::view),
    Page {
        pressed: status_indicator::pressed,
        ..Page::new("status-indicator", status_indicator::STATES, status_indicator::view)
    },
    Page::new(
        "component-status",
        &["live", "updating", "connecting", "reconnecting", "disconnected", "paused", "topic-refused"],
        component_status::view,
    ),
    Page::new(
        "live-frame",
        &["live", "connecting", "reconnecting", "paused", "topic-refused", "empty", "failed", "failed-once"],
        live_frame::view,
    ),
    Page::new(
        "toasts",
        &["reconnecting", "restored", "error", "refused", "topic-refused", "paused", "unreadable", "live"],
        toasts::view,
    ),
    Page {
        pressed: notification_bell::pressed,
        ..Page::new("notification-bell", &["none", "unread", "open", "open-empty"], notification_bell::view)
    },
    Page::new("use-realtime", OF_TOPIC, use_realtime::view),
    Page::new("use-realtime-metrics", OF_TOPIC, use_realtime_metrics::view),
    Page::new("use-realtime-activities", OF_TOPIC, use_realtime_activities::view),
    Page::new("use-realtime-chart-data", OF_TOPIC, use_realtime_chart_data::view),
    Page::new("use-realtime-connection", &NAMES, use_realtime_connection::view),
    Page::new("use-realtime-subscriptions", &["live", "connecting"], use_realtime_subscriptions::view),
    Page::new("use-realtime-performance", &["live"], use_realtime_performance::view),
    Page::new(
        "use-realtime-problems",
        &["live", "error", "topic-refused", "unreadable"],
        use_realtime_problems::view,
    ),
    Page::new("use-realtime-rows", use_realtime_rows::STATES, use_realtime_rows::view),
    Page::new("use-realtime-preferences", &["live", "paused"], use_realtime_preferences::view),
];
