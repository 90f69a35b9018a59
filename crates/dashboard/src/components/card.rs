//! One figure: its value, its kind, its age.

use leptos::prelude::*;
use realtime_leptos::i18n::{Lang, ago, as_of, updated};
use realtime_leptos::parts::rows;
use realtime_leptos::{ComponentStatus, LiveFrame, TopicStatus};
use realtime_manager::Status;

use super::locale::Locale;
use crate::browser;
use crate::figures::{Figure, RatingKind, Reading};
use crate::format::{integer, thousandths};
use crate::hooks::UseDashboardMetrics;
use crate::i18n::{Text, mean_of};

/// A card.
#[component]
pub(crate) fn Card(figure: Figure, metrics: UseDashboardMetrics, status: Memo<Status>) -> impl IntoView {
    let locale = Locale::of_context();
    let (reading, held) = (metrics.figure(figure), metrics.status);
    let note = Signal::derive(move || reading.get().and_then(|reading| kind_note(reading, locale.lang())));
    let value = Signal::derive(move || reading.get().map(|reading| reading.value().to_string()));
    // A new element for each value: that is what starts its flash.
    let number =
        move || rows(move || vec![reading.get()], Option::clone, move |reading| number(reading, locale));
    let age = Signal::derive(move || age(held, status.get(), locale.lang()));
    let title = Signal::derive(move || locale.lang().t(label(figure)).to_owned());
    view! {
        <article
            class="card"
            data-figure=figure.name()
            data-value=value
        >
            <div class="card-head">
                <h2 class="card-label">{title}</h2>
                <ComponentStatus topics=vec![held] />
            </div>
            <LiveFrame topics=vec![held] title note=age>
                <p class="card-value">{number()}</p>
                <p class="card-note">{note}</p>
            </LiveFrame>
        </article>
    }
}

fn number(reading: Option<Reading>, locale: Locale) -> AnyView {
    let text = Signal::derive(move || shown(reading, locale.lang()));
    view! { <span class="card-number" class:card-none=reading.is_none()>{text}</span> }.into_any()
}

fn label(figure: Figure) -> Text {
    match figure {
        Figure::Players => Text::Players,
        Figure::TournamentsRunning => Text::TournamentsRunning,
        Figure::Games => Text::Games,
        Figure::Rating => Text::Rating,
    }
}

fn shown(reading: Option<Reading>, lang: Lang) -> String {
    match reading {
        None => lang.t(Text::NoData).to_owned(),
        Some(Reading::Count(count)) => integer(count, lang),
        Some(Reading::Rating { mean_milli, .. }) => thousandths(mean_milli, lang),
    }
}

fn kind_note(reading: Reading, lang: Lang) -> Option<String> {
    match reading {
        Reading::Count(_) => None,
        Reading::Rating { kind, n, .. } => {
            let kind = match kind {
                RatingKind::Local => Text::RatingLocal,
                RatingKind::Elo => Text::RatingElo,
            };
            Some(format!("{} · {}", lang.t(kind), mean_of(n, lang)))
        }
    }
}

/// With a live link how old the figures are, without one of when they are.
fn age(held: TopicStatus, status: Status, lang: Lang) -> Option<String> {
    let at = held.held.with(|held| held.as_ref().map(|held| held.at))?;
    let age = held.now.get().saturating_since(at);
    match status {
        Status::Connected => Some(updated(&ago(age, lang), lang)),
        Status::Disconnected | Status::Connecting | Status::Reconnecting | Status::Error => {
            let millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            let local = browser::local(browser::wall_ms().saturating_sub(millis));
            Some(as_of(&local.clock(), lang))
        }
    }
}
