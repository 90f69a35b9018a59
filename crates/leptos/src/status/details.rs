//! The third depth: settings and diagnostics.

use leptos::prelude::*;

use super::controls::Interface;
use super::performance::{limits, performance};
use super::problems::{history, set_aside};
use super::report::copied_report;
use super::settings::settings;
use super::subscriptions::all_about;
use crate::i18n::{ProblemText, SettingsText, StatusText};

/// Settings on one side, diagnostics on the other.
pub(crate) fn details(all: Interface) -> AnyView {
    view! {
        <section
            class="status-details"
            id=all.details_id()
            data-testid="status-details"
            aria-label=all.t(StatusText::MoreOpen)
        >
            <div class="status-column">{settings(all)}</div>
            <div class="status-column">
                {part(all.t(SettingsText::Performance), performance(all))}
                {part(all.t(StatusText::Subscriptions), all_about(all))}
            </div>
            <div class="status-column">
                {part(all.t(ProblemText::History), history(all))}
                {part(all.t(ProblemText::SetAside), set_aside(all))}
                {part(all.t(SettingsText::Limits), limits(all))}
                {part(all.t(SettingsText::Report), copied_report(all))}
            </div>
        </section>
    }
    .into_any()
}

fn part(name: Signal<&'static str>, content: AnyView) -> AnyView {
    view! {
        <h3 class="status-subtitle">{name}</h3>
        {content}
    }
    .into_any()
}
