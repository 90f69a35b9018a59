//! The promises about rows of tables: B16, B17, B19, B33.

#![expect(clippy::unwrap_used, reason = "a script that does not hold together is a failed test")]

use crate::support::{World, at, secs, without_jitter};
use realtime_manager::{CaughtUp, Event, Manager};
use realtime_protocol::message::ResetReason;
use realtime_protocol::{Position, Topic};
use serde_json::{Value, json};

const TABLE: &str = "table:games";

fn table() -> Topic {
    Topic::parse(TABLE).unwrap()
}

fn row(offset: u64, key: u64) -> Value {
    json!({"offset": offset, "op": "insert", "key": key.to_string(), "new": {"id": key},
        "at": "2026-03-01T18:00:00.000Z"})
}

fn last_join(world: &World) -> Value {
    let joins = world.sent.iter().rev().find(|(_, frame)| frame[2] == TABLE && frame[3] == "phx_join");
    joins.unwrap().1.clone()
}

fn joins(world: &World) -> usize {
    world.sent.iter().filter(|(_, frame)| frame[2] == TABLE && frame[3] == "phx_join").count()
}

fn answer(world: &mut World, mode: &str, position: &Position, extra: &Value) {
    let join = last_join(world);
    let mut response = json!({"topic": TABLE, "throttle_ms": join[4]["throttle_ms"], "mode": mode,
        "position": position, "missed": null});
    response.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    world.receive(&json!([join[0], join[1], TABLE, "phx_reply", {"status": "ok", "response": response}]));
}

fn rows(world: &mut World, from: u64, to: u64, rows: &[Value], last: bool) {
    world.receive(&json!([null, null, TABLE, "rows", {"from": from, "to": to, "rows": rows, "last": last}]));
}

/// The offset and key of every row that was told.
fn told(world: &World) -> Vec<(u64, String)> {
    let mut told = Vec::new();
    for (_, event) in &world.events {
        if let Event::Rows(update) = event {
            assert_eq!(update.topic, table());
            told.extend(update.rows.iter().map(|row| (row.offset, row.key.clone())));
            assert!(update.rows.iter().all(|row| row.offset <= update.position.offset));
        }
    }
    told
}

fn keys(pairs: &[(u64, u64)]) -> Vec<(u64, String)> {
    pairs.iter().map(|(offset, key)| (*offset, key.to_string())).collect()
}

/// A world that has joined the table at offset 5.
fn joined() -> World {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, table(), secs(1));
    world.act(Manager::connect);
    world.bring_up();
    answer(&mut world, "live", &at("e", 5), &json!({}));
    world.events.clear();
    world
}

fn cut_and_return(world: &mut World) {
    world.close(None);
    world.pass(secs(1));
    world.bring_up();
}

#[test]
fn rows_come_once_and_in_order_and_move_the_position() {
    let mut world = joined();
    rows(&mut world, 5, 7, &[row(6, 1), row(7, 2)], true);
    rows(&mut world, 7, 8, &[row(8, 3)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (7, 2), (8, 3)]));
    assert_eq!(world.manager.position(&table()), Some(&at("e", 8)));
    assert_eq!(world.manager.state(&table()), None, "a table has no state");
}

/// Behaviour: B16 — broken by: joining without a position; moving the position with the first piece
#[test]
fn a_commit_cut_in_the_middle_is_told_whole_after_the_return_and_nothing_twice() {
    let mut world = joined();
    rows(&mut world, 5, 6, &[row(6, 1)], true);
    let before = world.manager.memory_estimate();
    rows(&mut world, 6, 7, &[row(7, 2), row(7, 3)], false);
    assert_eq!(told(&world), keys(&[(6, 1)]));
    assert!(world.manager.memory_estimate() > before + 100, "what waits is counted");
    cut_and_return(&mut world);
    assert_eq!(last_join(&world)[4]["position"], json!(at("e", 6)));
    answer(&mut world, "resumed", &at("e", 6), &json!({}));
    rows(&mut world, 6, 7, &[row(7, 2), row(7, 3)], false);
    rows(&mut world, 6, 7, &[row(7, 4)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (7, 2), (7, 3), (7, 4)]));
    assert_eq!(world.caught_up().map(|caught_up| caught_up.resumed), Some(true));
}

#[test]
fn rows_that_come_again_are_dropped_and_counted() {
    let mut world = joined();
    rows(&mut world, 5, 6, &[row(6, 1)], true);
    rows(&mut world, 5, 6, &[row(6, 1)], true);
    rows(&mut world, 5, 7, &[row(6, 1), row(7, 2)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (7, 2)]));
    let stats = world.manager.stats();
    assert_eq!((stats.rows, stats.updates, stats.rows_duplicate), (2, 2, 2));
}

#[test]
fn a_hole_is_filled_from_the_log_and_not_by_a_state() {
    let mut world = joined();
    rows(&mut world, 6, 7, &[row(7, 2)], true);
    assert!(told(&world).is_empty());
    assert_eq!((joins(&world), world.manager.stats().gaps), (2, 1));
    assert_eq!(last_join(&world)[4]["position"], json!(at("e", 5)));
    answer(&mut world, "resumed", &at("e", 5), &json!({}));
    rows(&mut world, 5, 7, &[row(6, 1), row(7, 2)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (7, 2)]));
}

