//! What the page follows, one hook a file: figures and feed out of the hooks of `realtime-leptos`.

mod use_realtime_activity_feed;
mod use_realtime_dashboard_metrics;

pub use use_realtime_activity_feed::{UseActivityFeed, use_realtime_activity_feed};
pub use use_realtime_dashboard_metrics::{UseDashboardMetrics, use_realtime_dashboard_metrics};

#[cfg(test)]
mod tests;
