//! What the manager measures: rates, round trips, memory.

use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::{Cleaned, EndToEnd, Instant, Latency, Stats};
use realtime_web::Driver;

use crate::provider::{Missing, Realtime};
use crate::trace::{Rates, Trace};

/// What [`use_realtime_performance`] gives; everything is brought up to date once a second.
#[derive(Debug, Clone, Copy)]
pub struct UsePerformance {
    /// Everything that was counted since the start.
    pub stats: Memo<Stats>,
    /// How much comes in a second, over the last ten.
    pub rates: Memo<Rates>,
    /// The round trips of the last minute; absent until one was measured.
    pub latency: Memo<Option<Latency>>,
    /// How long the news of the last minute took from their commit to the page; absent while there were none.
    pub end_to_end: Memo<Option<EndToEnd>>,
    /// The round trips of the last five minutes with their moments, the oldest first.
    pub round_trips: Memo<Vec<(Instant, Duration)>>,
    /// How old the newest data were, second by second, over the last five minutes.
    pub data_ages: Memo<Vec<(Instant, Duration)>>,
    /// An estimate of the memory that is held, in bytes.
    pub memory: Memo<u64>,
    /// What may be held, in bytes.
    pub budget: u64,
    /// Drops what has expired.
    pub clean_up: Callback<()>,
    /// What the last clean-up that was asked for freed.
    pub cleaned: ReadSignal<Option<Cleaned>>,
}

/// Follows what the manager measures of itself.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_performance};
/// # fn rate() -> Result<impl IntoView, Missing> {
/// let performance = use_realtime_performance()?;
/// Ok(move || format!("{:.1}/s", performance.rates.get().updates_per_s))
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_performance() -> Result<UsePerformance, Missing> {
    let shared = Realtime::of_context()?;
    let (cleaned, set_cleaned) = signal(None);
    let traced = move |look: fn(&Trace) -> _| {
        Memo::new(move |_| {
            shared.now.track();
            shared.trace.try_with_value(look).unwrap_or_default()
        })
    };
    let asked = move |ask: fn(&Driver) -> u64| {
        Memo::new(move |_| {
            shared.now.track();
            shared.driver(ask).unwrap_or_default()
        })
    };
    Ok(UsePerformance {
        stats: Memo::new(move |_| {
            shared.now.track();
            shared.driver(Driver::stats).unwrap_or_default()
        }),
        rates: Memo::new(move |_| {
            shared.now.track();
            shared.trace.try_with_value(Trace::rates).unwrap_or_default()
        }),
        latency: Memo::new(move |_| {
            shared.now.track();
            shared.driver(|driver| driver.health().latency).flatten()
        }),
        end_to_end: Memo::new(move |_| {
            shared.now.track();
            shared.driver(|driver| driver.health().end_to_end).flatten()
        }),
        round_trips: traced(Trace::round_trips),
        data_ages: traced(Trace::data_ages),
        memory: asked(Driver::memory_estimate),
        budget: shared.driver(Driver::memory_budget).unwrap_or_default(),
        clean_up: Callback::new(move |()| {
            set_cleaned.set(shared.driver(Driver::clean_up));
            shared.changed();
        }),
        cleaned,
    })
}
