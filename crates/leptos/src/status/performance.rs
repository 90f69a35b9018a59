//! What the manager measures of itself, and what bounds it.

use leptos::prelude::*;
use realtime_manager::limits::{ACTIVITIES_MAX, ACTIVITY_AGE_MAX, SUBSCRIBERS_MAX, TOPICS_MAX};

use super::chart::chart;
use super::controls::{Interface, line};
use crate::i18n::{Lang, SettingsText, length, millis};
use crate::parts::steady;
use crate::{UsePerformance, use_draw_failures, use_realtime_performance};

/// Rates, round trips, memory and counters.
pub(crate) fn performance(all: Interface) -> AnyView {
    let Ok(measured) = use_realtime_performance() else { return ().into_any() };
    let Interface { lang, now, .. } = all;
    let lines = LINES
        .map(|(name, say)| line(all.t(name), steady(move || Some(say(measured, lang.get())))))
        .collect_view();
    let cleaned = Signal::derive(move || {
        measured.cleaned.get().map(|cleaned| freed(cleaned.entries, cleaned.bytes, lang.get()))
    });
    view! {
        {use_draw_failures().ok().map(|failures| failed(all, failures))}
        {chart(lang, all.t(SettingsText::DataAge), measured.data_ages, now)}
        <dl class="status-lines">{lines}</dl>
        <div class="status-actions">
            {all.button(None, SettingsText::CleanUp, Signal::stored(true), measured.clean_up)}
            <p role="status" class="status-muted">{cleaned}</p>
        </div>
    }
    .into_any()
}

/// How many parts of the page could not be drawn, once there was one.
fn failed(all: Interface, failures: ReadSignal<u64>) -> AnyView {
    let text = Signal::derive(move || {
        let count = Some(failures.get()).filter(|count| *count > 0)?;
        Some(format!("{}: {count}", all.lang.get().t(SettingsText::DrawFailures)))
    });
    view! { <p class="status-bad">{text}</p> }.into_any()
}

type Say = fn(UsePerformance, Lang) -> String;

const LINES: [(SettingsText, Say); 10] = [
    (SettingsText::Rate, |all, lang| tenths(all.rates.get().updates_per_s, lang)),
    (SettingsText::MessageRate, |all, lang| tenths(all.rates.get().messages_per_s, lang)),
    (SettingsText::ByteRate, |all, lang| tenths(all.rates.get().bytes_per_s / 1024.0, lang)),
    (SettingsText::Percentiles, |all, lang| match all.latency.get() {
        Some(latency) => format!("{} · {}", millis(latency.median, lang), millis(latency.p95, lang)),
        None => "–".to_owned(),
    }),
    (SettingsText::EndToEnd, |all, lang| match all.end_to_end.get() {
        Some(took) => format!("{} · {}", millis(took.median, lang), millis(took.p99, lang)),
        None => "–".to_owned(),
    }),
    (SettingsText::Events, |all, _| all.stats.get().updates.to_string()),
    (SettingsText::Messages, |all, _| all.stats.get().frames.to_string()),
    (SettingsText::Ratio, |all, lang| {
        let stats = all.stats.get();
        ratio(stats.updates, stats.frames, lang)
    }),
    (SettingsText::Reconnects, |all, _| all.stats.get().reconnects.to_string()),
    (SettingsText::Memory, |all, lang| memory(all.memory.get(), all.budget, lang)),
];

/// The limits that cut what is held and shown.
pub(crate) fn limits(all: Interface) -> AnyView {
    let lang = all.lang;
    let text = Signal::derive(move || {
        let (kept, topics, parts) = (ACTIVITIES_MAX, TOPICS_MAX, SUBSCRIBERS_MAX);
        let age = length(ACTIVITY_AGE_MAX, lang.get());
        match lang.get() {
            Lang::En => format!(
                "A feed keeps the newest {kept} entries, none longer than {age}. \
                 At most {topics} topics and {parts} subscribers."
            ),
            Lang::Ru => format!(
                "Лента хранит последние {kept} записей, не дольше {age}. \
                 Не больше {topics} подписок и {parts} подписчиков."
            ),
        }
    });
    view! { <p class="status-muted">{text}</p> }.into_any()
}

/// One digit after the point, without the tables that printing any float takes.
fn tenths(value: f64, lang: Lang) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a conversion of floats saturates, and rates are not negative"
    )]
    let tenths = (value * 10.0).round() as u64;
    with_tenths(tenths, lang)
}

fn with_tenths(tenths: u64, lang: Lang) -> String {
    let point = match lang {
        Lang::En => '.',
        Lang::Ru => ',',
    };
    format!("{}{point}{}", tenths / 10, tenths % 10)
}

fn ratio(updates: u64, messages: u64, lang: Lang) -> String {
    (updates * 10).checked_div(messages).map_or_else(|| "–".to_owned(), |ratio| with_tenths(ratio, lang))
}

/// `120 KB of 32 MB`.
pub(crate) fn memory(bytes: u64, budget: u64, lang: Lang) -> String {
    let (held, all) = (size(bytes, lang), size(budget, lang));
    match lang {
        Lang::En => format!("{held} of {all}"),
        Lang::Ru => format!("{held} из {all}"),
    }
}

/// Whole kilobytes, or whole megabytes of much.
fn size(bytes: u64, lang: Lang) -> String {
    let kilobytes = bytes.div_ceil(1024);
    let (count, en, ru) = match kilobytes.div_ceil(1024) {
        megabytes @ 10.. => (megabytes, "MB", "МБ"),
        _ => (kilobytes, "KB", "КБ"),
    };
    let unit = match lang {
        Lang::En => en,
        Lang::Ru => ru,
    };
    format!("{count}\u{a0}{unit}")
}

fn freed(entries: u64, bytes: u64, lang: Lang) -> String {
    let size = size(bytes, lang);
    match (lang, entries) {
        (Lang::En, 0) => "Nothing to let go.".to_owned(),
        (Lang::Ru, 0) => "Освобождать нечего.".to_owned(),
        (Lang::En, _) => format!("Let go: {entries} ({size})."),
        (Lang::Ru, _) => format!("Освобождено: {entries} ({size})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviour: B20 — broken by: messages divided by updates
    #[test]
    fn the_ratio_counts_updates_for_each_message_and_is_absent_before_the_first() {
        assert_eq!(ratio(25, 10, Lang::En), "2.5");
        assert_eq!(ratio(25, 10, Lang::Ru), "2,5");
        assert_eq!(ratio(0, 0, Lang::En), "–");
    }

    #[test]
    fn a_rate_has_one_digit_after_the_point() {
        let rates = [0.0, 0.04, 0.05, 199.96].map(|rate| tenths(rate, Lang::En));
        assert_eq!(rates, ["0.0", "0.0", "0.1", "200.0"]);
    }

    #[test]
    fn memory_is_told_with_its_budget_and_a_clean_up_with_what_it_freed() {
        assert_eq!(memory(1025, 9 << 20, Lang::En), "2\u{a0}KB of 9216\u{a0}KB");
        assert_eq!(memory(1024, 32 << 20, Lang::Ru), "1\u{a0}КБ из 32\u{a0}МБ");
        assert_eq!(freed(0, 0, Lang::En), "Nothing to let go.");
        assert_eq!(freed(3, 2000, Lang::Ru), "Освобождено: 3 (2\u{a0}КБ).");
    }
}
