//! What the viewer chooses, for this visit and the next.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::{Notification, Theme};
use realtime_protocol::ThrottleClass;

use super::controls::{Interface, choice, switch};
use super::recovery::recovery;
use super::subscriptions::interval_words;
use crate::i18n::{Lang, SettingsText, notification_text};

/// All settings.
pub(crate) fn settings(all: Interface) -> AnyView {
    view! {
        <h3 class="status-subtitle">{all.t(SettingsText::Recovery)}</h3>
        {all.preference(
            Some("auto-reconnect-toggle"),
            SettingsText::AutoReconnect,
            |all| all.recovery.auto_reconnect,
            |all, on| all.recovery.auto_reconnect = on,
        )}
        {recovery(all)}
        <h3 class="status-subtitle">{all.t(SettingsText::Notifications)}</h3>
        {notifications(all)}
        <h3 class="status-subtitle">{all.t(SettingsText::Look)}</h3>
        {interval(all)}
        {look(all)}
    }
    .into_any()
}

fn notifications(all: Interface) -> AnyView {
    let each = Notification::ALL
        .map(|kind| {
            let preferences = all.preferences;
            let is_on = Signal::derive(move || {
                preferences.preferences.with(|all| all.as_ref().is_some_and(|all| !all.muted.contains(&kind)))
            });
            let set = Callback::new(move |on| {
                preferences.change(|all| {
                    _ = if on { all.muted.remove(&kind) } else { all.muted.insert(kind) };
                });
            });
            switch(all.t(notification_text(kind)), None, is_on, set)
        })
        .collect_view();
    view! {
        {all.preference(
            Some("notifications-toggle"),
            SettingsText::Notifications,
            |all| all.muted.len() < Notification::ALL.len(),
            |all, on| all.muted = if on { BTreeSet::new() } else { Notification::ALL.into() },
        )}
        <div class="status-kinds">{each}</div>
    }
    .into_any()
}

fn interval(all: Interface) -> AnyView {
    let Interface { lang, preferences, .. } = all;
    let word = move |text: SettingsText| Signal::derive(move || lang.get().t(text).to_owned());
    let classes = ThrottleClass::ALL_MS.map(|ms| {
        let text = if ms == 0 {
            word(SettingsText::AtOnce)
        } else {
            Signal::derive(move || interval_words(ms, lang.get()))
        };
        (ms.to_string(), text)
    });
    let none = (String::new(), word(SettingsText::ByComponent));
    let chosen = all.preferred(|all| all.update_interval);
    let chosen = Signal::derive(move || {
        chosen.get().flatten().map(|interval| interval.as_millis().to_string()).unwrap_or_default()
    });
    let set = Callback::new(move |value: String| {
        preferences.change(|all| all.update_interval = value.parse().ok().map(Duration::from_millis));
    });
    choice(all.t(SettingsText::Interval), [none].into_iter().chain(classes).collect(), chosen, set)
}

fn look(all: Interface) -> AnyView {
    let Interface { lang, preferences, on_look, .. } = all;
    let word = move |text: SettingsText| Signal::derive(move || lang.get().t(text).to_owned());
    let own_word = |text: &str| Signal::stored(text.to_owned());
    let languages = vec![
        (Lang::En.tag().to_owned(), own_word("English")),
        (Lang::Ru.tag().to_owned(), own_word("Русский")),
    ];
    let themes = vec![
        (Theme::Dark.as_str().to_owned(), word(SettingsText::Dark)),
        (Theme::Light.as_str().to_owned(), word(SettingsText::Light)),
    ];
    let preferred = all.preferred(|all| all.theme);
    let theme = move || all.theme.map_or_else(|| preferred.get().unwrap_or_default(), |theme| theme.get());
    let before = move || {
        if let Some(on_look) = on_look {
            on_look.run(());
        }
    };
    let set_language = Callback::new(move |tag: String| {
        before();
        preferences.change(|all| all.language = Some(tag));
    });
    let set_theme = Callback::new(move |word: String| {
        before();
        preferences.change(|all| all.theme = Theme::of_word(&word).unwrap_or_default());
    });
    view! {
        {choice(
            all.t(SettingsText::Language),
            languages,
            Signal::derive(move || lang.get().tag().to_owned()),
            set_language,
        )}
        {choice(
            all.t(SettingsText::Theme),
            themes,
            Signal::derive(move || theme().as_str().to_owned()),
            set_theme,
        )}
        {helped(all.t(SettingsText::DisplayHelp), all.preference(
            None,
            SettingsText::Display,
            |all| all.display_mode,
            |all, on| all.display_mode = on,
        ))}
        {all.preference(
            None,
            SettingsText::Motion,
            |all| all.reduced_motion,
            |all, on| all.reduced_motion = on,
        )}
    }
    .into_any()
}

fn helped(help: Signal<&'static str>, control: AnyView) -> AnyView {
    view! {
        <div>
            {control}
            <p class="status-muted">{help}</p>
        </div>
    }
    .into_any()
}
