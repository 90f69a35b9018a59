//! The form in which the viewer says how a lost connection is won back.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use realtime_manager::Recovery;

use super::controls::{Interface, switch};
use super::draft::{Draft, Field, Wrong};
use crate::i18n::SettingsText;
use crate::parts::steady;

/// What the form says below its buttons.
type Said = Option<Result<(), Wrong>>;

/// The form; what is wrong is named, and nothing is taken until all of it is right.
pub(crate) fn recovery(all: Interface) -> AnyView {
    let preferences = all.preferences;
    let chosen = all.preferred(|preferences| preferences.recovery.clone());
    let draft = RwSignal::new(Draft::of(&chosen.get_untracked().unwrap_or_default()));
    let said = RwSignal::new(Said::None);
    let apply = move |event: SubmitEvent| {
        event.prevent_default();
        let is_on = chosen.get_untracked().is_none_or(|recovery| recovery.auto_reconnect);
        let read = draft.with_untracked(|draft| draft.read(is_on));
        said.set(Some(read.as_ref().map(|_| ()).map_err(|wrong| *wrong)));
        if let Ok(recovery) = read {
            preferences.change(|all| all.recovery = recovery);
        }
    };
    let defaults = Callback::new(move |()| {
        draft.set(Draft::of(&Recovery::default()));
        said.set(None);
    });
    let unlimited = Signal::derive(move || draft.with(|draft| draft.unlimited));
    let jitter = Signal::derive(move || draft.with(|draft| draft.jitter));
    let is_bad = Signal::derive(move || matches!(said.get(), Some(Err(_))));
    let words = Signal::derive(move || {
        let text = match said.get()? {
            Ok(()) => SettingsText::Applied,
            Err(wrong) => wrong.text,
        };
        Some(all.lang.get().t(text))
    });
    let note = format!("status-recovery-{}", all.number);
    let fields = Field::ALL.map(|field| number(all, field, draft, said, note.clone())).collect_view();
    view! {
        <form class="status-form" on:submit=apply novalidate>
            {switch(
                all.t(SettingsText::Unlimited),
                None,
                unlimited,
                Callback::new(move |on| draft.update(|draft| draft.unlimited = on)),
            )}
            {fields}
            {switch(
                all.t(SettingsText::Jitter),
                None,
                jitter,
                Callback::new(move |on| draft.update(|draft| draft.jitter = on)),
            )}
            <div class="status-actions">
                <button type="submit" class="status-action">{all.t(SettingsText::Apply)}</button>
                {all.button(None, SettingsText::Defaults, Signal::stored(true), defaults)}
            </div>
            <p id=note role="status" class:status-bad=is_bad>{words}</p>
        </form>
    }
    .into_any()
}

fn number(
    all: Interface,
    field: Field,
    draft: RwSignal<Draft>,
    said: RwSignal<Said>,
    note: String,
) -> AnyView {
    let is_wrong = steady(move || matches!(said.get(), Some(Err(wrong)) if wrong.field == field));
    let invalid = Signal::derive(move || is_wrong.get().then_some("true"));
    let is_disabled = Signal::derive(move || field == Field::Retries && draft.with(|draft| draft.unlimited));
    let value = Signal::derive(move || draft.with(|draft| draft.text(field).to_owned()));
    let write = move |event| {
        let text = event_target_value(&event);
        draft.update(|draft| draft.set_text(field, text));
        said.set(None);
    };
    view! {
        <label class="status-choice">
            <span>{all.t(field.label())}</span>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                aria-describedby=note
                aria-invalid=invalid
                disabled=is_disabled
                prop:value=value
                on:input=write
            />
        </label>
    }
    .into_any()
}
