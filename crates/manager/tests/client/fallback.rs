//! Where no WebSocket opens but the server is there, views are read over HTTP.

#![expect(clippy::unwrap_used, reason = "a script that does not hold together is a failed test")]

use std::time::Duration;

use crate::support::{World, at, entries, secs, topic, without_jitter};
use realtime_manager::{Fetch, Input, Manager, Source, Status, TopicChange};
use realtime_protocol::State;
use serde_json::json;

fn asked(world: &World) -> Vec<&str> {
    world.fetches.iter().map(|(_, _, path, _)| path.as_str()).collect()
}

fn answer(world: &mut World, answer: Option<(u16, &str)>) {
    let (_, fetch, ..) = world.fetches.remove(0);
    world.input(Input::Fetched(fetch, answer));
}

fn view(offset: u64, value: i64) -> String {
    let state = State::from_entries(entries(&[("a", value)])).unwrap();
    let (position, hash) = (at("e", offset), state.hash());
    json!({"topic": "view:a", "position": position, "hash": hash, "state": state.entries()}).to_string()
}

/// A client of view `a` whose socket did not open this often.
fn unopened(world: &mut World, attempts: u32) {
    for _ in 0..attempts {
        let wait = world.manager.health(world.now).next_attempt_in.unwrap_or_default();
        world.pass(wait);
        world.close(None);
    }
}

fn blocked() -> World {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, topic("a"), secs(1));
    world.act(Manager::connect);
    unopened(&mut world, 3);
    assert_eq!(asked(&world), ["/healthz"]);
    world
}

fn polling() -> World {
    let mut world = blocked();
    answer(&mut world, Some((200, "{}")));
    assert_eq!(asked(&world), ["/api/v1/views/a"]);
    world
}

#[test]
fn after_three_attempts_that_did_not_open_the_server_is_asked_whether_it_is_there() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    unopened(&mut world, 2);
    assert!(asked(&world).is_empty());
    unopened(&mut world, 1);
    assert_eq!(asked(&world), ["/healthz"]);
    assert!(!world.manager.health(world.now).by_http);
}

#[test]
fn attempts_that_opened_are_no_sign_of_a_block() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for delay in [1, 2, 4] {
        world.close(None);
        world.pass(secs(delay));
        world.bring_up();
    }
    assert!(asked(&world).is_empty());
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    unopened(&mut world, 2);
    world.pass(secs(2));
    world.open();
    world.close(None);
    unopened(&mut world, 2);
    assert!(asked(&world).is_empty());
}

#[test]
fn a_server_that_does_not_answer_over_http_either_is_asked_again_after_the_next_attempt() {
    let mut world = blocked();
    answer(&mut world, None);
    world.pass(secs(3));
    assert!(asked(&world).is_empty());
    unopened(&mut world, 1);
    assert_eq!(asked(&world), ["/healthz"]);
    answer(&mut world, Some((503, "")));
    assert!(asked(&world).is_empty());
    assert!(!world.manager.health(world.now).by_http);
}

#[test]
fn views_are_read_every_five_seconds_with_what_is_known_and_the_status_is_not_connected() {
    let mut world = polling();
    answer(&mut world, Some((200, &view(4, 7))));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(7), Some(4)));
    let batch = world.batches().pop().unwrap();
    assert_eq!(batch[0].change, TopicChange::Snapshot(entries(&[("a", 7)])));
    let health = world.manager.health(world.now);
    assert_eq!((health.status, health.by_http), (Status::Reconnecting, true));
    assert_eq!(health.last_data_age, Some(Duration::ZERO));
    let started = world.now.0;
    world.pass(secs(5));
    let etag = format!("\"e-4-{}\"", world.manager.state(&topic("a")).unwrap().hash());
    assert_eq!(world.fetches[0].0, started + secs(5));
    assert_eq!((world.fetches[0].2.as_str(), world.fetches[0].3.clone()), ("/api/v1/views/a", Some(etag)));
    let batches = world.batches().len();
    answer(&mut world, Some((304, "")));
    assert_eq!(world.batches().len(), batches);
    world.pass(secs(5));
    answer(&mut world, Some((200, &view(6, 8))));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(8), Some(6)));
}

