//! The status in one line, and the button that opens its panel.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use realtime_leptos::i18n::{Lang, attempt, countdown_seconds, next_try, word};
use realtime_manager::{Health, Status};

use super::locale::Locale;
use super::status_panel::StatusPanel;
use crate::live::Live;

/// Indicator and panel.
#[component]
pub(crate) fn StatusIndicator(live: Live) -> impl IntoView {
    let locale = Locale::of_context();
    let open = RwSignal::new(false);
    let toggle: NodeRef<html::Button> = NodeRef::new();
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            open.set(false);
            if let Some(button) = toggle.get_untracked() {
                // An element that cannot take the focus leaves it where it is.
                drop(button.focus());
            }
        }
    };
    let health = live.connection.health;
    let status = live.connection.status;
    let sentence = Memo::new(move |_| health.with(|health| sentence(health, locale.lang())));
    let latency = move || {
        health.with(|health| health.latency.map(|latency| format!("{} ms", latency.last.as_millis())))
    };
    view! {
        <div class="status" on:keydown=on_key>
            <button
                type="button"
                class="status-toggle"
                data-testid="status-toggle"
                data-status=move || status.get().as_str()
                aria-expanded=move || open.get().to_string()
                aria-controls="status-panel"
                node_ref=toggle
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <svg class="status-shape" viewBox="0 0 12 12" aria-hidden="true">
                    <path d=move || shape(status.get()) />
                </svg>
                <span class="status-word">{sentence}</span>
                {move || latency().map(|latency| view! { <span class="status-latency">{latency}</span> })}
            </button>
            <Show when=move || open.get()>
                <StatusPanel live />
            </Show>
        </div>
    }
}

fn sentence(health: &Health, lang: Lang) -> String {
    let word = lang.t(word(health.status));
    match health.status {
        Status::Reconnecting => {
            let attempt = attempt(health.attempt, health.max_attempts, lang);
            match health.next_attempt_in {
                Some(left) => format!("{word}, {attempt}, {}", next_try(countdown_seconds(left), lang)),
                None => format!("{word}, {attempt}"),
            }
        }
        Status::Disconnected | Status::Connecting | Status::Connected | Status::Error => word.to_owned(),
    }
}

/// A shape of its own for each status, so that nobody needs its colour.
fn shape(status: Status) -> &'static str {
    match status {
        Status::Connected => "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1z",
        Status::Connecting => "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1zM6 3a3 3 0 1 1 0 6A3 3 0 1 1 6 3z",
        Status::Reconnecting => "M6 1l5.5 10H.5z",
        Status::Disconnected => "M1.5 1.5h9v9h-9z",
        Status::Error => "M2.5 1L6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5z",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use realtime_manager::Instant;

    use super::*;

    fn health(status: Status) -> Health {
        Health {
            status,
            since: Instant(Duration::ZERO),
            last_connected: None,
            last_disconnected: None,
            uptime: None,
            attempt: 2,
            max_attempts: Some(5),
            next_attempt_in: Some(Duration::from_millis(3_400)),
            latency: None,
            link: None,
            by_http: false,
            last_data_age: None,
            caught_up: None,
            last_error: None,
        }
    }

    #[test]
    fn a_reconnect_says_which_attempt_and_when_the_next_is() {
        let waiting = health(Status::Reconnecting);
        assert_eq!(sentence(&waiting, Lang::En), "Reconnecting, attempt 2 of 5, next try in 4 s");
        assert_eq!(sentence(&waiting, Lang::Ru), "Переподключение, попытка 2 из 5, следующая через 4 с");
        let trying = Health { next_attempt_in: None, ..waiting };
        assert_eq!(sentence(&trying, Lang::En), "Reconnecting, attempt 2 of 5");
    }

    #[test]
    fn each_status_has_a_word_and_a_shape_of_its_own() {
        let all = [
            Status::Disconnected,
            Status::Connecting,
            Status::Connected,
            Status::Reconnecting,
            Status::Error,
        ];
        for (index, status) in all.iter().enumerate() {
            for other in &all[..index] {
                assert_ne!(word(*status), word(*other));
                assert_ne!(shape(*status), shape(*other));
            }
        }
        assert_eq!(sentence(&health(Status::Connected), Lang::En), "Live");
    }
}
