//! The manager against a model that only knows what everybody wants and what the server has.
//!
//! Users subscribe, pause, choose and leave; the server commits, is cut off and restarts as another one.
//! Whatever the order: when it has been quiet for a while the server has joined what is wanted and no
//! more, at the smallest interval, and everybody knows the newest state.

#![expect(clippy::unwrap_used, reason = "a model that does not hold together is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::support::{World, without_jitter};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use realtime_manager::{
    DeliveryChange, Event, Input, Manager, Options, Status, SubscriptionId, TopicChange, TopicUpdate,
};
use realtime_protocol::message::Entries;
use realtime_protocol::{Delta, State, ThrottleClass, Topic};
use serde_json::{Value, json};

const TOPICS: [&str; 3] = ["view:a", "view:b", "view:c"];
/// Longer than the slowest interval, the linger, a retry's wait and an unanswered join together.
const QUIET: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
enum Step {
    Subscribe(usize, u64, bool),
    Unsubscribe(usize),
    Pause(usize),
    Resume(usize),
    Choose(usize, Options),
    Commit(usize, u8, Option<i64>),
    Cut,
    Restart,
    Connect,
    Disconnect,
    Hide(bool),
    Pass(u64),
}

fn options() -> impl Strategy<Value = Options> {
    let window = prop_oneof![Just(0_u64), 0_u64..800];
    let size = prop_oneof![Just(u32::MAX), 1_u32..4];
    (0_u64..5000, window, size, any::<u8>()).prop_map(|(throttle, window, batch_size, priority)| Options {
        throttle: Duration::from_millis(throttle),
        batch_window: Duration::from_millis(window),
        batch_size,
        priority,
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0_usize..3, 0_u64..5000, any::<bool>()).prop_map(|(t, ms, paced)| Step::Subscribe(t, ms, paced)),
        3 => (0_usize..8).prop_map(Step::Unsubscribe),
        2 => (0_usize..8).prop_map(Step::Pause),
        2 => (0_usize..8).prop_map(Step::Resume),
        2 => (0_usize..8, options()).prop_map(|(n, options)| Step::Choose(n, options)),
        8 => (0_usize..3, 0_u8..3, proptest::option::of(any::<i64>())).prop_map(|(t, k, v)| Step::Commit(t, k, v)),
        2 => Just(Step::Cut),
        1 => Just(Step::Restart),
        3 => Just(Step::Connect),
        1 => Just(Step::Disconnect),
        1 => any::<bool>().prop_map(Step::Hide),
        4 => (0_u64..4000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..40)
}

/// A server that keeps every state that it ever had.
struct Server {
    epoch: u64,
    history: Vec<[Entries; 3]>,
    /// By topic: the class asked for, the join's reference and the offset told.
    joined: BTreeMap<usize, (u64, Value, usize)>,
    seen: usize,
}

impl Server {
    fn head(&self) -> usize {
        self.history.len() - 1
    }

    fn state(&self, topic: usize) -> Entries {
        self.history[self.head()][topic].clone()
    }

    fn position(&self) -> Value {
        json!({"epoch": format!("e{}", self.epoch), "offset": self.head()})
    }

    /// Answers everything that was sent since the last time.
    fn answer(&mut self, world: &mut World) {
        while let Some((attempt, frame)) = world.sent.get(self.seen).cloned() {
            self.seen += 1;
            if world.live.last() != Some(&attempt) {
                continue;
            }
            let topic = TOPICS.iter().position(|topic| frame[2] == *topic);
            match (frame[3].as_str().unwrap_or_default(), topic) {
                ("heartbeat", _) => {
                    let response = json!({"status": "ok", "response": {"time_ms": 1, "version": "1"}});
                    world.receive(&json!([null, frame[1], "phoenix", "phx_reply", response]));
                }
                ("phx_join", Some(topic)) => self.join(world, topic, &frame),
                ("phx_leave", Some(topic)) => {
                    self.joined.remove(&topic);
                }
                _ => {}
            }
        }
    }

    fn join(&mut self, world: &mut World, topic: usize, frame: &Value) {
        let throttle_ms = frame[4]["throttle_ms"].as_u64().unwrap_or(1000);
        self.joined.insert(topic, (throttle_ms, frame[0].clone(), self.head()));
        let asked = &frame[4]["position"];
        let now = self.state(topic);
        let hash = State::from_entries(now.clone()).unwrap().hash();
        let mut response = json!({"topic": TOPICS[topic], "throttle_ms": throttle_ms,
            "position": self.position(), "hash": hash});
        let known = asked["offset"].as_u64().and_then(|at| self.history.get(usize::try_from(at).ok()?));
        match known.filter(|_| asked["epoch"] == format!("e{}", self.epoch)) {
            Some(then) => {
                response["mode"] = json!("resumed");
                response["delta"] = difference(&then[topic], &now);
            }
            None => {
                response["mode"] = json!("snapshot");
                response["state"] = json!(now);
            }
        }
        world.receive(&json!([frame[0], frame[1], TOPICS[topic], "phx_reply",
            {"status": "ok", "response": response}]));
    }

    fn commit(&mut self, world: &mut World, topic: usize, key: u8, value: Option<i64>) {
        let mut next = self.history[self.head()].clone();
        let key = format!("k{key}");
        match value {
            Some(value) => next[topic].insert(key, json!(value)),
            None => next[topic].remove(&key),
        };
        self.history.push(next);
        let head = self.head();
        let now = self.state(topic);
        let Some((_, join_ref, told)) = self.joined.get_mut(&topic).filter(|_| !world.live.is_empty()) else {
            return;
        };
        let from = std::mem::replace(told, head);
        let mut push = difference(&self.history[from][topic], &now);
        let fields = json!({"from": from, "to": head, "commits": head - from, "last": true,
            "hash": State::from_entries(now).unwrap().hash()});
        push.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let frame = json!([join_ref, null, TOPICS[topic], "delta", push]);
        world.receive(&frame);
    }
}

fn difference(before: &Entries, after: &Entries) -> Value {
    let put: Entries = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(*value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let drop: BTreeSet<&String> = before.keys().filter(|key| !after.contains_key(*key)).collect();
    json!({"put": put, "drop": drop})
}

/// What one of them wants, and what it knows if it keeps books of its own.
struct Wish {
    topic: usize,
    throttle: Duration,
    paused: bool,
    known: Option<Entries>,
    paced: bool,
}

struct Model {
    world: World,
    server: Server,
    wishes: BTreeMap<SubscriptionId, Wish>,
    told: usize,
    is_wanted: bool,
    /// What somebody knows who only applies the batches.
    shown: BTreeMap<String, Entries>,
}

impl Model {
    fn new() -> Self {
        let history = vec![[Entries::new(), Entries::new(), Entries::new()]];
        let server = Server { epoch: 1, history, joined: BTreeMap::new(), seen: 0 };
        let (world, wishes) = (World::new(without_jitter()), BTreeMap::new());
        Self { world, server, wishes, told: 0, is_wanted: false, shown: BTreeMap::new() }
    }

    fn nth(&self, number: usize) -> Option<SubscriptionId> {
        self.wishes.keys().nth(number).copied()
    }

    /// Opens what is to be opened, answers what was asked and notes what was told, until nothing is left.
    fn settle(&mut self) {
        loop {
            let opened = self.world.manager.attempt().filter(|_| {
                let is_new = self.world.sent.iter().all(|(of, _)| Some(of) != self.world.live.last());
                is_new && !self.world.live.is_empty()
            });
            if let Some(attempt) = opened {
                self.server.joined.clear();
                self.world.input(Input::Opened(attempt));
            }
            let sent = self.world.sent.len();
            self.server.answer(&mut self.world);
            if opened.is_none() && self.world.sent.len() == sent {
                break;
            }
        }
        for (_, event) in &self.world.events[self.told..] {
            match event {
                Event::Deliveries(deliveries) => {
                    for each in deliveries {
                        if let Some(wish) = self.wishes.get_mut(&each.subscription) {
                            apply(&mut wish.known, &each.change);
                        }
                    }
                }
                Event::Batch(updates) => updates.iter().for_each(|update| show(&mut self.shown, update)),
                _ => {}
            }
        }
        self.told = self.world.events.len();
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Subscribe(topic, ms, paced) => self.subscribe(*topic, Duration::from_millis(*ms), *paced),
            Step::Unsubscribe(number) => {
                if let Some(id) = self.nth(*number) {
                    self.wishes.remove(&id);
                    self.world.act(|manager, now| manager.unsubscribe(now, id));
                }
            }
            Step::Pause(number) | Step::Resume(number) => {
                let paused = matches!(step, Step::Pause(_));
                let Some(id) = self.nth(*number) else { return };
                self.wishes.get_mut(&id).unwrap().paused = paused;
                self.world.act(
                    |manager, now| {
                        if paused { manager.pause(now, id) } else { manager.resume(now, id) }
                    },
                );
            }
            Step::Choose(number, options) => {
                let Some(id) = self.nth(*number) else { return };
                let wish = self.wishes.get_mut(&id).unwrap();
                (wish.throttle, wish.paced) = (options.throttle, true);
                self.world.act(|manager, now| manager.set_options(now, id, *options));
            }
            Step::Commit(topic, key, value) => self.server.commit(&mut self.world, *topic, *key, *value),
            Step::Cut | Step::Restart => {
                if matches!(step, Step::Restart) {
                    self.server.epoch += 1;
                }
                if !self.world.live.is_empty() {
                    self.world.close(None);
                }
            }
            Step::Connect => {
                self.is_wanted = true;
                self.world.act(Manager::connect);
            }
            Step::Disconnect => {
                self.is_wanted = false;
                self.world.act(Manager::disconnect);
            }
            Step::Hide(hidden) => self.world.input(Input::Visibility { hidden: *hidden }),
            Step::Pass(ms) => self.pass(Duration::from_millis(*ms)),
        }
        self.settle();
    }

    fn subscribe(&mut self, topic: usize, throttle: Duration, paced: bool) {
        let parsed = Topic::parse(TOPICS[topic]).unwrap();
        let mut id = None;
        self.world.act(|manager, now| {
            let options = Options { throttle, ..Options::default() };
            id = Some(if paced {
                manager.subscribe_at(now, parsed, options)
            } else {
                manager.subscribe(now, parsed, throttle)
            });
        });
        let wish = Wish { topic, throttle, paused: false, known: None, paced };
        self.wishes.insert(id.unwrap(), wish);
    }

    /// Lets time pass in steps, with a server that beats and answers.
    fn pass(&mut self, duration: Duration) {
        let end = self.world.now + duration;
        while self.world.now < end {
            let step = end.saturating_since(self.world.now).min(Duration::from_secs(1));
            self.world.pass(step);
            self.settle();
            if !self.world.live.is_empty() {
                self.world.beat();
            }
        }
    }

    /// What must hold when it has been quiet.
    fn check(&mut self) {
        if self.is_wanted {
            self.world.act(Manager::retry);
            self.settle();
        }
        self.pass(QUIET);
        self.counts();
        if !self.is_wanted {
            assert_eq!(self.world.manager.status(), Status::Disconnected);
            assert!(self.world.live.is_empty() && self.world.wait.is_none());
            return;
        }
        assert_eq!(self.world.manager.status(), Status::Connected);
        let mut wanted: BTreeMap<usize, u64> = BTreeMap::new();
        for wish in self.wishes.values().filter(|wish| !wish.paused) {
            let ms = u64::try_from(wish.throttle.as_millis()).unwrap();
            let class = u64::from(ThrottleClass::of_ms(ms).ms());
            wanted.entry(wish.topic).and_modify(|least| *least = class.min(*least)).or_insert(class);
        }
        let joined = self.server.joined.iter().map(|(topic, (class, ..))| (*topic, *class)).collect();
        assert_eq!(wanted, joined, "what is wanted is what is joined");
        for topic in wanted.keys() {
            let state = self.world.manager.state(&Topic::parse(TOPICS[*topic]).unwrap());
            assert_eq!(state.map(State::entries), Some(&self.server.state(*topic)));
            assert_eq!(self.shown.get(TOPICS[*topic]), Some(&self.server.state(*topic)));
        }
        for (id, wish) in self.wishes.iter().filter(|(_, wish)| wish.paced && !wish.paused) {
            assert_eq!(wish.known.as_ref(), Some(&self.server.state(wish.topic)), "{id:?}");
        }
    }

    fn counts(&self) {
        let manager = &self.world.manager;
        let stats = manager.stats();
        let mut sum = stats.subscribers_ended;
        for info in manager.subscribers() {
            let counts = info.counts;
            assert_eq!(counts.updates, counts.deliveries + counts.conflated + u64::from(info.waiting));
            sum += counts;
        }
        assert_eq!(sum, stats.subscribers);
        let updates: u64 = manager.subscriptions().iter().map(|info| info.updates).sum();
        assert_eq!(updates + stats.updates_of_ended, stats.updates);
        assert_eq!(manager.subscribers().len(), self.wishes.len());
        assert_eq!((stats.hash_mismatches, stats.gaps, stats.malformed), (0, 0, 0));
    }
}

fn apply(known: &mut Option<Entries>, change: &DeliveryChange) {
    match change {
        DeliveryChange::State(entries) => *known = Some(entries.clone()),
        DeliveryChange::Delta(delta) => put(known.as_mut().unwrap(), delta),
    }
}

fn show(shown: &mut BTreeMap<String, Entries>, update: &TopicUpdate) {
    let entries = shown.entry(update.topic.as_str().to_owned()).or_default();
    match &update.change {
        TopicChange::Snapshot(state) | TopicChange::Reset { state, .. } => *entries = state.clone(),
        TopicChange::Resumed(delta) | TopicChange::Delta(delta) => put(entries, delta),
    }
}

fn put(entries: &mut Entries, delta: &Delta) {
    entries.retain(|key, _| !delta.drop.contains(key));
    entries.extend(delta.put.clone());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Behaviour: B28 — broken by: keeping a join whose interval is wrong; a linger that never ends
    #[test]
    fn whatever_users_and_network_do_what_is_wanted_is_joined_and_everybody_knows_the_newest(steps in steps()) {
        let mut model = Model::new();
        for step in &steps {
            model.step(step);
        }
        model.check();
    }
}
