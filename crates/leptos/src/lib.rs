//! Leptos provider, hooks and components of the real-time manager.
//!
//! [`provide_realtime`] puts one driver into the context of an application; hooks below it read signals
//! and send commands. All topics of one tick are written at once, so no component ever sees half of it.
//!
//! ```no_run
//! use leptos::prelude::*;
//! use realtime_leptos::{
//!     RealtimeConfig, UseRealtimeOptions, provide_realtime, use_realtime_metrics,
//! };
//! use realtime_protocol::Topic;
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     let games = provide_realtime(RealtimeConfig::default()).ok().and_then(|()| {
//!         let metrics = use_realtime_metrics(Topic::view("metrics").ok()?, UseRealtimeOptions::default());
//!         Some(metrics.ok()?.figure::<u64>("games"))
//!     });
//!     move || games.and_then(|games| games.get())
//! }
//! ```

mod components;
#[cfg(any(test, doctest))]
mod guides;
mod hooks;
pub mod i18n;
mod liveness;
pub mod notices;
pub mod parts;
#[cfg(test)]
mod played;
mod provider;
mod recent_rows;
mod shared;
mod status;
mod store;
mod topic_status;
mod trace;

pub use components::{
    ComponentStatus, ComponentText, LiveFrame, NotificationBell, Toasts, use_draw_failures,
};
pub use hooks::{
    ActivityEntry, ChartOptions, Point, UseActivities, UseActivitiesOptions, UseChartData, UseConnection,
    UseMetrics, UseNotices, UsePerformance, UsePreferences, UseProblems, UseRealtime, UseRealtimeOptions,
    UseSubscriptions, use_page_clock, use_realtime, use_realtime_activities, use_realtime_chart_data,
    use_realtime_connection, use_realtime_event, use_realtime_metrics, use_realtime_notices,
    use_realtime_performance, use_realtime_preferences, use_realtime_problems, use_realtime_subscriptions,
    use_realtime_topic, use_server_time, use_watermark,
};
pub use i18n::{Lang, provide_lang, use_lang};
pub use liveness::Liveness;
pub use provider::{Missing, Realtime, RealtimeConfig, provide_realtime};
pub use status::{StatusIndicator, StatusPosition, StatusSize};
pub use store::TopicState;
pub use topic_status::TopicStatus;
pub use trace::Rates;

pub use realtime_manager as manager;
