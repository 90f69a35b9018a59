//! A report for whoever runs the server: plain English text without what the messages held.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlDocument;
use realtime_manager::{Health, Instant, Preferences, Problem, Stats, SubscriptionInfo};

use super::controls::Interface;
use super::performance::memory;
use crate::i18n::{Lang, SettingsText};
use crate::{UsePerformance, use_realtime_performance};

/// What a report is made of.
#[derive(Debug, Clone)]
struct Facts {
    now: Instant,
    health: Health,
    stats: Stats,
    memory: u64,
    budget: u64,
    position: Option<String>,
    subscriptions: Vec<SubscriptionInfo>,
    problems: Vec<Problem>,
    history: Vec<Problem>,
    set_aside: Vec<String>,
    preferences: Option<Preferences>,
}

impl Facts {
    fn of(all: Interface, measured: UsePerformance) -> Self {
        let position = crate::use_watermark().ok().and_then(|mark| mark.get_untracked());
        Self {
            now: all.now.get_untracked(),
            health: all.connection.health.get_untracked(),
            stats: measured.stats.get_untracked(),
            memory: measured.memory.get_untracked(),
            budget: measured.budget,
            position: position.map(|position| position.to_string()),
            subscriptions: all.subscriptions.list.get_untracked(),
            problems: all.problems.current.get_untracked(),
            history: all.problems.history.get_untracked().into_iter().map(|past| past.problem).collect(),
            set_aside: all.problems.set_aside.with_untracked(|kept| {
                kept.iter()
                    .map(|each| format!("{} ({}, {} bytes)", each.fault, each.detail, each.bytes))
                    .collect()
            }),
            preferences: all.preferences.preferences.get_untracked(),
        }
    }

    fn report(&self) -> String {
        let Self { now, health, stats, .. } = self;
        let seconds = |at: Instant| now.saturating_since(at).as_secs();
        let mut lines = vec![
            format!("status: {} for {} s, attempt {}", health.status, seconds(health.since), health.attempt),
            format!("position: {}", self.position.as_deref().unwrap_or("none")),
            match health.latency {
                Some(all) => format!(
                    "round trip: {} ms, p50 {} ms, p95 {} ms",
                    all.last.as_millis(),
                    all.median.as_millis(),
                    all.p95.as_millis()
                ),
                None => "round trip: not measured".to_owned(),
            },
            match health.end_to_end {
                Some(took) => format!(
                    "event to page: p50 {} ms, p99 {} ms",
                    took.median.as_millis(),
                    took.p99.as_millis()
                ),
                None => "event to page: not measured".to_owned(),
            },
            format!("memory: {}", memory(self.memory, self.budget, Lang::En).replace('\u{a0}', " ")),
            format!(
                "counted: {} updates, {} messages, {} bytes, {} reconnects, {} resets, {} set aside",
                stats.updates, stats.frames, stats.bytes, stats.reconnects, stats.resets, stats.malformed
            ),
        ];
        lines.extend(self.preferences.as_ref().map(|all| {
            format!(
                "live updates {}, auto-reconnect {}, display mode {}",
                all.live_updates, all.recovery.auto_reconnect, all.display_mode
            )
        }));
        lines.extend(self.subscriptions.iter().map(|info| {
            format!(
                "subscription: {}, {} updates, every {} ms, joined {}",
                info.topic, info.updates, info.throttle_ms, info.joined
            )
        }));
        let problem = |name: &str, all: &Problem| {
            format!(
                "{name}: {} of {}, {} s ago, {} times: {}",
                all.kind.as_str(),
                all.source,
                seconds(all.since),
                all.count,
                all.text
            )
        };
        lines.extend(self.problems.iter().map(|all| problem("problem", all)));
        lines.extend(self.history.iter().map(|all| problem("past problem", all)));
        lines.extend(self.set_aside.iter().map(|text| format!("set aside: {text}")));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// The report and a button that copies it.
///
/// The clipboard of the browser is there only on secure pages; a hall's page is often none. A selected
/// text can be copied on any.
pub(crate) fn copied_report(all: Interface) -> AnyView {
    let Ok(measured) = use_realtime_performance() else { return ().into_any() };
    let shown = RwSignal::new(Facts::of(all, measured).report());
    let copied = RwSignal::new(None);
    let area: NodeRef<html::Textarea> = NodeRef::new();
    let owner = Owner::current();
    let copy = Callback::new(move |()| {
        let report = owner.as_ref().map(|owner| owner.with(|| Facts::of(all, measured).report()));
        let Some((report, area)) = report.zip(area.get_untracked()) else { return };
        area.set_value(&report);
        shown.set(report);
        area.select();
        let page = document().dyn_into::<HtmlDocument>().ok();
        copied.set(Some(page.is_some_and(|page| page.exec_command("copy").unwrap_or(false))));
    });
    let text = Signal::derive(move || shown.get());
    let words = Signal::derive(move || {
        let text = if copied.get()? { SettingsText::Copied } else { SettingsText::NotCopied };
        Some(all.lang.get().t(text))
    });
    view! {
        <textarea
            class="status-report"
            readonly
            rows="6"
            aria-label=all.t(SettingsText::Report)
            node_ref=area
            prop:value=text
        ></textarea>
        <div class="status-actions">
            {all.button(None, SettingsText::CopyReport, Signal::stored(true), copy)}
            <p role="status">
                {words}
            </p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use realtime_manager::{Circuit, EndToEnd, Latency, Status};
    use realtime_protocol::Topic;

    use super::*;

    #[test]
    fn a_report_says_how_it_stands_without_what_the_messages_held() {
        let ms = Duration::from_millis;
        let latency = Latency { last: ms(12), median: ms(11), p95: ms(40), age: ms(3_000) };
        let facts = Facts {
            now: Instant(Duration::from_secs(90)),
            health: Health {
                status: Status::Connected,
                latency: Some(latency),
                end_to_end: Some(EndToEnd { median: ms(510), p99: ms(1_020) }),
                ..Health::default()
            },
            stats: Stats { updates: 7, frames: 5, bytes: 900, ..Stats::default() },
            memory: 2048,
            budget: 4096,
            position: Some("e-9".to_owned()),
            subscriptions: vec![SubscriptionInfo {
                topic: Topic::view("metrics").unwrap(),
                subscribers: 1,
                updates: 7,
                last_update: None,
                throttle_ms: 1000,
                joined: true,
                circuit: Circuit::Closed,
            }],
            problems: Vec::new(),
            history: Vec::new(),
            set_aside: vec!["no frame (expected `[`, 12 bytes)".to_owned()],
            preferences: None,
        };
        let expected = "status: connected for 90 s, attempt 0
position: e-9
round trip: 12 ms, p50 11 ms, p95 40 ms
event to page: p50 510 ms, p99 1020 ms
memory: 2 KB of 4 KB
counted: 7 updates, 5 messages, 900 bytes, 0 reconnects, 0 resets, 0 set aside
subscription: view:metrics, 7 updates, every 1000 ms, joined true
set aside: no frame (expected `[`, 12 bytes)
";
        assert_eq!(facts.report(), expected);
    }
}
