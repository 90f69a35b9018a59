//! The promises about the connection: B1, B2, B4, B5, B8, B9, B11, B12, B14.

use std::time::Duration;

use crate::support::{World, secs, without_jitter};
use realtime_manager::{Attempt, Config, GIVEN_UP, Input, Manager, Reason, Status};
use realtime_protocol::close::CloseCode;

fn words(world: &World) -> Vec<(&'static str, &'static str)> {
    world.statuses().iter().map(|change| (change.from.as_str(), change.to.as_str())).collect()
}

#[test]
fn connected_is_said_only_after_the_first_heartbeat_was_answered() {
    let mut world = World::new(Config::default());
    world.act(Manager::connect);
    assert_eq!(world.manager.status(), Status::Connecting);
    world.open();
    world.beat();
    assert_eq!(world.manager.status(), Status::Connecting);
    world.answer_heartbeats();
    assert_eq!(world.manager.status(), Status::Connected);
    assert_eq!(words(&world), [("disconnected", "connecting"), ("connecting", "connected")]);
}

#[test]
fn silence_of_five_seconds_is_a_loss() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let attempt = world.attempt();
    world.pass(Duration::from_millis(4999));
    assert_eq!(world.manager.status(), Status::Connected);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.manager.status(), Status::Reconnecting);
    assert_eq!(world.disconnects, [(attempt, GIVEN_UP)]);
    let change = &world.statuses()[0];
    assert_eq!((change.attempt, change.next_attempt_in), (1, Some(secs(1))));
    assert_eq!(change.reason, Some(Reason::Silent));
}

#[test]
fn a_server_that_beats_is_alive_for_hours() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.pass_alive(secs(3 * 3600));
    assert_eq!(world.manager.status(), Status::Connected);
    assert_eq!(world.connects.len(), 1);
    assert!(world.events.is_empty());
}

#[test]
fn heartbeats_go_out_every_25_seconds() {
    let mut world = World::connected(without_jitter(), &[]);
    world.sent.clear();
    world.pass_alive(secs(100));
    assert_eq!(world.sent.iter().filter(|(_, frame)| frame[3] == "heartbeat").count(), 4);
}

#[test]
fn retries_come_after_one_two_four_eight_and_sixteen_seconds_and_then_it_ends() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let mut lost_at = world.now.0;
    world.close(None);
    for delay in [1, 2, 4, 8, 16] {
        assert_eq!(world.manager.status(), Status::Reconnecting);
        assert_eq!(world.manager.health(world.now).next_attempt_in, Some(secs(delay)));
        world.pass(secs(delay));
        assert_eq!(world.connects.last().unwrap().0, lost_at + secs(delay));
        lost_at = world.now.0;
        world.close(None);
    }
    assert_eq!(world.manager.status(), Status::Error);
    assert_eq!(world.connects.len(), 6);
    let last = world.statuses().pop().unwrap();
    assert_eq!(
        (last.from, last.to, last.reason),
        (Status::Reconnecting, Status::Error, Some(Reason::Closed(None)))
    );
    world.pass(secs(600));
    assert_eq!(world.connects.len(), 6);
    assert_eq!(world.wait, None);
}

#[test]
fn each_retry_says_its_number_when_it_starts() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    for delay in [1, 2, 4, 8, 16] {
        world.pass(secs(delay));
        world.close(None);
    }
    let starts: Vec<u32> = world
        .statuses()
        .iter()
        .filter(|change| change.from == Status::Reconnecting && change.to == Status::Reconnecting)
        .map(|change| change.attempt)
        .collect();
    assert_eq!(starts, [1, 2, 3, 4, 5]);
}

#[test]
fn an_attempt_that_does_not_open_fails_after_ten_seconds() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    world.pass(secs(10));
    assert_eq!(world.manager.status(), Status::Reconnecting);
    assert_eq!(world.disconnects, [(Attempt(1), GIVEN_UP)]);
    assert_eq!(world.statuses().pop().unwrap().reason, Some(Reason::NotOpened));
}

#[test]
fn a_socket_that_opens_but_does_not_answer_fails_after_ten_seconds() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    world.pass(secs(3));
    world.open();
    world.pass(Duration::from_millis(9999));
    assert_eq!(world.manager.status(), Status::Connecting);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.statuses().pop().unwrap().reason, Some(Reason::NotAnswered));
    assert_eq!(world.manager.health(world.now).last_error.as_deref(), Some("server did not answer in time"));
}

