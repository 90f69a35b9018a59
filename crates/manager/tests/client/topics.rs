//! The promises about what topics carry: B16, B17, B18, B22, B30, B31.

use std::time::Duration;

use crate::support::{World, at, entries, secs, topic, without_jitter};
use realtime_manager::{CaughtUp, Event, Manager, TopicChange};
use realtime_protocol::message::ResetReason;
use serde_json::{Value, json};

fn resynchronised(world: &World) -> Vec<(ResetReason, Option<u64>)> {
    let of = |event: &Event| match event {
        Event::Resynchronised { reason, missed, .. } => Some((*reason, *missed)),
        Event::Status(_)
        | Event::Mode(_)
        | Event::Problem(_)
        | Event::Preferences(_)
        | Event::Batch(_)
        | Event::Deliveries(_)
        | Event::Rows(_)
        | Event::CaughtUp(_)
        | Event::Refused { .. } => None,
    };
    world.events.iter().filter_map(|(_, event)| of(event)).collect()
}

#[test]
fn a_join_names_the_position_that_is_known() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.pass(secs(1));
    world.open();
    let join = world.request("a", "phx_join").unwrap();
    assert_eq!(join[4], json!({"throttle_ms": 1000, "position": {"epoch": "e", "offset": 1}}));
    assert_eq!(join[0], join[1]);
    assert!(!world.manager.subscriptions()[0].joined, "it is only asked for");
    world.resumed("a", "e", 1, &[]);
    assert!(world.manager.subscriptions()[0].joined);
}

#[test]
fn a_delta_changes_state_and_position_at_once() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (1, 4), &[("a", 2), ("b", 3)], true);
    assert_eq!(
        (world.value("a", "a"), world.value("a", "b"), world.offset("a")),
        (Some(2), Some(3), Some(4))
    );
    let batches = world.batches();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0][0].position, at("e", 4));
    assert_eq!(batches[0][0].hash, world.manager.state(&topic("a")).unwrap().hash());
    assert_eq!(world.manager.stats().commits, 3);
}

#[test]
fn all_topics_of_a_tick_come_in_one_batch() {
    let mut world = World::connected(without_jitter(), &["a", "b", "c"]);
    world.delta("a", (1, 2), &[("a", 2)], false);
    world.delta("b", (1, 2), &[("a", 2)], false);
    assert!(world.events.is_empty());
    assert_eq!(world.value("a", "a"), Some(1));
    world.delta("c", (1, 2), &[("a", 2)], true);
    let batches = world.batches();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].iter().map(|update| update.topic.name()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

/// Broken by: half of a tick applied when its next frame takes a second
#[test]
fn half_a_tick_is_not_shown_while_a_slow_link_brings_the_rest() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    world.delta("a", (1, 2), &[("a", 2)], false);
    world.pass_alive(secs(4));
    assert_eq!(world.value("a", "a"), Some(1));
    world.delta("b", (1, 2), &[("a", 2)], true);
    assert_eq!(world.batches().iter().map(Vec::len).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_tick_that_never_ends_is_applied_after_five_seconds_of_a_link_that_lives() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (1, 2), &[("a", 2)], false);
    world.pass_alive(secs(5));
    assert_eq!(world.value("a", "a"), Some(2));
}

#[test]
fn a_gap_is_healed_by_one_reset() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (5, 6), &[("a", 6)], true);
    world.delta("a", (6, 7), &[("a", 7)], true);
    assert_eq!(world.requests("a", "reset"), 1);
    assert_eq!(world.request("a", "reset").unwrap()[4], json!({"reason": "gap"}));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(1), Some(1)));
    assert!(world.batches().is_empty());
    world.reset("a", "gap", &at("e", 7), &[("a", 7)], Some(6));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(7), Some(7)));
    assert_eq!(resynchronised(&world), [(ResetReason::Gap, Some(6))]);
    world.delta("a", (7, 8), &[("a", 8)], true);
    assert_eq!(world.value("a", "a"), Some(8));
    assert_eq!((world.manager.stats().gaps, world.manager.stats().resets), (1, 1));
}

#[test]
fn a_wrong_hash_is_counted_not_delivered_and_healed() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta_with_hash("a", (1, 2), &json!({"a": 9}), &json!("0000000000000001"), true);
    assert_eq!(world.manager.stats().hash_mismatches, 1);
    assert!(world.batches().is_empty());
    assert_eq!(world.value("a", "a"), Some(1));
    assert_eq!(world.request("a", "reset").unwrap()[4], json!({"reason": "hash"}));
    world.reset("a", "hash", &at("e", 2), &[("a", 2)], None);
    assert_eq!(world.value("a", "a"), Some(2));
    let last = world.batches().pop().unwrap();
    let expected =
        TopicChange::Reset { reason: ResetReason::Hash, missed: None, state: entries(&[("a", 2)]) };
    assert_eq!(last[0].change, expected);
}

