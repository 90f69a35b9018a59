//! What all depths share: the signals, and the few kinds of controls.

use leptos::prelude::*;
use realtime_manager::{Instant, Preferences, Reason, Theme};

use crate::i18n::{Lang, Words, said};
use crate::parts::{memo, pressed};
use crate::{UseConnection, UsePreferences, UseProblems, UseSubscriptions};

/// How much is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Mark,
    Panel,
    Details,
}

/// What every part reads and calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interface {
    /// Tells several indicators on a page apart.
    pub(crate) number: u32,
    pub(crate) lang: Signal<Lang>,
    pub(crate) now: Signal<Instant>,
    pub(crate) depth: RwSignal<Depth>,
    pub(crate) connection: UseConnection,
    pub(crate) subscriptions: UseSubscriptions,
    pub(crate) problems: UseProblems,
    pub(crate) preferences: UsePreferences,
    /// Why the link was last lost.
    pub(crate) loss: RwSignal<Option<Reason>>,
    pub(crate) on_look: Option<Callback<()>>,
    /// The theme in force, where the page says it.
    pub(crate) theme: Option<Signal<Theme>>,
}

impl Interface {
    /// `text` in the language of the moment.
    pub(crate) fn t(self, text: impl Words) -> Signal<&'static str> {
        said(self.lang, text)
    }

    pub(crate) fn panel_id(self) -> String {
        format!("status-panel-{}", self.number)
    }

    pub(crate) fn details_id(self) -> String {
        format!("status-details-{}", self.number)
    }

    /// One of the preferences.
    pub(crate) fn preferred<T: PartialEq + Send + Sync + 'static>(
        self,
        look: fn(&Preferences) -> T,
    ) -> Memo<Option<T>> {
        memo(move || self.preferences.preferences.with(|all| all.as_ref().map(look)))
    }

    /// A switch for one of the preferences.
    pub(crate) fn preference(
        self,
        test_id: Option<&'static str>,
        text: impl Words,
        look: fn(&Preferences) -> bool,
        set: fn(&mut Preferences, bool),
    ) -> AnyView {
        let is_on = self.preferred(look);
        let act = Callback::new(move |on| self.preferences.change(|all| set(all, on)));
        switch(self.t(text), test_id, Signal::derive(move || is_on.get() == Some(true)), act)
    }

    /// A button that does one thing.
    pub(crate) fn button(
        self,
        test_id: Option<&'static str>,
        text: impl Words,
        is_enabled: Signal<bool>,
        act: Callback<()>,
    ) -> AnyView {
        button(test_id, self.t(text), is_enabled, act)
    }
}

/// A button that does one thing.
pub(crate) fn button(
    test_id: Option<&'static str>,
    text: Signal<&'static str>,
    is_enabled: Signal<bool>,
    act: Callback<()>,
) -> AnyView {
    view! {
        <button
            type="button"
            class="status-action"
            data-testid=test_id
            disabled=Signal::derive(move || !is_enabled.get())
            on:click=pressed(move || act.run(()))
        >
            {text}
        </button>
    }
    .into_any()
}

/// Something that is on or off.
pub(crate) fn switch(
    text: Signal<&'static str>,
    test_id: Option<&'static str>,
    is_on: Signal<bool>,
    set: Callback<bool>,
) -> AnyView {
    view! {
        <label class="status-switch">
            <input
                type="checkbox"
                role="switch"
                data-testid=test_id
                prop:checked=is_on
                on:change=move |event| set.run(event_target_checked(&event))
            />
            <span>{text}</span>
        </label>
    }
    .into_any()
}

/// One of several; `options` are their values with their words.
pub(crate) fn choice(
    name: Signal<&'static str>,
    options: Vec<(String, Signal<String>)>,
    chosen: Signal<String>,
    set: Callback<String>,
) -> AnyView {
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let own = value.clone();
            view! {
                <option value=value prop:selected=Signal::derive(move || chosen.with(|chosen| *chosen == own))>
                    {text}
                </option>
            }
        })
        .collect_view();
    view! {
        <label class="status-choice">
            <span>{name}</span>
            <select on:change=move |event| set.run(event_target_value(&event))>{options}</select>
        </label>
    }
    .into_any()
}

/// A name with what it stands at, for a `<dl>`.
pub(crate) fn line(name: Signal<&'static str>, value: Signal<Option<String>>) -> AnyView {
    view! {
        <div class="status-line" class:status-absent=Signal::derive(move || value.with(Option::is_none))>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}
