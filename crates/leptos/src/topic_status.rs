//! How a component stands with one topic: what its own mark is fed with.

use leptos::prelude::*;
use realtime_manager::{Instant, Options, Source, Status};
use realtime_protocol::Topic;
use realtime_web::Driver;

use crate::hooks::UseRealtimeOptions;
use crate::liveness::{Facts, Liveness, Wish, of_facts};
use crate::provider::{Missing, Realtime};
use crate::shared::Shared;
use crate::store::{HookId, TopicState};

/// One component's use of one topic.
#[derive(Debug, Clone, Copy)]
pub struct TopicStatus {
    /// What is held of the topic; `None` until it arrives.
    pub held: Memo<Option<TopicState>>,
    /// The first data are awaited.
    pub loading: Signal<bool>,
    /// The connection is there and the server sends the topic.
    pub connected: Memo<bool>,
    /// What is wrong with the topic, in the manager's words.
    pub error: Memo<Option<String>>,
    /// When the newest data arrived.
    pub last_updated: Memo<Option<Instant>>,
    /// How many updates the component was given.
    pub updates: Memo<u64>,
    /// How often something was wrong with the topic.
    pub errors: Memo<u64>,
    /// All of it in one word.
    pub liveness: Memo<Liveness>,
    /// The page's clock; ticks once a second and with the connection.
    pub now: Signal<Instant>,
    /// Asks the server for the whole state again, and opens the topic where the viewer had closed it.
    pub refresh: Callback<()>,
}

/// Follows `topic` while the current owner lives.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub(crate) fn follow(topic: Topic, options: &UseRealtimeOptions) -> Result<TopicStatus, Missing> {
    let shared = Realtime::of_context()?;
    let hook = shared.new_hook();
    let enabled = options.enabled;
    let closed = of_topic(&topic, move |topic| shared.closed.with(|closed| closed.contains_key(topic)));
    subscribe_while_wanted(shared, hook, topic.clone(), options, closed);

    let held = Memo::new(move |_| shared.store.with(|store| store.of_hook(hook).cloned()));
    let problems = of_topic(&topic, move |topic| problems_of(shared, topic));
    let connected = of_topic(&topic, move |topic| {
        shared.connection.track();
        shared.store.track();
        shared.driver(|driver| is_sent(driver, topic)).unwrap_or(false)
    });
    let arrived = Memo::new(move |_| held.with(|held| held.as_ref().map(|held| (held.at, held.updates > 1))));
    let error = Memo::new(move |_| problems.with(|(text, _)| text.clone()));
    let liveness = Memo::new(move |_| {
        shared.connection.track();
        let live_updates = shared.driver(|driver| driver.preferences().live_updates).unwrap_or(false);
        let wish = match (closed.get(), enabled.get() && live_updates) {
            (true, _) => Wish::Close,
            (false, true) => Wish::Follow,
            (false, false) => Wish::Pause,
        };
        let (status, by_http) = shared
            .driver(|driver| (driver.status(), driver.health().by_http))
            .unwrap_or((Status::Disconnected, false));
        let has_error = error.with(Option::is_some);
        of_facts(&Facts { now: shared.now.get(), wish, has_error, arrived: arrived.get(), status, by_http })
    });
    let refresh = Callback::new(move |()| {
        shared.closed.update(|closed| _ = closed.remove(&topic));
        shared.command(|driver| driver.refresh(&topic));
    });
    Ok(TopicStatus {
        held,
        loading: Signal::derive(move || liveness.get() == Liveness::Loading),
        connected,
        error,
        last_updated: Memo::new(move |_| arrived.get().map(|(at, _)| at)),
        updates: Memo::new(move |_| held.with(|held| held.as_ref().map_or(0, |held| held.updates))),
        errors: Memo::new(move |_| problems.with(|(_, count)| *count)),
        liveness,
        now: shared.now.into(),
        refresh,
    })
}

impl TopicStatus {
    /// The same where the component found something wrong with the data itself.
    pub(crate) fn with_error(self, found: Memo<Option<String>>) -> Self {
        let Self { error, errors, liveness, .. } = self;
        Self {
            error: Memo::new(move |_| error.get().or_else(|| found.get())),
            errors: Memo::new(move |_| errors.get() + u64::from(found.with(Option::is_some))),
            liveness: Memo::new(move |_| match liveness.get() {
                Liveness::Live | Liveness::Updating | Liveness::Stale { .. }
                    if found.with(Option::is_some) =>
                {
                    Liveness::Error
                }
                word => word,
            }),
            ..self
        }
    }
}

/// A memo about a topic, which is a long text to be shared by several.
fn of_topic<T: PartialEq + Send + Sync + 'static>(
    topic: &Topic,
    look: impl Fn(&Topic) -> T + Send + Sync + 'static,
) -> Memo<T> {
    let topic = topic.clone();
    Memo::new(move |_| look(&topic))
}

/// Subscribes at once where that is wanted, and follows the wishes from then on.
fn subscribe_while_wanted(
    shared: Shared,
    hook: HookId,
    topic: Topic,
    options: &UseRealtimeOptions,
    closed: Memo<bool>,
) {
    let UseRealtimeOptions { throttle, enabled, priority } = *options;
    let chosen = move || Options { throttle: throttle.get(), priority, ..Options::default() };
    let is_wanted = Memo::new(move |_| enabled.get() && !closed.get());
    let held = StoredValue::new(None);
    let act = move |topic: &Topic| {
        let (wanted, options) = (is_wanted.get(), chosen());
        match (wanted, held.get_value()) {
            (true, None) => held.set_value(shared.subscribe(hook, topic, options).map(|id| (id, options))),
            (true, Some((id, before))) if before != options => {
                shared.command(|driver| driver.set_options(id, options));
                held.set_value(Some((id, options)));
            }
            (false, Some((id, _))) => {
                shared.unsubscribe(id);
                held.set_value(None);
            }
            (true, Some(_)) | (false, None) => {}
        }
    };
    untrack(|| act(&topic));
    Effect::new(move |_| act(&topic));
    on_cleanup(move || {
        if let Some((id, _)) = held.try_get_value().flatten() {
            shared.unsubscribe(id);
        }
        shared.store.try_update_untracked(|store| store.forget(hook));
    });
}

/// What stands against a topic, and how often something ever did.
fn problems_of(shared: Shared, topic: &Topic) -> (Option<String>, u64) {
    shared.connection.track();
    let found = shared.driver(|driver| {
        let is_of = |source: &Source| matches!(source, Source::Topic(of) if of == topic);
        let current: Vec<_> =
            driver.problems().into_iter().filter(|problem| is_of(&problem.source)).collect();
        let past = driver.error_history();
        let past = past.iter().map(|past| &past.problem).filter(|problem| is_of(&problem.source));
        let count = current.iter().chain(past).map(|problem| problem.count).sum();
        (current.into_iter().next().map(|problem| problem.text), count)
    });
    found.unwrap_or_default()
}

fn is_sent(driver: &Driver, topic: &Topic) -> bool {
    driver.status() == Status::Connected
        && driver.subscriptions().iter().any(|info| info.topic == *topic && info.joined)
}