#[test]
fn a_wrong_hash_of_one_topic_leaves_the_others_of_its_tick_alone() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    world.delta_with_hash("a", (1, 2), &json!({"a": 9}), &json!("0000000000000001"), false);
    world.delta("b", (1, 2), &[("a", 2)], true);
    assert_eq!((world.value("a", "a"), world.value("b", "a")), (Some(1), Some(2)));
    assert_eq!(world.batches().len(), 1);
}

#[test]
fn a_reset_in_place_of_the_last_delta_ends_its_tick() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    world.delta("a", (1, 2), &[("a", 2)], false);
    world.reset("b", "lag", &at("e", 2), &[("a", 2)], Some(1));
    assert_eq!((world.value("a", "a"), world.value("b", "a")), (Some(2), Some(2)));
    assert_eq!(resynchronised(&world), [(ResetReason::Lag, Some(1))]);
}

#[test]
fn a_server_that_proves_nothing_is_asked_once_a_second_and_never_believed() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (5, 6), &[("a", 6)], true);
    let wrong = json!({"reason": "gap", "position": at("e", 6), "hash": "0000000000000001", "state": {"a": 6}, "missed": null});
    for round in 0..2 {
        world.receive(&json!([null, null, "view:a", "reset", wrong]));
        assert_eq!(world.requests("a", "phx_join"), 1 + round);
        world.pass(secs(1));
        assert_eq!(world.requests("a", "phx_join"), 2 + round);
        let join = world.request("a", "phx_join").unwrap();
        assert_eq!(join[4].get("position"), None, "nothing is continued that was not proven");
        if round == 0 {
            let response = json!({"topic": "view:a", "throttle_ms": 1000, "position": at("e", 6), "hash": "0000000000000001",
                "mode": "snapshot", "state": {"a": 6}});
            world.reply("a", "ok", &response);
            assert_eq!(world.requests("a", "reset"), 2);
        }
        world.beat();
    }
    assert!(world.batches().is_empty());
    assert_eq!(world.manager.stats().hash_mismatches, 3);
}

#[test]
fn a_reset_that_is_not_answered_leads_to_a_new_join() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (5, 6), &[("a", 6)], true);
    world.pass_alive(secs(11));
    assert_eq!(world.requests("a", "phx_join"), 2);
    assert_eq!(world.requests("a", "reset"), 1);
}

#[test]
fn a_resumed_join_loses_and_doubles_nothing() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    world.close(None);
    world.pass(secs(1));
    world.bring_up();
    world.resumed("a", "e", 6, &[("a", 5), ("c", 1)]);
    assert_eq!(world.caught_up(), None);
    world.resumed("b", "e", 6, &[]);
    assert_eq!(world.caught_up(), Some(CaughtUp { commits: 5, resumed: true }));
    assert_eq!((world.value("a", "a"), world.value("a", "c")), (Some(5), Some(1)));
    assert!(resynchronised(&world).is_empty());
    assert_eq!(world.manager.health(world.now).caught_up, Some(CaughtUp { commits: 5, resumed: true }));
}

#[test]
fn answers_before_the_heartbeat_count_as_well() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.pass(secs(1));
    world.open();
    world.resumed("a", "e", 3, &[("a", 3)]);
    assert_eq!(world.caught_up(), None);
    world.answer_heartbeats();
    assert_eq!(world.caught_up(), Some(CaughtUp { commits: 2, resumed: true }));
}

#[test]
fn a_gap_older_than_the_log_is_said_with_the_number_missed() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.pass(secs(1));
    world.bring_up();
    world.snapshot("a", "e", 500, &[("a", 500)]);
    assert_eq!(resynchronised(&world), [(ResetReason::Expired, Some(499))]);
    assert_eq!(world.caught_up(), Some(CaughtUp { commits: 499, resumed: false }));
}

#[test]
fn another_epoch_is_said_and_claims_no_count() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.pass(secs(1));
    world.bring_up();
    world.snapshot("a", "f", 2, &[("a", 7)]);
    assert_eq!(resynchronised(&world), [(ResetReason::Epoch, None)]);
    assert_eq!(world.caught_up(), None);
    assert_eq!(world.manager.position(&topic("a")), Some(&at("f", 2)));
}

#[test]
fn half_a_tick_that_was_cut_off_is_not_shown_and_not_lost() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    world.delta("a", (1, 2), &[("a", 2)], false);
    world.close(None);
    assert!(world.batches().is_empty());
    world.pass(secs(1));
    world.bring_up();
    assert_eq!(world.request("a", "phx_join").unwrap()[4]["position"]["offset"], 1);
    world.resumed("a", "e", 2, &[("a", 2)]);
    assert_eq!(world.value("a", "a"), Some(2));
}

