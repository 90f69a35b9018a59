//! The promise about topics that fail again and again: B66.

use std::time::Duration;

use crate::support::{World, at, secs, topic, without_jitter};
use realtime_manager::Circuit;
use realtime_manager::limits::{BREAKER_FAILURES, BREAKER_OPEN};
use serde_json::json;

fn circuit(world: &World) -> Circuit {
    world.manager.subscriptions()[0].circuit
}

/// The server ends the join and asks for a new one, as often as it takes.
fn fail(world: &mut World, times: usize) {
    for _ in 0..times {
        let join = world.join_ref("a");
        world.receive(&json!([join, null, topic("a").as_str(), "phx_error", {}]));
        world.pass(secs(1));
    }
}

/// Behaviour: B66 — broken by: asking every second all the same; closing the circuit by its time alone
#[test]
fn a_topic_that_fails_again_and_again_is_left_alone_and_then_asked_once() {
    let mut world = World::connected(without_jitter(), &["a"]);
    fail(&mut world, BREAKER_FAILURES - 1);
    assert_eq!((world.requests("a", "phx_join"), circuit(&world)), (BREAKER_FAILURES, Circuit::Closed));
    let opened = world.now;
    fail(&mut world, 1);
    assert_eq!(circuit(&world), Circuit::Open { until: opened + BREAKER_OPEN });
    world.pass_alive(BREAKER_OPEN - secs(4));
    assert_eq!(world.requests("a", "phx_join"), BREAKER_FAILURES, "nobody asks in the meantime");
    world.pass_alive(secs(4));
    assert_eq!((world.requests("a", "phx_join"), circuit(&world)), (BREAKER_FAILURES + 1, Circuit::HalfOpen));
    world.pass_alive(secs(4));
    assert_eq!(circuit(&world), Circuit::HalfOpen, "only an answer decides");
    world.snapshot("a", "e", 9, &[("a", 9)]);
    assert_eq!((circuit(&world), world.value("a", "a")), (Circuit::Closed, Some(9)));
    assert_eq!(world.manager.stats().circuits_opened, 1);
}

#[test]
fn a_half_open_topic_that_fails_is_left_alone_once_more() {
    let mut world = World::connected(without_jitter(), &["a"]);
    fail(&mut world, BREAKER_FAILURES);
    world.pass_alive(BREAKER_OPEN);
    fail(&mut world, 1);
    assert!(matches!(circuit(&world), Circuit::Open { until } if until > world.now + secs(20)));
    assert_eq!(world.manager.stats().circuits_opened, 2);
}

#[test]
fn a_server_whose_hashes_are_always_wrong_is_not_asked_for_a_state_with_every_delta() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for offset in 1..20 {
        let from = world.offset("a").unwrap_or(offset);
        world.delta_with_hash("a", (from, from + 1), &json!({"a": 1}), &json!("0000000000000001"), true);
        if world.requests("a", "reset") > usize::try_from(world.manager.stats().resets).unwrap_or(0) {
            world.reset("a", "hash", &at("e", from + 1), &[("a", 1)], None);
        }
    }
    assert_eq!(world.requests("a", "reset"), BREAKER_FAILURES - 1);
    assert!(matches!(circuit(&world), Circuit::Open { .. }));
    assert_eq!(world.value("a", "a"), Some(1), "what is known stays on the page");
}

#[test]
fn a_new_connection_does_not_ask_for_a_topic_that_is_left_alone() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    fail(&mut world, BREAKER_FAILURES);
    world.close(None);
    world.pass(secs(1));
    world.bring_up();
    assert_eq!(world.requests("a", "phx_join"), BREAKER_FAILURES);
    world.resumed("b", "e", 3, &[("a", 3)]);
    assert!(world.caught_up().is_some(), "the others do not wait for it");
    world.pass_alive(BREAKER_OPEN + Duration::from_secs(1));
    assert_eq!(world.requests("a", "phx_join"), BREAKER_FAILURES + 1);
}
