//! The link cut after every byte of a scripted exchange.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use realtime_protocol::Topic;
use serde_json::Value;
use simulation::{World, add, recount};

fn sums() -> Topic {
    Topic::parse("view:sums").unwrap()
}

/// Bursts, pauses, values that go and come back, and a name that needs care.
///
/// Comes with the bytes that were carried before the quiet end, in which everything must heal.
fn play(budget: Option<usize>, throttle: Duration) -> (World, usize) {
    let mut world = World::new(budget, 7);
    world.commit(vec![add("before", 1)]);
    world.start(sums(), throttle);
    for n in 0..12 {
        world.commit(vec![add("all", 1), add(&format!("Ж🥦\"{}", n % 5), if n % 2 == 0 { 3 } else { -3 })]);
        world.pass(Duration::from_millis(if n % 4 == 3 { 1_700 } else { 130 }));
    }
    let scripted = world.carried();
    world.pass(Duration::from_secs(20));
    (world, scripted)
}

fn shown(world: &World) -> BTreeMap<String, i64> {
    let state = world.manager().state(&sums()).unwrap();
    state.entries().iter().map(|(key, value)| (key.clone(), Value::as_i64(value).unwrap())).collect()
}

fn check(budget: Option<usize>, throttle: Duration) -> (World, usize) {
    let (world, scripted) = play(budget, throttle);
    let context = format!("cut after {budget:?} bytes at {throttle:?}");
    assert!(world.is_connected(), "{context}: {:?}", world.manager().status());
    assert_eq!(shown(&world), recount(&world.commits()), "{context}");
    assert_eq!(world.manager().position(&sums()).unwrap().offset, 13, "{context}");
    let stats = world.manager().stats();
    assert_eq!((stats.hash_mismatches, stats.malformed), (0, 0), "{context}");
    assert_eq!(world.seen().resynchronised, 0, "{context}: every gap is short enough to be resumed");
    (world, scripted)
}

/// Behaviour: B16 — broken by: leaving out the first delta of those that are merged
#[test]
fn a_link_cut_after_any_byte_ends_in_the_recount_with_nothing_lost_or_doubled() {
    for throttle in [Duration::ZERO, Duration::from_secs(1)] {
        let whole = check(None, throttle).1;
        assert!(whole > 1_000, "the exchange has {whole} bytes");
        let mut resumed = 0;
        for budget in 0..whole {
            let (world, _) = check(Some(budget), throttle);
            resumed += world.seen().caught_up.iter().filter(|caught_up| caught_up.resumed).count();
        }
        assert!(resumed > whole / 2, "{resumed} of {whole} cuts were resumed by position");
    }
}
