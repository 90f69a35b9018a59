//! Whatever comes in whatever order: no panic, never more than one living attempt, and it comes to rest.

#![expect(clippy::unwrap_used, reason = "the topic is written here")]

use std::time::Duration;

use crate::support::{World, at, topic};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use realtime_manager::{Attempt, Config, Event, Input, Manager, Status};
use realtime_protocol::Topic;
use realtime_protocol::close::CloseCode;
use serde_json::json;

const TABLE: &str = "table:t";

#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    Connect,
    Disconnect,
    Retry,
    Open(bool),
    Heartbeat,
    Close(Option<u16>),
    Hidden(bool),
    Online(bool),
    Resumed,
    Subscribe(u8, u64),
    Snapshot(u8, u64),
    Delta(u8, u64, u64, bool),
    Reset(u8, u64),
    Fail(u8, bool),
    Table(u64),
    TableAnswer(u8, u64),
    Rows(u64, u64, Vec<u64>, bool),
    TableFail(bool),
    Text(String),
    Stale(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let code = prop_oneof![Just(None), (4400_u16..4510).prop_map(Some), Just(Some(1012))];
    let step = prop_oneof![
        4 => (0_u64..20_000).prop_map(Step::Pass),
        3 => Just(Step::Connect),
        1 => Just(Step::Disconnect),
        2 => Just(Step::Retry),
        6 => any::<bool>().prop_map(Step::Open),
        6 => Just(Step::Heartbeat),
        2 => code.prop_map(Step::Close),
        1 => any::<bool>().prop_map(Step::Hidden),
        1 => any::<bool>().prop_map(Step::Online),
        1 => Just(Step::Resumed),
        3 => (0_u8..3, 0_u64..3000).prop_map(|(name, ms)| Step::Subscribe(name, ms)),
        4 => (0_u8..3, 0_u64..5).prop_map(|(name, offset)| Step::Snapshot(name, offset)),
        4 => (0_u8..3, 0_u64..5, 0_u64..5, any::<bool>()).prop_map(|(name, from, to, last)| Step::Delta(name, from, to, last)),
        2 => (0_u8..3, 0_u64..5).prop_map(|(name, offset)| Step::Reset(name, offset)),
        1 => (0_u8..3, any::<bool>()).prop_map(|(name, again)| Step::Fail(name, again)),
        3 => (0_u64..3000).prop_map(Step::Table),
        5 => (0_u8..4, 0_u64..5).prop_map(|(mode, offset)| Step::TableAnswer(mode, offset)),
        6 => rows(),
        1 => any::<bool>().prop_map(Step::TableFail),
        1 => ".{0,40}".prop_map(Step::Text),
        1 => (0_u64..5).prop_map(Step::Stale),
    ];
    proptest::collection::vec(step, 0..80)
}

/// Rows that mostly fit their span.
fn rows() -> impl Strategy<Value = Step> {
    let offsets = prop_oneof![
        3 => (0_u64..5, 0_usize..3).prop_map(|(offset, many)| vec![offset; many]),
        1 => proptest::collection::vec(0_u64..8, 0..4),
    ];
    (0_u64..5, 0_u64..4, offsets, any::<bool>())
        .prop_map(|(from, more, offsets, last)| Step::Rows(from, from + more, offsets, last))
}

fn play_table(world: &mut World, step: &Step) {
    if let Step::Table(ms) = step {
        world.act(|manager, now| {
            let id = manager.subscribe(now, Topic::parse(TABLE).unwrap(), Duration::from_millis(*ms));
            if ms % 5 == 0 {
                manager.unsubscribe(now, id);
            }
        });
    }
    let join = world
        .sent
        .iter()
        .rev()
        .find(|(of, frame)| world.live.last() == Some(of) && frame[2] == TABLE && frame[3] == "phx_join");
    let Some((_, join)) = join.cloned() else { return };
    match step {
        Step::TableAnswer(mode, offset) => {
            let mode = ["live", "resumed", "reset", "nothing"][usize::from(*mode)];
            // A continuation is right only at the place that was asked for.
            let asked = &join[4]["position"];
            let position =
                if mode == "resumed" && offset % 2 == 0 { asked.clone() } else { json!(at("e", *offset)) };
            let response = json!({"topic": TABLE, "throttle_ms": 1000, "position": position, "mode": mode, "missed": null});
            world.receive(
                &json!([join[0], join[1], TABLE, "phx_reply", {"status": "ok", "response": response}]),
            );
        }
        Step::Rows(from, to, offsets, last) => {
            let row = |offset: &u64| json!({"offset": offset, "op": "delete", "key": "k", "at": ""});
            let rows: Vec<_> = offsets.iter().map(row).collect();
            world.receive(
                &json!([null, null, TABLE, "rows", {"from": from, "to": to, "rows": rows, "last": last}]),
            );
        }
        Step::TableFail(again) => {
            let event = if *again { "phx_error" } else { "phx_close" };
            world.receive(&json!([join[0], null, TABLE, event, {}]));
        }
        _ => {}
    }
}

