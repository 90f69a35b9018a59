//! What a hook gives, as a list of names and values.

use leptos::prelude::*;
use realtime_leptos::TopicStatus;

/// One line; the value follows its signals.
pub(crate) type Fact = (&'static str, Signal<String>);

/// A line from whatever can be shown as a developer sees it.
pub(crate) fn fact<T: std::fmt::Debug>(
    name: &'static str,
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Fact {
    (name, Signal::derive(move || format!("{:?}", value())))
}

/// The list.
pub(crate) fn list(facts: impl IntoIterator<Item = Fact>) -> AnyView {
    let lines = facts.into_iter().map(|(name, value)| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
    });
    view! { <dl class="gallery-facts">{lines.collect_view()}</dl> }.into_any()
}

/// A hook that has no provider says so instead.
pub(crate) fn or_missing<T>(
    hook: Result<T, realtime_leptos::Missing>,
    show: impl FnOnce(T) -> AnyView,
) -> AnyView {
    match hook {
        Ok(hook) => show(hook),
        Err(missing) => view! { <p class="failure">{missing.to_string()}</p> }.into_any(),
    }
}

/// What every hook of a topic gives beside its data.
pub(crate) fn of_topic(topic: TopicStatus) -> [Fact; 7] {
    [
        fact("liveness", move || topic.liveness.get()),
        fact("loading", move || topic.loading.get()),
        fact("connected", move || topic.connected.get()),
        fact("error", move || topic.error.get()),
        fact("last_updated", move || topic.last_updated.get().map(|at| at.0)),
        fact("updates", move || topic.updates.get()),
        fact("errors", move || topic.errors.get()),
    ]
}