#[test]
fn after_an_error_the_user_the_network_and_the_viewer_start_anew() {
    let starts: [fn(&mut World); 5] = [
        |world| world.act(Manager::connect),
        |world| world.act(Manager::retry),
        |world| world.input(Input::Network { online: true }),
        |world| {
            world.input(Input::Visibility { hidden: true });
            world.input(Input::Visibility { hidden: false });
        },
        |world| world.input(Input::Resumed),
    ];
    for start in starts {
        let mut world = World::new(without_jitter());
        world.act(Manager::connect);
        for delay in [1, 2, 4, 8, 16, 0] {
            world.close(None);
            world.pass(secs(delay));
        }
        assert_eq!(world.manager.status(), Status::Error);
        assert_eq!(world.connects.len(), 6);
        start(&mut world);
        assert_eq!(world.manager.status(), Status::Connecting);
        assert_eq!(world.connects.len(), 7);
    }
}

#[test]
fn the_count_of_retries_begins_anew_only_after_ten_stable_seconds() {
    let mut world = World::connected(without_jitter(), &[]);
    for number in 1..=3 {
        world.close(None);
        assert_eq!(world.manager.health(world.now).attempt, number);
        world.pass(secs(1 << (number - 1)));
        world.bring_up();
        world.pass_alive(secs(9));
    }
    world.close(None);
    assert_eq!(world.manager.health(world.now).attempt, 4);
    world.pass(secs(8));
    world.bring_up();
    world.pass_alive(secs(10));
    world.close(None);
    assert_eq!(world.manager.health(world.now).attempt, 1);
}

#[test]
fn a_link_that_flaps_ends_in_an_error() {
    let mut world = World::connected(without_jitter(), &[]);
    for delay in [1, 2, 4, 8, 16] {
        world.close(None);
        world.pass(secs(delay));
        world.bring_up();
    }
    world.close(None);
    assert_eq!(world.manager.status(), Status::Error);
}

#[test]
fn after_disconnect_no_attempt_follows_ever() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.act(Manager::disconnect);
    assert_eq!(world.manager.status(), Status::Disconnected);
    world.pass(secs(24 * 3600));
    world.input(Input::Network { online: true });
    world.input(Input::Visibility { hidden: true });
    world.input(Input::Visibility { hidden: false });
    assert_eq!(world.connects.len(), 1);
    assert_eq!(world.wait, None);
}

#[test]
fn disconnect_closes_the_socket_with_code_1000() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let attempt = world.attempt();
    world.act(Manager::disconnect);
    assert_eq!(world.disconnects, [(attempt, CloseCode::NORMAL)]);
    world.act(Manager::disconnect);
    assert_eq!(words(&world), [("connected", "disconnected")]);
}

/// Behaviour: B11 — broken by: a retry that starts beside an attempt under way
#[test]
fn ten_presses_of_retry_are_one_attempt() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    for _ in 0..10 {
        world.act(Manager::retry);
    }
    assert_eq!(world.connects.len(), 2);
    assert_eq!(world.most_live, 1);
}

#[test]
fn connecting_twice_is_connecting_once() {
    let mut world = World::new(without_jitter());
    world.act(|manager, now| {
        manager.connect(now);
        manager.connect(now);
    });
    assert_eq!(world.connects.len(), 1);
}

#[test]
fn a_final_refusal_is_an_error_at_once_and_only_the_user_tries_again() {
    for code in [4401, 4403, 4406] {
        let mut world = World::connected(without_jitter(), &["a"]);
        world.close(Some(code));
        assert_eq!(world.manager.status(), Status::Error);
        let change = world.statuses().pop().unwrap();
        assert_eq!(change.reason, Some(Reason::Refused(CloseCode(code))));
        assert!(change.reason.unwrap().to_string().contains("for good"));
        world.pass(secs(600));
        world.input(Input::Network { online: true });
        assert_eq!(world.connects.len(), 1);
        world.act(Manager::retry);
        assert_eq!(world.connects.len(), 2);
    }
}

#[test]
fn other_close_codes_are_retried() {
    for code in [None, Some(1000), Some(1001), Some(1006), Some(1012), Some(4503)] {
        let mut world = World::connected(without_jitter(), &["a"]);
        world.close(code);
        assert_eq!(world.manager.status(), Status::Reconnecting, "{code:?}");
    }
}