#[test]
fn an_older_state_or_one_with_a_wrong_hash_changes_nothing() {
    let mut world = polling();
    answer(&mut world, Some((200, &view(4, 7))));
    world.pass(secs(5));
    answer(&mut world, Some((200, &view(3, 1))));
    world.pass(secs(5));
    answer(&mut world, Some((200, &view(9, 9).replace("{\"a\":9}", "{\"a\":10}"))));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(7), Some(4)));
    assert_eq!((world.batches().len(), world.manager.stats().hash_mismatches), (1, 1));
    world.pass(secs(5));
    answer(&mut world, Some((200, "no json")));
    assert_eq!((world.offset("a"), world.manager.stats().malformed), (Some(4), 1));
    assert_eq!(world.manager.set_aside().next().map(|each| &*each.sample), Some("no json"));
    let of_topic = |world: &World| {
        let sources = world.manager.problems().iter().map(|each| each.source.clone());
        sources.filter(|source| *source == Source::Topic(topic("a"))).count()
    };
    assert_eq!(of_topic(&world), 1);
    world.pass(secs(5));
    answer(&mut world, Some((200, &view(9, 9))));
    assert_eq!((world.value("a", "a"), of_topic(&world)), (Some(9), 0), "a proven state is a recovery");
}

#[test]
fn attempts_at_the_socket_go_on_and_when_one_works_the_join_goes_on_from_what_was_read() {
    let mut world = polling();
    answer(&mut world, Some((200, &view(4, 7))));
    let connects = world.connects.len();
    world.pass(secs(4));
    assert_eq!(world.connects.len(), connects + 1);
    world.bring_up();
    assert_eq!(world.request("a", "phx_join").unwrap()[4]["position"], json!(at("e", 4)));
    assert!(!world.manager.health(world.now).by_http);
    world.fetches.clear();
    world.pass_alive(secs(30));
    assert!(asked(&world).is_empty());
    let stale = world.manager.stats().stale_inputs;
    world.input(Input::Fetched(Fetch(2), Some((200, &view(9, 9)))));
    assert_eq!((world.offset("a"), world.manager.stats().stale_inputs), (Some(4), stale + 1));
}

#[test]
fn the_reading_goes_on_after_the_last_retry_and_ends_when_the_user_disconnects() {
    let mut world = polling();
    answer(&mut world, Some((200, &view(4, 7))));
    unopened(&mut world, 3);
    assert_eq!(world.manager.status(), Status::Error);
    while !world.fetches.is_empty() {
        answer(&mut world, Some((304, "")));
    }
    world.pass(secs(5));
    assert_eq!(asked(&world), ["/api/v1/views/a"]);
    world.act(Manager::disconnect);
    world.fetches.clear();
    world.pass(secs(600));
    assert!(asked(&world).is_empty() && world.wait.is_none());
}

#[test]
fn requests_that_fail_or_stay_unanswered_end_the_reading_after_a_while() {
    for is_answered in [true, false] {
        let mut world = polling();
        for _ in 0..13 {
            if is_answered && !world.fetches.is_empty() {
                answer(&mut world, None);
            }
            world.fetches.clear();
            world.pass(secs(5));
            if !world.live.is_empty() {
                world.close(None);
            }
        }
        assert_eq!((world.manager.health(world.now).by_http, world.wait), (false, None), "{is_answered}");
    }
}

#[test]
fn a_hidden_client_reads_once_a_minute() {
    let mut world = polling();
    world.input(Input::Visibility { hidden: true });
    answer(&mut world, Some((304, "")));
    world.pass(secs(5));
    answer(&mut world, Some((304, "")));
    world.pass(secs(59));
    assert!(asked(&world).is_empty());
    world.pass(secs(1));
    assert_eq!(asked(&world), ["/api/v1/views/a"]);
}