/// Behaviour: B17 — broken by: not telling a reset in the answer to a join
#[test]
fn rows_that_are_no_longer_kept_are_said_to_be_missing_with_their_number() {
    let mut world = joined();
    cut_and_return(&mut world);
    answer(&mut world, "reset", &at("e", 40), &json!({"reason": "expired", "missed": 35}));
    let said = world.events.iter().find_map(|(_, event)| match event {
        Event::Resynchronised { topic, reason, missed } => Some((topic.clone(), *reason, *missed)),
        _ => None,
    });
    assert_eq!(said, Some((table(), ResetReason::Expired, Some(35))));
    assert_eq!(world.caught_up(), Some(CaughtUp { commits: 35, resumed: false }));
    rows(&mut world, 40, 41, &[row(41, 9)], true);
    assert_eq!(told(&world), keys(&[(41, 9)]));
}

#[test]
fn a_continuation_of_another_place_is_not_believed() {
    let mut world = joined();
    cut_and_return(&mut world);
    answer(&mut world, "resumed", &at("e", 6), &json!({}));
    assert_eq!((joins(&world), world.manager.stats().gaps), (3, 1));
    assert_eq!(world.manager.position(&table()), Some(&at("e", 5)));
}

/// Behaviour: B19 — broken by: telling only the newest row of a push
#[test]
fn ten_thousand_rows_in_a_burst_are_all_told_and_counted() {
    let mut world = joined();
    for push in 0..100_u64 {
        let from = 5 + push * 100;
        let many: Vec<Value> = (1..=100).map(|n| row(from + n, from + n)).collect();
        rows(&mut world, from, from + 100, &many, true);
    }
    let expected: Vec<_> = (6..=10_005).map(|offset: u64| (offset, offset.to_string())).collect();
    assert_eq!(told(&world), expected);
    let info = &world.manager.subscriptions()[0];
    assert_eq!((info.updates, world.manager.stats().rows), (10_000, 10_000));
}

#[test]
fn a_push_without_rows_moves_the_position_and_tells_nothing() {
    let mut world = joined();
    rows(&mut world, 5, 2000, &[], true);
    assert!(world.events.is_empty());
    assert_eq!(world.manager.position(&table()), Some(&at("e", 2000)));
}

/// Behaviour: B33 — broken by: calling a topic lost that was silent for an hour
#[test]
fn a_quiet_subscription_stays_alive_for_hours() {
    let mut world = joined();
    world.pass_alive(secs(5 * 3600));
    assert_eq!((joins(&world), world.manager.stats().reconnects), (1, 0));
    rows(&mut world, 5, 6, &[row(6, 1)], true);
    assert_eq!(told(&world), keys(&[(6, 1)]));
}

#[test]
fn what_belongs_to_views_means_nothing_to_a_table() {
    let mut world = joined();
    let join = last_join(&world)[0].clone();
    for event in ["delta", "reset", "rows"] {
        world.receive(&json!([join, null, TABLE, event, {"from": 5, "to": 6}]));
    }
    assert_eq!(world.manager.stats().malformed, 3);
    assert!(told(&world).is_empty());
}

#[test]
fn whoever_has_a_pace_of_its_own_still_gets_every_row() {
    let mut world = joined();
    world.act(|manager, now| {
        manager.subscribe_at(
            now,
            table(),
            realtime_manager::Options { throttle: secs(5), ..Default::default() },
        );
    });
    rows(&mut world, 5, 6, &[row(6, 1)], true);
    rows(&mut world, 6, 7, &[row(7, 1)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (7, 1)]));
    assert!(world.events.iter().all(|(_, event)| !matches!(event, Event::Deliveries(_))));
}

/// Behaviour: B65 — broken by: a table whose answer ends no problem
#[test]
fn a_hole_in_a_table_is_a_problem_until_it_is_continued() {
    let mut world = joined();
    rows(&mut world, 7, 8, &[row(8, 8)], true);
    assert_eq!(world.manager.problems().len(), 1);
    answer(&mut world, "resumed", &at("e", 5), &json!({}));
    assert!(world.manager.problems().is_empty());
    assert!(world.manager.error_history().all(|past| past.recovered));
}

#[test]
fn a_table_that_the_server_ends_is_joined_again_from_its_position() {
    let mut world = joined();
    rows(&mut world, 5, 6, &[row(6, 1)], true);
    rows(&mut world, 6, 7, &[row(7, 2)], false);
    let join = last_join(&world)[0].clone();
    world.receive(&json!([join, null, TABLE, "phx_error", {}]));
    world.pass_alive(secs(10));
    assert_eq!((joins(&world), last_join(&world)[4]["position"].clone()), (2, json!(at("e", 6))));
    answer(&mut world, "resumed", &at("e", 6), &json!({}));
    rows(&mut world, 6, 7, &[row(7, 2), row(7, 3)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (7, 2), (7, 3)]));
}

#[test]
fn rows_that_came_while_everybody_had_paused_are_told_afterwards() {
    let mut world = joined();
    let id = world.manager.subscribers()[0].id;
    world.act(|manager, now| manager.pause(now, id));
    world.pass_alive(secs(60));
    world.act(|manager, now| manager.resume(now, id));
    assert_eq!((joins(&world), last_join(&world)[4]["position"].clone()), (2, json!(at("e", 5))));
    answer(&mut world, "resumed", &at("e", 5), &json!({}));
    rows(&mut world, 5, 8, &[row(6, 1), row(8, 2)], true);
    assert_eq!(told(&world), keys(&[(6, 1), (8, 2)]));
}
