//! The promises about what is held: B29 and the budget.

use crate::support::{World, entries, secs, topic, without_jitter};
use realtime_manager::{Config, Manager, Options, Status, SubscriptionId};
use serde_json::json;

/// What the round trips of a minute take, at four heartbeats, in bytes.
const MINUTE_OF_ROUND_TRIPS: u64 = 4 * 32;

fn held(world: &World) -> (usize, usize, u64) {
    let manager = &world.manager;
    (manager.subscriptions().len(), manager.subscribers().len(), manager.memory_estimate())
}

/// Behaviour: B29 — broken by: a linger that never ends; keeping the owner of a subscription that has gone
#[test]
fn after_ten_thousand_cycles_nothing_is_left() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    world.bring_up();
    let begin = held(&world);
    for n in 0..10_000_u64 {
        let name = ["a", "b", "c"][usize::try_from(n % 3).unwrap_or(0)];
        let mut id = SubscriptionId(0);
        world.act(|manager, now| {
            id = if n % 2 == 0 {
                manager.subscribe(now, topic(name), secs(1))
            } else {
                manager.subscribe_at(now, topic(name), Options::default())
            };
        });
        if n % 5 == 0 {
            world.snapshot(name, "e", n + 1, &[("a", 1)]);
        }
        world.act(|manager, now| manager.unsubscribe(now, id));
        if n % 7 == 0 {
            world.pass(secs(1));
            world.answer_heartbeats();
        }
        world.events.clear();
        world.sent.retain(|(_, frame)| frame[3] == "phx_join" || frame[3] == "heartbeat");
        let extra = world.sent.len().saturating_sub(10);
        world.sent.drain(..extra);
    }
    world.pass_alive(secs(70));
    let end = held(&world);
    assert_eq!((end.0, end.1), (0, 0));
    assert!(end.2 <= begin.2 + MINUTE_OF_ROUND_TRIPS, "{} bytes, {} at first", end.2, begin.2);
    let stats = world.manager.stats();
    assert_eq!(stats.subscribers, stats.subscribers_ended);
    assert_eq!(stats.updates, stats.updates_of_ended);
}

#[test]
fn after_ten_thousand_connections_nothing_is_left() {
    let mut world = World::new(without_jitter());
    let begin = held(&world);
    for _ in 0..10_000 {
        world.act(Manager::connect);
        world.bring_up();
        world.act(Manager::disconnect);
        (world.events, world.sent) = (Vec::new(), Vec::new());
        (world.connects, world.disconnects) = (Vec::new(), Vec::new());
    }
    assert_eq!((world.manager.status(), world.wait), (Status::Disconnected, None));
    assert!(held(&world).2 <= begin.2 + MINUTE_OF_ROUND_TRIPS);
}

/// A connected world with a budget, one live topic and one that only a paused subscriber wants.
fn small(memory_budget: u64) -> (World, SubscriptionId) {
    let mut world = World::connected(Config { memory_budget, ..without_jitter() }, &["live", "idle"]);
    world.act(|manager, now| manager.pause(now, SubscriptionId(2)));
    world.pass(secs(2));
    (world, SubscriptionId(2))
}

#[test]
fn over_its_share_of_the_budget_what_can_be_had_again_goes_and_a_live_state_stays() {
    let (world, _) = small(u64::MAX);
    let estimate = world.manager.memory_estimate();
    // Room for the outputs of one input, which are counted until they are taken.
    let (mut world, paused) = small(estimate + estimate / 4 + 1000);
    assert!(world.manager.state(&topic("idle")).is_some());
    let long = "x".repeat(2000);
    let mut put = entries(&[("a", 2)]);
    put.insert("b".to_owned(), json!(long));
    let hash = realtime_protocol::State::from_entries(put.clone()).map(|state| state.hash());
    world.delta_with_hash("live", (1, 2), &json!(put), &json!(hash.unwrap_or_default()), true);
    assert_eq!((world.value("live", "a"), world.manager.state(&topic("idle"))), (Some(2), None));
    let stats = world.manager.stats();
    assert_eq!((stats.budget_evictions, stats.cleaned_entries), (1, 1), "one key of one state");
    // What was let go is had again when somebody wants it.
    world.act(|manager, now| manager.resume(now, paused));
    world.snapshot("idle", "e", 5, &[("a", 5)]);
    assert_eq!(world.value("idle", "a"), Some(5));
}

#[test]
fn a_budget_that_cannot_be_kept_is_not_cleaned_up_for_with_every_update() {
    let mut world = World::connected(Config { memory_budget: 10, ..without_jitter() }, &["a"]);
    for offset in 1..100 {
        world.delta("a", (offset, offset + 1), &[("a", i64::try_from(offset).unwrap_or(0))], true);
    }
    assert_eq!(world.manager.stats().budget_evictions, 1);
    assert_eq!(world.value("a", "a"), Some(99));
}

#[test]
fn within_the_budget_nothing_goes_that_somebody_waits_for() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let mut id = SubscriptionId(0);
    world.act(|manager, now| {
        id = manager.subscribe_at(now, topic("a"), Options { throttle: secs(5), ..Options::default() })
    });
    world.delta("a", (1, 2), &[("b", 2)], true);
    let before = world.manager.memory_estimate();
    let cleaned = world.manager.clean_up(world.now);
    assert_eq!((cleaned.entries, cleaned.bytes), (0, 0));
    assert_eq!(world.manager.memory_estimate(), before);
}

#[test]
fn a_clean_up_forgets_round_trips_that_no_longer_count_and_says_so() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.pass_alive(secs(59));
    let kept = world.manager.memory_estimate();
    world.pass_alive(secs(120));
    let stats = world.manager.stats();
    assert!(stats.cleaned_entries >= 2, "{stats:?}");
    assert!(world.manager.memory_estimate() <= kept + MINUTE_OF_ROUND_TRIPS);
}

#[test]
fn a_state_that_somebody_wants_stays_also_while_the_connection_is_away() {
    let mut world = World::connected(Config { memory_budget: 10, ..without_jitter() }, &["a"]);
    world.close(None);
    world.act(|manager, now| assert_eq!(manager.clean_up(now).entries, 0));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(1), Some(1)), "it is continued from there");
}
