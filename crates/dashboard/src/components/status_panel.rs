//! What stands behind the status: times, counters, subscriptions, and what can be done.

use leptos::prelude::*;
use realtime_leptos::i18n::{
    Lang, StatusText, UPDATE, ago, attempt, caught_up, countdown_seconds, counted, length, loss, word,
};
use realtime_manager::{Health, Status, SubscriptionInfo};

use super::locale::Locale;
use crate::live::Live;

/// The panel.
#[component]
pub(crate) fn StatusPanel(live: Live) -> impl IntoView {
    let locale = Locale::of_context();
    let status = live.connection.status;
    let health = live.connection.health;
    let facts = Memo::new(move |_| {
        let now = live.now.get();
        let since = health.with(|health| now.saturating_since(health.since));
        let updates = live.subscriptions.with(|all| all.iter().map(|info| info.updates).sum());
        let position = live.watermark.with(|mark| mark.as_ref().map(ToString::to_string));
        let lang = locale.lang();
        let mut facts = health.with(|health| facts(health, updates, lang));
        facts.insert(0, (StatusText::Since, length(since, lang)));
        facts.extend(
            live.loss.get().and_then(|reason| loss(reason, lang)).map(|words| (StatusText::LastError, words)),
        );
        facts.extend(position.map(|position| (StatusText::Position, position)));
        facts
    });
    let caught =
        move || health.with(|health| health.caught_up).map(|caught| caught_up(caught, locale.lang()));
    view! {
        <section class="panel" id="status-panel" data-testid="status-panel" aria-label=locale.t(StatusText::Connection)>
            <h2 class="panel-title">{move || locale.lang().t(word(status.get()))}</h2>
            {move || (status.get() == Status::Error).then(|| view! { <p class="panel-bad">{locale.t(StatusText::GaveUp)}</p> })}
            {move || caught().map(|text| view! { <p class="panel-good" data-testid="caught-up">{text}</p> })}
            <Actions live />
            <dl class="facts">
                <For each=move || facts.get() key=Clone::clone let((name, value))>
                    <dt>{locale.t(name)}</dt>
                    <dd>{value}</dd>
                </For>
            </dl>
            <h3 class="panel-subtitle">{locale.t(StatusText::Subscriptions)}</h3>
            <Subscriptions subscriptions=live.subscriptions />
        </section>
    }
}

#[component]
fn Actions(live: Live) -> impl IntoView {
    let locale = Locale::of_context();
    let connection = live.connection;
    let status = connection.status;
    let cannot_retry = move || !matches!(status.get(), Status::Reconnecting | Status::Error);
    view! {
        <div class="actions">
            <button
                type="button"
                class="action"
                data-testid="connect"
                disabled=move || status.get() != Status::Disconnected
                on:click=move |_| connection.connect.run(())
            >
                {locale.t(StatusText::Connect)}
            </button>
            <button
                type="button"
                class="action"
                data-testid="disconnect"
                disabled=move || status.get() == Status::Disconnected
                on:click=move |_| connection.disconnect.run(())
            >
                {locale.t(StatusText::Disconnect)}
            </button>
            <button
                type="button"
                class="action"
                data-testid="retry"
                disabled=cannot_retry
                on:click=move |_| connection.retry.run(())
            >
                {locale.t(StatusText::Retry)}
            </button>
        </div>
    }
}

#[component]
fn Subscriptions(subscriptions: Memo<Vec<SubscriptionInfo>>) -> impl IntoView {
    let locale = Locale::of_context();
    let topics = Memo::new(move |_| {
        subscriptions.with(|all| all.iter().map(|info| info.topic.to_string()).collect::<Vec<_>>())
    });
    view! {
        {move || topics.with(Vec::is_empty).then(|| view! { <p class="panel-empty">{locale.t(StatusText::NoSubscriptions)}</p> })}
        <ul class="subscriptions">
            <For each=move || topics.get() key=Clone::clone let(topic)>
                {
                    let name = topic.clone();
                    let updates = Memo::new(move |_| {
                        subscriptions.with(|all| {
                            all.iter().find(|info| info.topic.as_str() == name).map_or(0, |info| info.updates)
                        })
                    });
                    view! {
                        <li class="subscription" data-subscription=topic.clone() data-updates=move || updates.get().to_string()>
                            <span class="subscription-topic">{topic.clone()}</span>
                            <span>{move || counted(updates.get(), UPDATE, locale.lang())}</span>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

fn facts(health: &Health, updates: u64, lang: Lang) -> Vec<(StatusText, String)> {
    let mut facts = Vec::new();
    if health.status == Status::Reconnecting {
        facts.push((StatusText::Attempt, attempt(health.attempt, health.max_attempts, lang)));
        if let Some(left) = health.next_attempt_in {
            let seconds = std::time::Duration::from_secs(countdown_seconds(left));
            facts.push((StatusText::NextTry, length(seconds, lang)));
        }
    }
    facts.push((
        StatusText::Latency,
        health.latency.map_or_else(
            || lang.t(StatusText::NotMeasured).to_owned(),
            |latency| {
                let [last, median, p95] =
                    [latency.last, latency.median, latency.p95].map(|time| time.as_millis());
                format!("{last} ms (p50 {median}, p95 {p95}), {}", ago(latency.age, lang))
            },
        ),
    ));
    facts.push((
        StatusText::LastData,
        health.last_data_age.map_or_else(|| lang.t(StatusText::Never).to_owned(), |age| ago(age, lang)),
    ));
    facts.push((StatusText::Updates, updates.to_string()));
    facts
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use realtime_manager::{Instant, Latency};

    use super::*;

    fn health() -> Health {
        Health {
            status: Status::Connected,
            since: Instant(Duration::ZERO),
            last_connected: None,
            last_disconnected: None,
            uptime: None,
            attempt: 0,
            max_attempts: Some(5),
            next_attempt_in: None,
            latency: None,
            link: None,
            by_http: false,
            last_data_age: None,
            caught_up: None,
            last_error: None,
        }
    }

    #[test]
    fn a_latency_that_was_not_measured_is_not_a_number() {
        let shown = facts(&health(), 7, Lang::En);
        let expected = [
            (StatusText::Latency, "not measured yet"),
            (StatusText::LastData, "none yet"),
            (StatusText::Updates, "7"),
        ];
        assert_eq!(shown, expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_measured_latency_has_its_spread_and_age() {
        let millis = Duration::from_millis;
        let latency = Latency { last: millis(12), median: millis(11), p95: millis(40), age: millis(3_000) };
        let shown = facts(&Health { latency: Some(latency), ..health() }, 0, Lang::En);
        assert_eq!(shown[0].1, "12 ms (p50 11, p95 40), 3\u{a0}s ago");
    }

    #[test]
    fn a_reconnect_counts_down() {
        let waiting = Health {
            status: Status::Reconnecting,
            attempt: 1,
            next_attempt_in: Some(Duration::from_millis(900)),
            ..health()
        };
        let shown = facts(&waiting, 0, Lang::Ru);
        assert_eq!(shown[0], (StatusText::Attempt, "попытка 1 из 5".to_owned()));
        assert_eq!(shown[1], (StatusText::NextTry, "1\u{a0}с".to_owned()));
    }
}
