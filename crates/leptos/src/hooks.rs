//! One hook a file: each reads signals of the provider or sends it a command.

#[cfg(test)]
mod scenarios;
mod use_page_clock;
mod use_realtime;
mod use_realtime_activities;
mod use_realtime_chart_data;
mod use_realtime_connection;
mod use_realtime_event;
mod use_realtime_metrics;
mod use_realtime_notices;
mod use_realtime_performance;
mod use_realtime_preferences;
mod use_realtime_problems;
mod use_realtime_subscriptions;
mod use_realtime_topic;
mod use_server_time;

pub use use_page_clock::use_page_clock;
pub use use_realtime::{UseRealtime, use_realtime};
pub use use_realtime_activities::{
    ActivityEntry, UseActivities, UseActivitiesOptions, use_realtime_activities,
};
pub use use_realtime_chart_data::{ChartOptions, Point, UseChartData, use_realtime_chart_data};
pub use use_realtime_connection::{UseConnection, use_realtime_connection};
pub use use_realtime_event::use_realtime_event;
pub use use_realtime_metrics::{UseMetrics, use_realtime_metrics};
pub use use_realtime_notices::{UseNotices, use_realtime_notices};
pub use use_realtime_performance::{UsePerformance, use_realtime_performance};
pub use use_realtime_preferences::{UsePreferences, use_realtime_preferences};
pub use use_realtime_problems::{UseProblems, use_realtime_problems};
pub use use_realtime_subscriptions::{UseSubscriptions, use_realtime_subscriptions};
pub use use_realtime_topic::{UseRealtimeOptions, use_realtime_topic, use_watermark};
pub use use_server_time::use_server_time;
