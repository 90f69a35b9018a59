//! A refresh asks for the whole state again, and makes no trouble of it.

use crate::support::{World, entries, secs, topic, without_jitter};
use realtime_manager::{Event, Manager};
use serde_json::json;

fn refresh(world: &mut World, name: &str) {
    world.act(|manager, now| manager.refresh(now, &topic(name)));
}

/// Broken by: joining with the position that is known.
#[test]
fn a_refresh_asks_for_the_whole_state_and_takes_it_over() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    refresh(&mut world, "a");
    assert_eq!(world.request("a", "phx_join").unwrap()[4], json!({"throttle_ms": 1000}));
    assert_eq!((world.requests("a", "phx_join"), world.requests("b", "phx_join")), (2, 1));
    assert_eq!(world.value("a", "a"), Some(1), "the old state stays until the new one is there");
    world.snapshot("a", "e", 4, &[("a", 9)]);
    assert_eq!(world.manager.state(&topic("a")).unwrap().entries(), &entries(&[("a", 9)]));
    let resynchronised = world.events.iter().any(|(_, event)| matches!(event, Event::Resynchronised { .. }));
    assert!(!resynchronised, "what was asked for is no gap");
    assert_eq!(world.manager.problems(), []);
}

#[test]
fn a_topic_that_was_refused_is_asked_for_again() {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, topic("a"), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    world.refuse("a", "busy: come again");
    refresh(&mut world, "a");
    assert_eq!(world.requests("a", "phx_join"), 2);
    world.snapshot("a", "e", 1, &[("a", 1)]);
    assert_eq!(world.manager.problems(), []);
}

#[test]
fn without_a_connection_a_refresh_is_one_attempt_and_the_join_comes_with_it() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    let before = world.connects.len();
    refresh(&mut world, "a");
    refresh(&mut world, "a");
    assert_eq!(world.connects.len(), before + 1);
    world.open();
    assert_eq!(world.request("a", "phx_join").unwrap()[4], json!({"throttle_ms": 1000}));
}

#[test]
fn a_topic_that_nobody_subscribes_to_is_not_asked_for() {
    let mut world = World::connected(without_jitter(), &["a"]);
    refresh(&mut world, "c");
    assert_eq!(world.requests("c", "phx_join"), 0);
}
