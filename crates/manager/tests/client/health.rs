//! The promises about what is known of a connection: B13, B14, and how often a quiet client wakes up.

#![expect(clippy::unwrap_used, reason = "a script that does not hold together is a failed test")]

use std::time::Duration;

use crate::support::{World, secs, topic, without_jitter};
use realtime_manager::{Input, Link, Manager};
use serde_json::json;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn link(world: &World) -> Option<Link> {
    world.manager.health(world.now).link
}

/// Lets time pass up to and past the next heartbeat, whose answer takes `trip`.
fn measure(world: &mut World, trip: Duration) {
    let sent = world.heartbeats();
    while world.heartbeats() == sent {
        let due = world.wait.unwrap().saturating_since(world.now);
        world.pass(due.min(secs(1)));
        if world.heartbeats() == sent {
            world.beat();
        }
    }
    world.pass(trip);
    world.answer_heartbeats();
}

/// Behaviour: B13 — broken by: half of a round trip; a median over every sample
#[test]
fn a_server_two_hundred_milliseconds_away_is_shown_as_two_hundred() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    world.open();
    assert_eq!(world.manager.health(world.now).latency, None);
    world.pass(ms(200));
    world.answer_heartbeats();
    let first = world.manager.health(world.now).latency.unwrap();
    assert_eq!((first.last, first.median, first.p95, first.age), (ms(200), ms(200), ms(200), ms(0)));
    world.pass(secs(3));
    assert_eq!(world.manager.health(world.now).latency.unwrap().age, secs(3));
    for trip in [900, 210, 190, 200] {
        measure(&mut world, ms(trip));
    }
    // Only what the last minute measured counts, so 900 and the first are forgotten.
    let later = world.manager.health(world.now).latency.unwrap();
    assert_eq!((later.last, later.median, later.p95), (ms(200), ms(200), ms(210)));
    world.close(None);
    assert_eq!(world.manager.health(world.now).latency, None);
}

/// Behaviour: B14 — broken by: an uptime that ends at the last beat's time of the server
#[test]
fn times_of_the_connection_are_monotonic_whatever_any_wall_clock_shows() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let connected = world.now;
    let wall = |time_ms: u64| json!([null, null, "phoenix", "beat", {"offset": 1, "time_ms": time_ms}]);
    for (second, time_ms) in (1..=10_u64).zip([5, 1_700_000_000_000, 0, u64::MAX, 3, 9, 9, 9, 1, 0]) {
        world.pass(secs(1));
        world.receive(&wall(time_ms));
        let health = world.manager.health(world.now);
        assert_eq!(health.uptime, Some(secs(second)));
        assert_eq!((health.last_connected, health.last_disconnected), (Some(connected), None));
    }
    world.close(None);
    let lost = world.now;
    world.pass(secs(1));
    world.bring_up();
    world.pass(secs(2));
    let health = world.manager.health(world.now);
    assert_eq!((health.last_connected, health.last_disconnected), (Some(lost + secs(1)), Some(lost)));
    assert_eq!(health.uptime, Some(secs(2)));
}

#[test]
fn there_is_no_uptime_and_no_link_without_a_connection() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    let health = world.manager.health(world.now);
    assert_eq!((health.uptime, health.link), (None, None));
}

#[test]
fn a_stall_below_400_ms_changes_nothing_visible() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.pass(ms(2400));
    assert_eq!(link(&world), Some(Link::Good));
    world.pass(ms(1));
    assert_eq!(link(&world), Some(Link::Silent));
    world.beat();
    assert_eq!(link(&world), Some(Link::Good));
    assert!(world.statuses().is_empty());
}

#[test]
fn a_link_whose_answers_take_longer_than_a_stall_is_slow_until_one_is_quick() {
    let mut world = World::connected(without_jitter(), &["a"]);
    measure(&mut world, ms(400));
    assert_eq!(link(&world), Some(Link::Good));
    measure(&mut world, ms(401));
    assert_eq!(link(&world), Some(Link::Slow));
    measure(&mut world, ms(20));
    assert_eq!(link(&world), Some(Link::Good));
    // The next heartbeat stays without an answer, while the server goes on to speak.
    for _ in 0..30 {
        world.pass(secs(1));
        world.beat();
    }
    assert_eq!(link(&world), Some(Link::Slow));
}

#[test]
fn a_hidden_link_is_silent_only_after_a_minute() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.input(Input::Visibility { hidden: true });
    world.pass(secs(20));
    assert_eq!(link(&world), Some(Link::Good));
}

/// How often a client wakes up by itself in an hour in which the server only beats.
fn wakes_in_an_hour(hidden: bool) -> u64 {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.input(Input::Visibility { hidden });
    world.wakes = 0;
    let beat = if hidden { secs(60) } else { secs(2) };
    let end = world.now + secs(3600);
    while world.now < end {
        world.pass(beat);
        world.answer_heartbeats();
        world.beat();
    }
    world.wakes
}

/// Behaviour: B70 — broken by: a heartbeat every 20 s
#[test]
fn a_quiet_client_wakes_up_for_its_heartbeats_only() {
    assert_eq!(wakes_in_an_hour(false), 3600 / 25);
    assert_eq!(wakes_in_an_hour(true), 60);
}

/// Behaviour: B68 — broken by: the server's clock without half of the round trip; deltas of an unseen page counted;
/// news from before it was shown counted; the median for the p99
#[test]
fn news_take_as_long_as_from_their_commit_by_the_servers_clock_to_the_moment_they_are_applied() {
    let mut world = World::new(without_jitter());
    world.act(|manager, now| _ = manager.subscribe(now, topic("a"), ms(100)));
    world.pass(secs(10));
    world.act(Manager::connect);
    world.open();
    world.pass(ms(20));
    // The server's clock shows 1,000,000 half way.
    world.answer_heartbeats();
    let answered = world.now;
    world.snapshot("a", "e", 1, &[("x", 0)]);
    let took = |world: &World| world.manager.health(world.now).end_to_end.map(|took| (took.median, took.p99));
    let server_ms =
        |world: &World| 1_000_010 + u64::try_from(world.now.saturating_since(answered).as_millis()).unwrap();
    assert_eq!(took(&world), None);
    for (offset, age) in (2..).zip([100, 300, 200]) {
        world.pass(ms(100));
        let at_ms = server_ms(&world) - age;
        world.delta_of("a", (offset - 1, offset), &[("x", 1)], Some(at_ms));
    }
    assert_eq!(took(&world), Some((ms(200), ms(300))));
    // Its writer's clock is ahead, or it does not know: that is no time.
    let ahead = server_ms(&world) + 5;
    world.delta_of("a", (4, 5), &[("x", 2)], None);
    world.delta_of("a", (5, 6), &[("x", 3)], Some(ahead));
    assert_eq!(took(&world), Some((ms(100), ms(300))));
    world.input(Input::Visibility { hidden: true });
    world.delta_of("a", (6, 7), &[("x", 4)], Some(server_ms(&world) - 900));
    world.pass(secs(2));
    let unseen = server_ms(&world) - 100;
    world.input(Input::Visibility { hidden: false });
    world.pass(ms(50));
    world.delta_of("a", (7, 8), &[("x", 5)], Some(unseen));
    assert_eq!(took(&world), Some((ms(100), ms(300))), "what waited because nobody looked is not late");
    world.pass(secs(61));
    assert_eq!(took(&world), None);
}
