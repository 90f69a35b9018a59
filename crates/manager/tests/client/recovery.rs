//! The promises about settings of the recovery, hints of the server, and many clients at once: B7, B10, B15.

#![expect(clippy::unwrap_used, reason = "a script that does not hold together is a failed test")]

use std::time::Duration;

use crate::support::{World, secs, without_jitter};
use realtime_manager::{Attempt, Config, Input, Instant, Manager, Output, Recovery, Status};
use realtime_protocol::close::CloseCode;

fn set(world: &mut World, change: impl FnOnce(&mut Recovery)) {
    let mut recovery = world.recovery.clone();
    change(&mut recovery);
    world.recovery = recovery.clone();
    world.act(|manager, now| manager.set_recovery(now, recovery));
}

fn next(world: &World) -> Option<u64> {
    world.manager.health(world.now).next_attempt_in.map(|wait| wait.as_secs())
}

/// The waits before the retries of an outage, in whole seconds.
fn waits(world: &mut World) -> Vec<u64> {
    let mut waits = Vec::new();
    while let Some(wait) = next(world) {
        waits.push(wait);
        world.pass(secs(wait));
        world.close(None);
    }
    waits
}

/// Behaviour: B7 — broken by: keeping the moment that was planned before the change
#[test]
fn a_changed_setting_moves_the_attempt_that_is_planned() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    world.pass(secs(1));
    world.close(None);
    assert_eq!(next(&world), Some(2));
    set(&mut world, |recovery| recovery.factor = 10.0);
    assert_eq!(next(&world), Some(10));
    world.pass(secs(4));
    set(&mut world, |recovery| recovery.max_delay = secs(6));
    assert_eq!(next(&world), Some(2));
    set(&mut world, |recovery| recovery.first_delay = secs(5));
    assert_eq!(next(&world), Some(2));
    let connects = world.connects.len();
    set(&mut world, |recovery| recovery.max_delay = secs(3));
    world.pass(Duration::ZERO);
    assert_eq!(world.connects.len(), connects + 1);
    assert_eq!(world.manager.status(), Status::Reconnecting);
}

#[test]
fn settings_count_from_the_next_loss_on() {
    let mut world = World::connected(without_jitter(), &["a"]);
    set(&mut world, |recovery| {
        recovery.max_retries = Some(4);
        recovery.first_delay = secs(3);
        recovery.factor = 3.0;
        recovery.max_delay = secs(20);
    });
    world.close(None);
    assert_eq!(waits(&mut world), [3, 9, 20, 20]);
    assert_eq!(world.manager.status(), Status::Error);
    assert_eq!(world.manager.health(world.now).max_attempts, Some(4));
}

#[test]
fn how_long_a_link_must_last_to_be_stable_is_a_setting() {
    let mut world = World::connected(without_jitter(), &[]);
    set(&mut world, |recovery| recovery.reset_after = secs(2));
    for _ in 0..3 {
        world.close(None);
        assert_eq!(world.manager.health(world.now).attempt, 1);
        world.pass(secs(1));
        world.bring_up();
        world.pass_alive(secs(2));
    }
    set(&mut world, |recovery| recovery.reset_after = secs(60));
    world.pass_alive(secs(50));
    world.close(None);
    assert_eq!(world.manager.health(world.now).attempt, 2);
}

#[test]
fn jitter_can_be_switched_on_and_off() {
    let mut world = World::connected(without_jitter(), &[]);
    world.close(None);
    let exact = world.manager.health(world.now).next_attempt_in;
    set(&mut world, |recovery| recovery.jitter = true);
    let stretched = world.manager.health(world.now).next_attempt_in.unwrap();
    assert!(stretched > secs(1) && stretched <= Duration::from_millis(1500), "{stretched:?}");
    set(&mut world, |recovery| recovery.jitter = false);
    assert_eq!((exact, world.manager.health(world.now).next_attempt_in), (Some(secs(1)), Some(secs(1))));
}

/// Behaviour: B10 — broken by: a recovery that never asks whether auto-reconnect is on
#[test]
fn without_auto_reconnect_no_attempt_follows_a_loss_not_even_one_already_planned() {
    let losses: [fn(&mut World); 3] = [
        |world| {
            set(world, |recovery| recovery.auto_reconnect = false);
            world.close(None);
        },
        |world| {
            world.close(None);
            set(world, |recovery| recovery.auto_reconnect = false);
        },
        |world| {
            set(world, |recovery| recovery.auto_reconnect = false);
            world.pass(secs(5));
        },
    ];
    for lose in losses {
        let mut world = World::connected(without_jitter(), &["a"]);
        lose(&mut world);
        assert_eq!(world.manager.status(), Status::Error);
        assert!(world.live.is_empty());
        world.pass(secs(24 * 3600));
        world.input(Input::Network { online: true });
        world.input(Input::Visibility { hidden: true });
        world.input(Input::Visibility { hidden: false });
        world.pass(secs(60));
        assert_eq!((world.connects.len(), world.wait), (1, None));
        world.act(Manager::retry);
        assert_eq!((world.connects.len(), world.manager.status()), (2, Status::Connecting));
    }
}

#[test]
fn switching_auto_reconnect_off_ends_a_retry_under_way_but_not_a_connection() {
    let mut world = World::connected(without_jitter(), &["a"]);
    set(&mut world, |recovery| recovery.auto_reconnect = false);
    assert_eq!(world.manager.status(), Status::Connected);
    set(&mut world, |recovery| recovery.auto_reconnect = true);
    world.close(None);
    world.pass(secs(1));
    let attempt = world.attempt();
    set(&mut world, |recovery| recovery.auto_reconnect = false);
    assert_eq!(world.manager.status(), Status::Error);
    assert_eq!(world.disconnects, [(attempt, CloseCode::NORMAL)]);
}

