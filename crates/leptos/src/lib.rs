//! Leptos provider and hooks of the real-time manager.
//!
//! [`provide_realtime`] puts one driver into the context of an app; hooks below it read signals and
//! send commands. All topics of one tick are written at once, so no component ever sees half of it.
//!
//! ```no_run
//! use std::time::Duration;
//! use leptos::prelude::*;
//! use realtime_leptos::{RealtimeConfig, provide_realtime, use_realtime};
//! use realtime_protocol::Topic;
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     let games = provide_realtime(RealtimeConfig::default()).ok().and_then(|()| {
//!         use_realtime(Topic::view("metrics").ok()?, Duration::from_secs(1)).ok()
//!     });
//!     move || games.and_then(|games| games.held.get()).map(|held| held.state.get("games").map(ToString::to_string))
//! }
//! ```

mod provider;
mod store;
mod use_connection;
mod use_event;
mod use_realtime;
mod use_server_time;
mod use_subscriptions;

pub use provider::{Missing, RealtimeConfig, provide_realtime};
pub use store::TopicState;
pub use use_connection::{UseConnection, use_realtime_connection};
pub use use_event::use_realtime_event;
pub use use_realtime::{UseRealtime, use_realtime};
pub use use_server_time::use_server_time;
pub use use_subscriptions::use_realtime_subscriptions;

pub use realtime_manager as manager;
