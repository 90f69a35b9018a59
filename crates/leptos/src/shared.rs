//! The signals of one driver: written by its events, read by the hooks.

use std::sync::Arc;

use leptos::prelude::*;
use realtime_manager::{Delivery, Event, Instant, Options, RowsUpdate, SubscriptionId, Table};
use realtime_protocol::{Position, Topic};
use realtime_web::Driver;

use crate::notices::Notices;
use crate::store::{Given, HookId, Store};
use crate::trace::{Sample, Trace};

/// What the hooks share; a handle, as cheap to copy as a signal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared {
    /// Absent only while it is made.
    driver: StoredValue<Option<Driver>, LocalStorage>,
    /// Written once for each tick of data.
    pub(crate) store: RwSignal<Store>,
    /// Counts what happened to the connection, its topics, problems and preferences.
    pub(crate) connection: RwSignal<u64>,
    /// Ticks once a second and with the connection.
    pub(crate) now: RwSignal<Instant>,
    /// Topics that the viewer closed in the list of subscriptions.
    pub(crate) closed: RwSignal<Table<Topic, ()>>,
    /// What was measured in the last minutes.
    pub(crate) trace: StoredValue<Trace>,
    /// What the viewer is told.
    pub(crate) notices: RwSignal<Notices>,
    /// How many times a part of the page could not be drawn.
    pub(crate) draw_failures: RwSignal<u64>,
    listeners: StoredValue<Listeners>,
    hooks: StoredValue<Hooks>,
}

/// Which hook is given what.
#[derive(Debug, Default)]
struct Hooks {
    made: u64,
    of: Table<SubscriptionId, (HookId, Topic)>,
}

impl Hooks {
    fn of_topic(&self, topic: &Topic) -> Vec<HookId> {
        self.of.values().filter(|(_, of)| of == topic).map(|(hook, _)| *hook).collect()
    }
}