#[test]
fn health_tells_when_it_was_connected_and_lost() {
    let mut world = World::new(without_jitter());
    world.pass(secs(3));
    world.act(Manager::connect);
    world.bring_up();
    let connected = world.now;
    world.pass_alive(secs(20));
    let health = world.manager.health(world.now);
    assert_eq!((health.last_connected, health.last_disconnected), (Some(connected), None));
    assert_eq!(world.now.saturating_since(health.since), secs(20));
    world.close(None);
    let health = world.manager.health(world.now);
    assert_eq!((health.last_connected, health.last_disconnected), (Some(connected), Some(world.now)));
    assert_eq!((health.attempt, health.max_attempts), (1, Some(5)));
}

#[test]
fn latency_is_absent_until_measured_and_then_the_round_trip() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    world.open();
    assert_eq!(world.manager.health(world.now).latency, None);
    world.pass(Duration::from_millis(200));
    world.answer_heartbeats();
    let latency = world.manager.health(world.now).latency.unwrap();
    assert_eq!(latency.last, Duration::from_millis(200));
    assert_eq!(world.manager.server_time_ms(world.now), Some(1_000_100));
    world.pass(secs(1));
    assert_eq!(world.manager.server_time_ms(world.now), Some(1_001_100));
}

#[test]
fn a_hidden_client_says_so_and_is_patient() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.input(Input::Visibility { hidden: true });
    let (_, frame) = world.sent.last().unwrap();
    assert_eq!(
        (&frame[2], &frame[3], &frame[4]["hidden"]),
        (&"phoenix".into(), &"visibility".into(), &true.into())
    );
    world.pass(secs(60));
    assert_eq!(world.manager.status(), Status::Connected);
    world.pass(secs(6));
    assert_eq!(world.manager.status(), Status::Reconnecting);
}

/// Behaviour: B15 — broken by: `Resumed` that does nothing
#[test]
fn after_standing_still_it_asks_at_once_whether_seen_or_not() {
    for hidden in [false, true] {
        let mut world = World::connected(without_jitter(), &["a"]);
        world.input(Input::Visibility { hidden });
        world.sent.clear();
        // It stood still: no timer came, and the moment at which silence is a loss is long past.
        world.now = world.now + secs(3600);
        world.input(Input::Resumed);
        let events: Vec<_> = world.sent.iter().map(|(_, frame)| frame[3].as_str().unwrap()).collect();
        assert_eq!(events, ["heartbeat"]);
        world.pass(Duration::from_millis(999));
        assert_eq!(world.manager.status(), Status::Connected);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.connects.len(), 2);
        assert_eq!(world.statuses().pop().unwrap().reason, Some(Reason::Resumed));
    }
}

#[test]
fn shown_again_it_asks_at_once_and_knows_within_a_second() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.input(Input::Visibility { hidden: true });
    world.pass(secs(50));
    world.sent.clear();
    world.input(Input::Visibility { hidden: false });
    let events: Vec<_> = world.sent.iter().map(|(_, frame)| frame[3].as_str().unwrap()).collect();
    assert_eq!(events, ["visibility", "heartbeat"]);
    world.pass(Duration::from_millis(999));
    assert_eq!(world.manager.status(), Status::Connected);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.manager.status(), Status::Reconnecting);
    assert_eq!(world.connects.len(), 2);
}

#[test]
fn inputs_of_an_attempt_that_is_over_are_counted_and_change_nothing() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.pass(secs(1));
    world.input(Input::Opened(Attempt(1)));
    world.input(Input::Received(Attempt(1), "x"));
    world.input(Input::Closed(Attempt(1), Some(CloseCode::TOKEN), ""));
    assert_eq!(world.manager.stats().stale_inputs, 3);
    assert_eq!(world.manager.status(), Status::Reconnecting);
    world.bring_up();
    assert_eq!(world.manager.stats().reconnects, 1);
}

#[test]
fn a_changed_recovery_that_forbids_the_wait_ends_it() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    let mut recovery = without_jitter().recovery;
    recovery.max_retries = Some(0);
    world.act(|manager, now| manager.set_recovery(now, recovery));
    assert_eq!(world.manager.status(), Status::Error);
    world.pass(secs(60));
    assert_eq!(world.connects.len(), 1);
}

#[test]
fn unlimited_retries_never_end() {
    let mut config = without_jitter();
    config.recovery.max_retries = None;
    let mut world = World::connected(config, &["a"]);
    for _ in 0..50 {
        world.close(None);
        let wait = world.manager.health(world.now).next_attempt_in.unwrap();
        assert!(wait <= secs(30));
        world.pass(wait);
    }
    assert_eq!(world.manager.status(), Status::Reconnecting);
    assert_eq!(world.connects.len(), 51);
}
