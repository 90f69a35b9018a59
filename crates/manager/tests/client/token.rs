//! A token is part of joins, and a new one is told without losing the stream.

use crate::support::{World, secs, topic, without_jitter};
use realtime_manager::Manager;
use serde_json::json;

fn set(world: &mut World, token: &str) {
    world.act(|manager, now| manager.set_token(now, Some(token.to_owned())));
}

#[test]
fn a_token_is_part_of_every_join_and_of_none_when_it_was_taken_away() {
    let mut world = World::new(without_jitter());
    set(&mut world, "first");
    world.manager.subscribe(world.now, topic("a"), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    assert_eq!(world.request("a", "phx_join").unwrap()[4], json!({"throttle_ms": 1000, "token": "first"}));
    world.act(|manager, now| manager.set_token(now, None));
    world.close(None);
    world.pass(secs(1));
    world.open();
    assert_eq!(world.request("a", "phx_join").unwrap()[4], json!({"throttle_ms": 1000}));
}

#[test]
fn a_new_token_is_told_in_place_and_the_stream_goes_on() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    let join = world.join_ref("a");
    set(&mut world, "second");
    set(&mut world, "second");
    let told = world.request("a", "access_token").unwrap();
    assert_eq!((&told[0], &told[4]), (&join, &json!({"access_token": "second"})));
    assert_eq!((world.requests("a", "access_token"), world.requests("b", "access_token")), (1, 1));
    assert_eq!((world.requests("a", "phx_join"), world.requests("a", "phx_leave")), (1, 0));
    world.delta("a", (1, 2), &[("a", 2)], true);
    assert_eq!(world.value("a", "a"), Some(2));
}

#[test]
fn a_topic_that_was_refused_is_asked_for_again_with_a_new_token() {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, topic("a"), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    world.refuse("a", "token: it has expired");
    set(&mut world, "third");
    assert_eq!(world.requests("a", "phx_join"), 2);
    assert_eq!(world.request("a", "phx_join").unwrap()[4]["token"], "third");
}

#[test]
fn a_token_is_not_printed() {
    let mut world = World::new(without_jitter());
    set(&mut world, "secret");
    assert!(!format!("{:?}", world.manager).contains("secret"));
}