#[test]
fn the_link_is_cut_a_thousand_times_and_every_commit_counts_once() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let mut offset = 1_u64;
    for round in 0..1000_u64 {
        for _ in 0..round % 4 {
            world.delta("a", (offset, offset + 1), &[("a", i64::try_from(offset).unwrap())], true);
            offset += 1;
        }
        world.close(None);
        let unseen = round % 3;
        world.pass(secs(1));
        world.bring_up();
        world.resumed("a", "e", offset + unseen, &[("b", i64::try_from(round).unwrap())]);
        assert_eq!(world.caught_up(), Some(CaughtUp { commits: unseen, resumed: true }));
        offset += unseen;
        world.pass_alive(secs(10));
    }
    assert_eq!(world.offset("a"), Some(offset));
    let stats = world.manager.stats();
    assert_eq!((stats.commits, stats.reconnects), (offset - 1, 1000));
    assert_eq!((stats.gaps, stats.hash_mismatches, stats.resets), (0, 0, 0));
}

/// A reset for lag names no join; taken for the answer, it had the real answer ignored, and a gap followed.
///
/// Behaviour: B16 — broken by: taking a reset over while a join is asked for
#[test]
fn a_reset_that_comes_while_a_join_is_asked_for_belongs_to_the_join_before() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let old = world.request("a", "phx_join").unwrap()[1].clone();
    world.receive(&json!([old, null, "view:a", "phx_error", {}]));
    world.pass(secs(1));
    assert_eq!(world.requests("a", "phx_join"), 2);
    world.reset("a", "lag", &at("e", 5), &[("a", 5)], Some(4));
    assert_eq!((world.value("a", "a"), world.manager.stats().stale_frames), (Some(1), 1));
    world.resumed("a", "e", 6, &[("a", 6)]);
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(6), Some(6)));
    assert_eq!((world.manager.stats().gaps, world.manager.stats().hash_mismatches), (0, 0));
}

#[test]
fn frames_of_an_earlier_join_are_ignored() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let old = world.request("a", "phx_join").unwrap()[1].clone();
    world.receive(&json!([old, null, "view:a", "phx_error", {}]));
    world.pass(secs(1));
    assert_eq!(world.requests("a", "phx_join"), 2);
    let payload = json!({"from": 1, "to": 2, "commits": 1, "hash": "0000000000000000", "put": {"a": 9}, "drop": [], "last": true});
    world.receive(&json!([old, null, "view:a", "delta", payload]));
    assert_eq!((world.value("a", "a"), world.manager.stats().stale_frames), (Some(1), 1));
    assert_eq!(world.requests("a", "reset"), 0);
    world.resumed("a", "e", 3, &[("a", 3)]);
    assert_eq!(world.value("a", "a"), Some(3));
}

#[test]
fn deltas_that_come_while_a_join_is_under_way_are_not_of_it() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.act(|manager, now| {
        manager.subscribe(now, topic("a"), Duration::from_millis(100));
    });
    world.delta("a", (1, 2), &[("a", 2)], true);
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(1), Some(1)));
    world.resumed("a", "e", 3, &[("a", 3)]);
    world.delta("a", (3, 4), &[("a", 4)], true);
    assert_eq!((world.value("a", "a"), world.manager.stats().gaps), (Some(4), 0));
}

#[test]
fn a_delta_that_names_the_join_counts_as_well() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let join = world.join_ref("a");
    let hash = realtime_protocol::State::from_entries(entries(&[("a", 2)])).unwrap().hash();
    let payload =
        json!({"from": 1, "to": 2, "commits": 1, "hash": hash, "put": {"a": 2}, "drop": [], "last": true});
    world.receive(&json!([join, null, "view:a", "delta", payload]));
    assert_eq!(world.value("a", "a"), Some(2));
}

#[test]
fn an_older_version_never_overwrites_a_newer() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (1, 3), &[("a", 3)], true);
    world.delta("a", (1, 2), &[("a", 2)], true);
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(3), Some(3)));
}

#[test]
fn a_refused_topic_is_said_and_not_asked_again() {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, topic("none"), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    world.refuse("none", "unknown_topic: there is no such view");
    let reason = "unknown_topic: there is no such view".to_owned();
    assert_eq!(world.events.last().unwrap().1, Event::Refused { topic: topic("none"), reason });
    world.pass_alive(secs(60));
    assert_eq!(world.requests("none", "phx_join"), 1);
    world.act(|manager, now| {
        manager.subscribe(now, topic("none"), secs(1));
    });
    assert_eq!(world.requests("none", "phx_join"), 2);
}