#[test]
fn switching_auto_reconnect_on_again_tries_at_once_what_was_given_up_for_its_sake() {
    let mut world = World::connected(without_jitter(), &["a"]);
    set(&mut world, |recovery| recovery.auto_reconnect = false);
    world.close(None);
    set(&mut world, |recovery| recovery.auto_reconnect = true);
    assert_eq!((world.connects.len(), world.manager.status()), (2, Status::Connecting));
    world.bring_up();
    world.act(Manager::disconnect);
    set(&mut world, |recovery| recovery.auto_reconnect = false);
    set(&mut world, |recovery| recovery.auto_reconnect = true);
    assert_eq!((world.connects.len(), world.manager.status()), (2, Status::Disconnected));
}

#[test]
fn switching_auto_reconnect_off_stops_an_attempt_that_the_network_brought_about() {
    let mut world = World::connected(Config::default(), &[]);
    set(&mut world, |recovery| *recovery = Recovery { max_retries: Some(0), ..Recovery::default() });
    world.close(None);
    world.input(Input::Network { online: true });
    assert!(world.wait.is_some());
    set(&mut world, |recovery| recovery.auto_reconnect = false);
    world.pass(secs(60));
    assert_eq!((world.connects.len(), world.wait), (1, None));
}

fn close_with(world: &mut World, code: u16, text: &str) {
    let attempt = world.live.pop().unwrap();
    world.input(Input::Closed(attempt, Some(CloseCode(code)), text));
}

#[test]
fn a_server_that_says_when_to_come_back_is_not_asked_earlier() {
    for (code, text, wait) in [
        (4503, "retry=7000", 7),
        (1012, "server stops, retry=7000", 7),
        (4503, "retry=100", 1),
        (4503, "retry=999999999", 60),
        (4503, "retry=", 1),
        (1011, "retry=7000", 1),
    ] {
        let mut world = World::connected(without_jitter(), &["a"]);
        close_with(&mut world, code, text);
        assert_eq!(next(&world), Some(wait), "{code} {text}");
        world.pass(secs(wait));
        assert_eq!(world.connects.len(), 2);
        // The wish is for once; after that the plan goes on.
        world.close(None);
        assert_eq!(next(&world), Some(2), "{code} {text}");
    }
}

#[test]
fn a_wait_that_the_server_asked_for_is_cut_short_by_the_user_alone() {
    let mut world = World::connected(without_jitter(), &["a"]);
    close_with(&mut world, 4503, "retry=20000");
    world.input(Input::Network { online: true });
    set(&mut world, |recovery| recovery.first_delay = secs(2));
    assert_eq!((next(&world), world.connects.len()), (Some(20), 1));
    world.act(Manager::retry);
    assert_eq!(world.connects.len(), 2);
}

/// When a client of this seed connects, having lost its connection at 0 and being told at 100 ms.
fn return_of(seed: u64, tell: &[Input<'_>]) -> Vec<Duration> {
    let mut manager = Manager::new(Config::default(), Instant::default(), seed);
    let mut connects = Vec::new();
    manager.connect(Instant::default());
    manager.handle_input(Instant::default(), Input::Closed(Attempt(1), None, ""));
    let mut now = Instant(Duration::from_millis(100));
    for input in tell {
        manager.handle_input(now, *input);
    }
    loop {
        match manager.poll_output() {
            Output::Connect(_) => connects.push(now.0),
            Output::Wait(Some(until)) if until.0 < secs(1) => {
                now = until;
                manager.handle_input(now, Input::Timeout);
            }
            Output::Wait(_) => return connects.split_off(1),
            Output::Transmit(..)
            | Output::Disconnect(..)
            | Output::Fetch { .. }
            | Output::Persist(_)
            | Output::Event(_) => {}
        }
    }
}

/// Behaviour: B15 — broken by: attempts without a spread
#[test]
fn two_hundred_clients_that_find_the_network_at_once_return_once_each_within_300_ms_and_not_together() {
    let told: [&[Input<'_>]; 2] = [
        &[Input::Network { online: false }, Input::Network { online: true }, Input::Network { online: true }],
        &[Input::Visibility { hidden: true }, Input::Visibility { hidden: false }],
    ];
    for tell in told {
        let mut buckets = [0_u32; 6];
        for seed in 0..200 {
            let connects = return_of(seed, tell);
            assert_eq!(connects.len(), 1, "{connects:?}");
            let after = connects[0].as_millis() - 100;
            assert!(after < 300, "{after}");
            buckets[usize::try_from(after / 50).unwrap()] += 1;
        }
        // Thirty-three are expected in each 50 ms.
        assert!(buckets.iter().all(|count| (12..=60).contains(count)), "{buckets:?}");
    }
}

#[test]
fn the_spread_of_a_return_is_seen_as_the_time_to_the_next_attempt() {
    let mut world = World::connected(Config::default(), &[]);
    set(&mut world, |recovery| recovery.max_retries = Some(0));
    world.close(None);
    assert_eq!((world.manager.status(), next(&world)), (Status::Error, None));
    world.input(Input::Network { online: true });
    let wait = world.manager.health(world.now).next_attempt_in.unwrap();
    assert!(wait > Duration::ZERO && wait < Duration::from_millis(300));
    let connects = world.connects.len();
    world.pass(wait);
    assert_eq!((world.connects.len(), world.manager.status()), (connects + 1, Status::Connecting));
}

#[test]
fn disconnect_cancels_an_attempt_that_the_network_brought_about() {
    let mut world = World::connected(Config::default(), &[]);
    world.close(None);
    world.input(Input::Network { online: true });
    world.act(Manager::disconnect);
    world.pass(secs(3600));
    assert_eq!((world.connects.len(), world.wait), (1, None));
}
