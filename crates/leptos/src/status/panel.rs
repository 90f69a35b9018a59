//! The second depth: how it is, what is wrong, and what can be done.

use leptos::html;
use leptos::prelude::*;
use realtime_manager::Status;

use super::chart::chart;
use super::controls::{Depth, Interface, line, switch};
use super::details::details;
use super::facts::{FACTS, Known, fact};
use super::problems::current;
use super::subscriptions::summary;
use crate::i18n::{SettingsText, StatusText, caught_up, word};
use crate::parts::{drawn, memo, paragraph, pressed, shown, steady};
use crate::{use_realtime_performance, use_watermark};

/// The panel; `settings` is its button that opens the third depth.
pub(crate) fn panel(all: Interface, settings: NodeRef<html::Button>) -> AnyView {
    let Interface { lang, depth, connection, now, .. } = all;
    let (health, is_wanted) = (connection.health, connection.live);
    let title = steady(move || health.with(|health| lang.get().t(word(health, is_wanted.get()))));
    let is_deep = steady(move || depth.get() == Depth::Details);
    let caught =
        memo(move || health.with(|health| health.caught_up.filter(|_| health.status == Status::Connected)));
    let why = steady(move || match (is_wanted.get(), health.with(|health| health.by_http)) {
        (false, _) => Some(lang.get().t(StatusText::PausedWhy).to_owned()),
        (true, true) => Some(lang.get().t(StatusText::ByHttpWhy).to_owned()),
        (true, false) => None,
    });
    let flip =
        pressed(move || depth.set(if is_deep.get_untracked() { Depth::Panel } else { Depth::Details }));
    let round_trips = use_realtime_performance()
        .map(|performance| chart(lang, all.t(SettingsText::RoundTrips), performance.round_trips, now));
    view! {
        <div
            class="status-panel"
            class:status-deep=is_deep
            id=all.panel_id()
            role="dialog"
            aria-label=all.t(StatusText::Connection)
            data-testid="status-panel"
            tabindex="-1"
        >
            <div class="status-facts">
                <div class="status-head">
                    <h2 class="status-title">{title}</h2>
                    <button type="button" class="status-close" aria-label=all.t(StatusText::Close) on:click=pressed(move || depth.set(Depth::Mark))>
                        <span aria-hidden="true">"×"</span>
                    </button>
                </div>
                {paragraph("status-why", why)}
                {drawn(move || match caught.get() {
                    Some(caught) => good(caught_up(caught, lang.get())),
                    None => ().into_any(),
                })}
                {current(all)}
                {actions(all)}
                {switch(all.t(StatusText::LiveUpdates), Some("live-toggle"), is_wanted.into(), connection.set_live)}
                {facts(all)}
                {round_trips.ok()}
                <h3 class="status-subtitle">{all.t(StatusText::Subscriptions)}</h3>
                {summary(all)}
                <button
                    type="button"
                    class="status-action status-more"
                    data-testid="status-settings"
                    aria-expanded=Signal::derive(move || is_deep.get().to_string())
                    aria-controls=all.details_id()
                    node_ref=settings
                    on:click=flip
                >
                    {all.t(StatusText::MoreOpen)}
                </button>
            </div>
            {shown(is_deep, move || details(all))}
        </div>
    }
    .into_any()
}

fn good(text: String) -> AnyView {
    view! { <p class="status-good" data-testid="caught-up">{text}</p> }.into_any()
}

fn actions(all: Interface) -> AnyView {
    let connection = all.connection;
    let status = connection.status;
    let when = move |is_so: fn(Status) -> bool| Signal::derive(move || is_so(status.get()));
    let is_away = Signal::derive(move || status.get() == Status::Disconnected && connection.live.get());
    view! {
        <div class="status-actions">
            {all.button(
                Some("retry"),
                StatusText::Retry,
                when(|status| matches!(status, Status::Reconnecting | Status::Error)),
                connection.retry,
            )}
            {all.button(
                Some("stop"),
                StatusText::Stop,
                when(|status| matches!(status, Status::Reconnecting)),
                connection.stop,
            )}
            {all.button(Some("connect"), StatusText::Connect, is_away, connection.connect)}
            {all.button(
                Some("disconnect"),
                StatusText::Disconnect,
                when(|status| status != Status::Disconnected),
                connection.disconnect,
            )}
        </div>
    }
    .into_any()
}

fn facts(all: Interface) -> AnyView {
    let Interface { lang, now, connection, subscriptions, .. } = all;
    let mark = use_watermark().ok();
    let lines = FACTS
        .map(|name| {
            let value = steady(move || {
                let position = mark.and_then(|mark| mark.with(|mark| mark.as_ref().map(ToString::to_string)));
                connection.health.with(|health| {
                    let updates = subscriptions.total.get();
                    let known = Known { health, now: now.get(), updates, position: position.as_deref() };
                    fact(name, known, lang.get())
                })
            });
            line(all.t(name.label()), value)
        })
        .collect_view();
    view! { <dl class="status-lines">{lines}</dl> }.into_any()
}