#[test]
fn a_join_that_is_not_answered_is_asked_again() {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, topic("a"), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    world.pass_alive(secs(12));
    assert_eq!(world.requests("a", "phx_join"), 2);
}

#[test]
fn subscribers_share_one_join_at_the_smallest_interval() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.act(|manager, now| {
        manager.subscribe(now, topic("a"), secs(5));
    });
    assert_eq!(world.requests("a", "phx_join"), 1);
    let now = world.now;
    let fast = world.manager.subscribe(now, topic("a"), Duration::from_millis(300));
    world.drain();
    assert_eq!(world.request("a", "phx_join").unwrap()[4]["throttle_ms"], 250);
    world.resumed("a", "e", 1, &[]);
    assert_eq!(world.manager.subscriptions()[0].subscribers, 3);
    world.act(|manager, now| manager.unsubscribe(now, fast));
    assert_eq!(world.request("a", "phx_join").unwrap()[4]["throttle_ms"], 1000);
    assert_eq!(world.requests("a", "phx_leave"), 0);
}

#[test]
fn the_last_subscriber_ends_the_join() {
    let mut world = World::new(without_jitter());
    let id = world.manager.subscribe(world.now, topic("a"), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    world.snapshot("a", "e", 1, &[("a", 1)]);
    world.act(|manager, now| manager.unsubscribe(now, id));
    assert_eq!(world.requests("a", "phx_leave"), 0, "a change of pages must not cost a join");
    assert!(world.manager.subscriptions().is_empty());
    world.pass(secs(1));
    assert_eq!(world.requests("a", "phx_leave"), 1);
    world.act(|manager, now| manager.unsubscribe(now, id));
    assert_eq!(world.requests("a", "phx_leave"), 1);
    assert_eq!(world.manager.state(&topic("a")), None);
    assert_eq!(world.manager.stats().updates_of_ended, 1);
}

#[test]
fn updates_are_counted_exactly_and_add_up() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    let mut told = world.manager.stats().updates;
    for step in 0..1000_u64 {
        let value = i64::try_from(step).unwrap();
        world.delta("a", (step + 1, step + 2), &[("a", value)], false);
        world.delta("b", (step + 1, step + 2), &[("a", value)], true);
    }
    told += u64::try_from(world.batches().iter().map(Vec::len).sum::<usize>()).unwrap();
    let stats = world.manager.stats();
    assert_eq!((stats.updates, stats.updates), (told, 2002));
    for info in world.manager.subscriptions() {
        assert_eq!((info.last_update, info.throttle_ms), (Some(world.now), 1000), "{}", info.topic);
    }
    let sum: u64 = world.manager.subscriptions().iter().map(|info| info.updates).sum();
    assert_eq!(sum + stats.updates_of_ended, stats.updates);
    assert_eq!((stats.deltas, stats.commits), (2000, 1000));
}

#[test]
fn what_cannot_be_read_is_counted_and_harms_nothing() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let join = world.request("a", "phx_join").unwrap()[1].clone();
    let frames: Vec<Value> = vec![
        json!({}),
        json!([null, null, "a", "b", {}]),
        json!([null, null, "phoenix", "unknown", {}]),
        json!([null, null, "phoenix", "beat", {"offset": "x"}]),
        json!([join, null, "view:a", "delta", {"from": -1}]),
        json!([join, null, "view:a", "reset", {}]),
        json!([join, null, "view:a", "unknown", {}]),
    ];
    for frame in &frames {
        world.receive(frame);
    }
    assert_eq!(world.manager.stats().malformed, 7);
    world.delta("a", (1, 2), &[("a", 2)], true);
    assert_eq!(world.value("a", "a"), Some(2));
}

#[test]
fn data_has_an_age() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.pass_alive(secs(7));
    assert_eq!(world.manager.health(world.now).last_data_age, Some(secs(7)));
    world.delta("a", (1, 2), &[("a", 2)], true);
    assert_eq!(world.manager.health(world.now).last_data_age, Some(Duration::ZERO));
}

#[test]
fn the_mark_of_the_data_is_told_when_it_changes() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let modes = |world: &World| {
        let events = world.events.iter().filter_map(|(_, event)| match event {
            Event::Mode(mode) => Some(mode.clone()),
            _ => None,
        });
        events.collect::<Vec<_>>()
    };
    for mode in ["demo", "demo", "replay"] {
        world.receive(&json!([null, null, "phoenix", "mode", {"mode": mode}]));
    }
    assert_eq!(modes(&world), ["demo", "replay"]);
    let malformed = world.manager.stats().malformed;
    world.receive(&json!([null, null, "phoenix", "mode", {}]));
    assert_eq!((modes(&world).len(), world.manager.stats().malformed), (2, malformed + 1));
}