fn play(world: &mut World, step: &Step) {
    let name = |number: u8| ["a", "b", "c"][usize::from(number)];
    let is_live = !world.live.is_empty();
    let has_join = |world: &World, number: u8| is_live && world.request(name(number), "phx_join").is_some();
    match step {
        Step::Pass(ms) => world.pass(Duration::from_millis(*ms)),
        Step::Connect => world.act(Manager::connect),
        Step::Disconnect => world.act(Manager::disconnect),
        Step::Retry => world.act(Manager::retry),
        Step::Open(answer) => {
            if is_live {
                world.open();
                if *answer {
                    world.answer_heartbeats();
                }
            }
        }
        Step::Heartbeat if is_live => world.answer_heartbeats(),
        Step::Close(code) if is_live => world.close(*code),
        Step::Heartbeat | Step::Close(_) => {}
        Step::Hidden(hidden) => world.input(Input::Visibility { hidden: *hidden }),
        Step::Online(online) => world.input(Input::Network { online: *online }),
        Step::Resumed => world.input(Input::Resumed),
        Step::Subscribe(number, ms) => world.act(|manager, now| {
            let id = manager.subscribe(now, topic(name(*number)), Duration::from_millis(*ms));
            if ms % 3 == 0 {
                manager.unsubscribe(now, id);
            }
        }),
        Step::Snapshot(number, offset) => {
            if has_join(world, *number) {
                world.snapshot(name(*number), "e", *offset, &[("a", 1)]);
            }
        }
        Step::Delta(number, from, extra, last) => {
            if has_join(world, *number) {
                let hash = json!("0000000000000000");
                world.delta_with_hash(name(*number), (*from, from + extra), &json!({}), &hash, *last);
            }
        }
        Step::Reset(number, offset) => {
            if has_join(world, *number) {
                world.reset(name(*number), "hash", &at("f", *offset), &[("b", 2)], None);
            }
        }
        Step::Fail(number, again) => {
            if has_join(world, *number) {
                let join = world.join_ref(name(*number));
                let event = if *again { "phx_error" } else { "phx_close" };
                world.receive(&json!([join, null, topic(name(*number)).as_str(), event, {}]));
            }
        }
        Step::Text(text) => {
            if is_live {
                let attempt = world.attempt();
                world.input(Input::Received(attempt, text));
            }
        }
        Step::Table(_) | Step::TableAnswer(..) | Step::Rows(..) | Step::TableFail(_) => {
            play_table(world, step)
        }
        Step::Stale(number) => {
            let attempt = Attempt(1_000_000 + number);
            world.input(Input::Opened(attempt));
            world.input(Input::Received(attempt, "[]"));
            world.input(Input::Closed(attempt, Some(CloseCode::TOKEN), ""));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_inputs_panics_or_makes_two_attempts(steps in steps()) {
        let mut world = World::new(Config::default());
        for step in &steps {
            play(&mut world, step);
            assert!(world.live.len() <= 1, "{:?}", world.live);
            assert_eq!(world.live.first().copied(), world.manager.attempt());
            let stats = world.manager.stats();
            let sum: u64 = world.manager.subscriptions().iter().map(|info| info.updates).sum();
            assert_eq!(sum + stats.updates_of_ended, stats.updates);
            let told = world.events.iter().map(|(_, event)| match event {
                Event::Rows(update) => update.rows.len() as u64,
                _ => 0,
            });
            assert_eq!(told.sum::<u64>(), stats.rows);
        }
        for change in world.statuses() {
            assert!(is_in_the_table(change.from, change.to), "{change:?}");
        }
        world.act(Manager::disconnect);
        world.pass(Duration::from_secs(3600));
        assert_eq!(world.manager.status(), Status::Disconnected);
        assert!(world.live.is_empty() && world.wait.is_none());
    }
}

fn is_in_the_table(from: Status, to: Status) -> bool {
    match from {
        Status::Disconnected => to == Status::Connecting,
        Status::Connecting => to != Status::Connecting,
        Status::Connected => matches!(to, Status::Reconnecting | Status::Error | Status::Disconnected),
        Status::Reconnecting => to != Status::Connecting,
        Status::Error => matches!(to, Status::Connecting | Status::Disconnected),
    }
}