/// Who wants each event, in order of coming.
#[derive(Debug, Clone, Default)]
struct Listeners(Vec<(u64, Callback<Arc<Event>>)>);

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            driver: StoredValue::new_local(None),
            store: RwSignal::default(),
            connection: RwSignal::default(),
            now: RwSignal::default(),
            closed: RwSignal::default(),
            trace: StoredValue::default(),
            notices: RwSignal::default(),
            draw_failures: RwSignal::default(),
            listeners: StoredValue::default(),
            hooks: StoredValue::default(),
        }
    }

    /// Takes the driver and connects it.
    pub(crate) fn begin(self, driver: &Driver) {
        self.now.set(driver.now());
        self.notices.set(Notices::new(&driver.preferences()));
        self.driver.set_value(Some(driver.clone()));
        driver.connect();
    }

    /// What `ask` finds out from the driver; nothing once it has ended.
    pub(crate) fn driver<T>(self, ask: impl FnOnce(&Driver) -> T) -> Option<T> {
        // A copy, because what is asked may call back into here.
        let driver = self.driver.try_get_value().flatten()?;
        Some(ask(&driver))
    }

    /// What changes with the connection only.
    pub(crate) fn look<T: Default + PartialEq + Send + Sync + 'static>(
        self,
        ask: fn(&Driver) -> T,
    ) -> Memo<T> {
        Memo::new(move |_| {
            self.connection.track();
            self.driver(ask).unwrap_or_default()
        })
    }

    /// A command of the viewer; what it changes is seen at once.
    pub(crate) fn command(self, act: impl FnOnce(&Driver)) {
        self.driver(act);
        self.changed();
    }

    pub(crate) fn changed(self) {
        if let Some(now) = self.driver(Driver::now) {
            self.now.set(now);
            self.connection.update(|count| *count = count.wrapping_add(1));
        }
    }

    /// Once a second.
    pub(crate) fn tick(self) {
        let Some(sample) = self.driver(Sample::of) else { return };
        let at = sample.at;
        self.trace.try_update_value(|trace| trace.take(sample));
        self.now.try_set(at);
        self.notices.try_maybe_update(|notices| {
            let is_changed = notices.set_aside(at, sample.stats.malformed);
            (notices.tick(at) | is_changed, ())
        });
    }

    pub(crate) fn hear(self, driver: &Driver, event: Event) {
        match &event {
            Event::Deliveries(due) => self.deliver(driver, due),
            Event::Rows(update) => self.deliver_rows(driver, update),
            // The hooks are given what they are due; the batches they come from are for others.
            Event::Batch(_) => {}
            Event::Status(_)
            | Event::CaughtUp(_)
            | Event::Refused { .. }
            | Event::Problem(_)
            | Event::Preferences(_)
            | Event::Mode(_)
            | Event::Resynchronised { .. } => self.changed(),
        }
        let now = driver.now();
        self.notices.try_maybe_update(|notices| (notices.hear(now, &event), ()));
        // Called on a copy, so that a listener may come or go meanwhile.
        let listeners = self.listeners.try_get_value().unwrap_or_default();
        if !listeners.0.is_empty() {
            let event = Arc::new(event);
            for (_, listener) in listeners.0 {
                listener.run(event.clone());
            }
        }
    }

    /// A part of the page could not be drawn.
    pub(crate) fn not_drawn(self, part: String) {
        self.draw_failures.try_update(|count| *count += 1);
        let now = self.driver(Driver::now).unwrap_or_default();
        self.notices.try_maybe_update(|notices| (notices.not_drawn(now, part), ()));
    }

    pub(crate) fn listen(self, listener: Callback<Arc<Event>>) -> Option<u64> {
        self.listeners.try_update_value(|Listeners(all)| {
            let id = all.last().map_or(0, |(id, _)| id + 1);
            all.push((id, listener));
            id
        })
    }

    pub(crate) fn unlisten(self, id: u64) {
        self.listeners.try_update_value(|Listeners(all)| all.retain(|(other, _)| *other != id));
    }

    pub(crate) fn new_hook(self) -> HookId {
        let made = self.hooks.try_update_value(|hooks| {
            hooks.made += 1;
            hooks.made
        });
        HookId(made.unwrap_or_default())
    }

    /// Subscribes for a hook; what the topic is due is written to it.
    pub(crate) fn subscribe(self, hook: HookId, topic: &Topic, options: Options) -> Option<SubscriptionId> {
        // The first delivery may come from within, before the name is known: the driver tells it later.
        let id = self.driver(|driver| driver.subscribe_at(topic.clone(), options))?;
        self.hooks.try_update_value(|hooks| hooks.of.insert(id, (hook, topic.clone())));
        self.catch_up(hook, topic);
        self.changed();
        Some(id)
    }

    pub(crate) fn unsubscribe(self, id: SubscriptionId) {
        let ended = self.hooks.try_update_value(|hooks| {
            let (_, topic) = hooks.of.remove(&id)?;
            hooks.of_topic(&topic).is_empty().then_some(topic)
        });
        self.driver(|driver| driver.unsubscribe(id));
        if let Some(topic) = ended.flatten() {
            self.store.try_update_untracked(|store| store.forget_rows(&topic));
        }
        self.changed();
    }

    /// A component that comes late, or comes back while its topic lingers, shows at once what is known of it.
    fn catch_up(self, hook: HookId, topic: &Topic) {
        let known = self.driver(|driver| driver.state(topic)).flatten();
        let at = self.now.get_untracked();
        let is_news = |position: &Position| {
            self.store
                .with_untracked(|store| store.of_hook(hook).is_none_or(|held| held.position != *position))
        };
        if let Some((state, position)) = known.filter(|(_, position)| is_news(position)) {
            let entries = Arc::new(state.entries().clone());
            let given = Given { hook, entries, position, updates: 0, left_out: 0 };
            self.store.update(|store| store.write(at, [given]));
        }
    }

    fn deliver(self, driver: &Driver, due: &[Delivery]) {
        let mut states = Table::default();
        let mut given = Vec::new();
        for Delivery { subscription, topic, updates, .. } in due {
            let Some(hook) = self.hook_of(*subscription) else { continue };
            let known = states.get_or_insert_with(&topic, || {
                driver.state(topic).map(|(state, position)| (Arc::new(state.entries().clone()), position))
            });
            if let Some((entries, position)) = known.clone() {
                given.push(Given { hook, entries, position, updates: u64::from(*updates), left_out: 0 });
            }
        }
        let at = driver.now();
        self.store.update(|store| store.write(at, given));
    }

    fn deliver_rows(self, driver: &Driver, update: &RowsUpdate) {
        let hooks = self.hooks.with_value(|hooks| hooks.of_topic(&update.topic));
        let updates = u64::try_from(update.rows.len()).unwrap_or(u64::MAX);
        let (at, position) = (driver.now(), &update.position);
        self.store.update(|store| {
            let rows = store.rows_mut(&update.topic);
            rows.take(&update.rows);
            let (entries, left_out) = (rows.entries(), rows.left_out());
            let given = hooks.into_iter().map(|hook| Given {
                hook,
                entries: entries.clone(),
                position: position.clone(),
                updates,
                left_out,
            });
            store.write(at, given);
        });
    }

    fn hook_of(self, id: SubscriptionId) -> Option<HookId> {
        self.hooks.try_with_value(|hooks| hooks.of.get(&id).map(|(hook, _)| *hook)).flatten()
    }
}
