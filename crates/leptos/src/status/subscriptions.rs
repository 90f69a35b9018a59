//! What is subscribed: in the panel what and how much, in the details everything about it.

use leptos::prelude::*;
use realtime_manager::{Circuit, SubscriptionInfo};
use realtime_protocol::Topic;

use super::controls::{Interface, line};
use crate::i18n::{SettingsText, StatusText, UPDATE, ago, counted, length, millis};
use crate::parts::{memo, rows, shown};

/// Each topic with its updates.
pub(crate) fn summary(all: Interface) -> AnyView {
    let Interface { lang, .. } = all;
    let list = all.subscriptions.list;
    let topics = topics_of(list);
    let none = all.t(StatusText::NoSubscriptions);
    let row = move |topic: Topic| {
        let name = topic.to_string();
        let updates = about(list, topic, |info| info.updates);
        let updates = move || updates.get().unwrap_or_default();
        let count = Signal::derive(move || updates().to_string());
        let words = Signal::derive(move || counted(updates(), UPDATE, lang.get()));
        view! {
            <li class="status-row" data-subscription=name.clone() data-updates=count>
                <span class="status-topic">{name.clone()}</span>
                <span class="status-muted">{words}</span>
            </li>
        }
        .into_any()
    };
    view! {
        {shown(
            Signal::derive(move || topics.with(Vec::is_empty)),
            move || view! { <p class="status-muted">{none}</p> }.into_any(),
        )}
        <ul class="status-list">{rows(move || topics.get(), Topic::clone, row)}</ul>
    }
    .into_any()
}

/// Each topic with all that is known of it and a button to close it; those that were closed with one to
/// open them.
pub(crate) fn all_about(all: Interface) -> AnyView {
    let topics = topics_of(all.subscriptions.list);
    let subscriptions = all.subscriptions;
    let has_some = Signal::derive(move || !topics.with(Vec::is_empty));
    view! {
        <ul class="status-cards">
            {rows(move || topics.get(), Topic::clone, move |topic| followed(all, topic))}
            {rows(move || subscriptions.closed.get(), Topic::clone, move |topic| closed(all, topic))}
        </ul>
        {all.button(None, SettingsText::CloseAll, has_some, subscriptions.close_all)}
    }
    .into_any()
}

fn followed(all: Interface, topic: Topic) -> AnyView {
    let Interface { lang, now, subscriptions, .. } = all;
    let list = subscriptions.list;
    let query = topic.query().to_owned();
    let name = topic.as_str().split('?').next().unwrap_or_default().to_owned();
    let (own, close) = (topic.clone(), topic.clone());
    let say = move |look: fn(&SubscriptionInfo, Interface) -> String| {
        Signal::from(about(list, topic.clone(), move |info| look(info, all)))
    };
    let since = Signal::derive(move || {
        let since = subscriptions.since.with(|since| since.get(&own).copied())?;
        Some(length(now.get().saturating_since(since), lang.get()))
    });
    let filter = Signal::derive(move || {
        Some(if query.is_empty() { lang.get().t(SettingsText::NoFilter).to_owned() } else { query.clone() })
    });
    let last = |info: &SubscriptionInfo, all: Interface| match info.last_update {
        Some(at) => ago(all.now.get().saturating_since(at), all.lang.get()),
        None => all.lang.get().t(StatusText::Never).to_owned(),
    };
    view! {
        <li class="status-card">
            <p class="status-topic">{name}</p>
            <dl class="status-lines">
                {line(all.t(SettingsText::Circuit), say(state))}
                {line(all.t(SettingsText::Filter), filter)}
                {line(all.t(SettingsText::FollowedFor), since)}
                {line(all.t(SettingsText::LastUpdate), say(last))}
                {line(all.t(StatusText::Updates), say(|info, _| info.updates.to_string()))}
                {line(all.t(SettingsText::Throttle), say(|info, all| interval(info.throttle_ms, all)))}
                {line(all.t(SettingsText::Subscribers), say(|info, _| info.subscribers.to_string()))}
            </dl>
            {all.button(
                None,
                SettingsText::CloseOne,
                Signal::stored(true),
                Callback::new(move |()| subscriptions.close.run(close.clone())),
            )}
        </li>
    }
    .into_any()
}

fn closed(all: Interface, topic: Topic) -> AnyView {
    let name = topic.to_string();
    let reopen = all.subscriptions.reopen;
    view! {
        <li class="status-card">
            <p class="status-topic">{name}</p>
            <p class="status-muted">{all.t(SettingsText::ClosedByYou)}</p>
            {all.button(
                None,
                SettingsText::Reopen,
                Signal::stored(true),
                Callback::new(move |()| reopen.run(topic.clone())),
            )}
        </li>
    }
    .into_any()
}

/// Whether the server sends it, and if not, why.
fn state(info: &SubscriptionInfo, all: Interface) -> String {
    let lang = all.lang.get();
    let text = match info.circuit {
        Circuit::Closed if info.joined => SettingsText::Joined,
        Circuit::Closed => SettingsText::Waiting,
        Circuit::HalfOpen => SettingsText::Probing,
        Circuit::Open { until } => {
            let left = length(until.saturating_since(all.now.get()), lang);
            return format!("{}, {left}", lang.t(SettingsText::LeftAlone));
        }
    };
    lang.t(text).to_owned()
}

fn interval(ms: u32, all: Interface) -> String {
    let lang = all.lang.get();
    match ms {
        0 => lang.t(SettingsText::AtOnce).to_owned(),
        ms => interval_words(ms, lang),
    }
}

/// `250 ms`, `5 s`, `1 min`.
pub(crate) fn interval_words(ms: u32, lang: crate::Lang) -> String {
    let interval = std::time::Duration::from_millis(u64::from(ms));
    if ms < 1000 { millis(interval, lang) } else { length(interval, lang) }
}

fn topics_of(list: Memo<Vec<SubscriptionInfo>>) -> Memo<Vec<Topic>> {
    memo(move || list.with(|list| list.iter().map(|info| info.topic.clone()).collect()))
}

/// Something of one topic; absent once nobody subscribes to it.
fn about<T: PartialEq + Send + Sync + 'static>(
    list: Memo<Vec<SubscriptionInfo>>,
    topic: Topic,
    look: impl Fn(&SubscriptionInfo) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    memo(move || list.with(|list| list.iter().find(|info| info.topic == topic).map(&look)))
}
