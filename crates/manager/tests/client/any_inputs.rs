//! Whatever comes in whatever order: no panic, never more than one living attempt, and it comes to rest.

use std::time::Duration;

use crate::support::{World, at, topic};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use realtime_manager::{Attempt, Config, Input, Manager, Status};
use realtime_protocol::close::CloseCode;
use serde_json::json;

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
    Subscribe(u8, u64),
    Snapshot(u8, u64),
    Delta(u8, u64, u64, bool),
    Reset(u8, u64),
    Fail(u8, bool),
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
        3 => (0_u8..3, 0_u64..3000).prop_map(|(name, ms)| Step::Subscribe(name, ms)),
        4 => (0_u8..3, 0_u64..5).prop_map(|(name, offset)| Step::Snapshot(name, offset)),
        4 => (0_u8..3, 0_u64..5, 0_u64..5, any::<bool>()).prop_map(|(name, from, to, last)| Step::Delta(name, from, to, last)),
        2 => (0_u8..3, 0_u64..5).prop_map(|(name, offset)| Step::Reset(name, offset)),
        1 => (0_u8..3, any::<bool>()).prop_map(|(name, again)| Step::Fail(name, again)),
        1 => ".{0,40}".prop_map(Step::Text),
        1 => (0_u64..5).prop_map(Step::Stale),
    ];
    proptest::collection::vec(step, 0..80)
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
        Step::Heartbeat => {
            if is_live {
                world.answer_heartbeats();
            }
        }
        Step::Close(code) => {
            if is_live {
                world.close(*code);
            }
        }
        Step::Hidden(hidden) => world.input(Input::Visibility { hidden: *hidden }),
        Step::Online(online) => world.input(Input::Network { online: *online }),
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
        Step::Stale(number) => {
            let attempt = Attempt(1_000_000 + number);
            world.input(Input::Opened(attempt));
            world.input(Input::Received(attempt, "[]"));
            world.input(Input::Closed(attempt, Some(CloseCode::TOKEN)));
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
