//! The promises about what a viewer prefers: B10, B57, B58.

#![expect(clippy::unwrap_used, reason = "a script that does not hold together is a failed test")]

use std::time::Duration;

use crate::support::{World, secs, without_jitter};
use realtime_manager::{Event, Input, Manager, Notification, Preferences, Recovery, Status, Theme};
use serde_json::{Value, json};

fn set(world: &mut World, change: impl FnOnce(&mut Preferences)) {
    let mut preferences = world.manager.preferences().clone();
    change(&mut preferences);
    world.act(|manager, now| manager.set_preferences(now, preferences));
}

fn stored(world: &World) -> Value {
    serde_json::from_str(world.persisted.last().unwrap()).unwrap()
}

fn told(world: &World) -> usize {
    world.events.iter().filter(|(_, event)| matches!(event, Event::Preferences(_))).count()
}

/// Behaviour: B57 — broken by: connecting all the same when asked to
#[test]
fn without_live_updates_the_link_is_closed_and_what_is_known_stays() {
    let mut world = World::connected(without_jitter(), &["a"]);
    set(&mut world, |preferences| preferences.live_updates = false);
    assert_eq!((world.manager.status(), world.live.len(), world.wait), (Status::Disconnected, 0, None));
    let connects = world.connects.len();
    world.act(Manager::connect);
    world.act(Manager::retry);
    world.input(Input::Network { online: true });
    world.input(Input::Resumed);
    world.pass(secs(3600));
    assert_eq!((world.connects.len(), world.manager.status()), (connects, Status::Disconnected));
    assert_eq!((world.value("a", "a"), world.offset("a")), (Some(1), Some(1)));
}

/// Behaviour: B57 — broken by: not connecting when live updates are wanted again; forgetting the positions
#[test]
fn with_live_updates_again_every_topic_catches_up() {
    let mut world = World::connected(without_jitter(), &["a"]);
    set(&mut world, |preferences| preferences.live_updates = false);
    set(&mut world, |preferences| preferences.live_updates = true);
    world.bring_up();
    let join = world.request("a", "phx_join").unwrap();
    assert_eq!(join[4]["position"]["offset"], 1);
    world.resumed("a", "e", 9, &[("a", 9)]);
    assert_eq!(world.caught_up().map(|caught_up| caught_up.commits), Some(8));
}

#[test]
fn a_page_that_opens_with_live_updates_off_does_not_connect() {
    let mut world = World::new(without_jitter());
    world.input(Input::Restored(r#"{"version":1,"live_updates":false}"#));
    world.act(Manager::connect);
    assert_eq!((world.connects.len(), world.manager.status()), (0, Status::Disconnected));
}

/// Behaviour: B10 — broken by: keeping the recovery as it was when a preference is set
#[test]
fn without_auto_reconnect_no_attempt_follows_not_even_the_planned_one() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    assert_eq!(world.manager.status(), Status::Reconnecting);
    set(&mut world, |preferences| preferences.recovery.auto_reconnect = false);
    let connects = world.connects.len();
    world.pass(secs(3600));
    assert_eq!((world.connects.len(), world.manager.status()), (connects, Status::Error));
}

#[test]
fn a_display_never_gives_up() {
    let mut world = World::connected(without_jitter(), &[]);
    set(&mut world, |preferences| preferences.display_mode = true);
    world.close(None);
    for _ in 0..40 {
        let wait = world.manager.health(world.now).next_attempt_in.unwrap();
        world.pass(wait);
        world.close(None);
    }
    assert_eq!(world.manager.status(), Status::Reconnecting);
    set(&mut world, |preferences| preferences.display_mode = false);
    assert_eq!(world.manager.status(), Status::Error, "the retries of the viewer's choice are long used up");
    assert_eq!(world.manager.preferences().recovery.max_retries, Some(5));
}

#[test]
fn the_update_interval_holds_for_all_topics_and_only_slows() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    set(&mut world, |preferences| preferences.update_interval = Some(secs(5)));
    let asked = |world: &World, name| world.request(name, "phx_join").unwrap()[4]["throttle_ms"].clone();
    assert_eq!((asked(&world, "a"), asked(&world, "b")), (json!(5000), json!(5000)));
    world.act(|manager, now| {
        manager.subscribe(now, crate::support::topic("c"), Duration::from_millis(250));
    });
    assert_eq!(asked(&world, "c"), json!(5000), "also for a topic that comes later");
    set(&mut world, |preferences| preferences.update_interval = Some(Duration::from_millis(500)));
    assert_eq!((asked(&world, "a"), asked(&world, "c")), (json!(1000), json!(500)));
    set(&mut world, |preferences| preferences.update_interval = None);
    assert_eq!((asked(&world, "a"), asked(&world, "c")), (json!(1000), json!(250)));
}

/// Behaviour: B58 — broken by: leaving the muted kinds out of the text
#[test]
fn what_is_chosen_is_there_after_a_reload_and_on_another_page() {
    let mut world = World::new(without_jitter());
    set(&mut world, |preferences| {
        *preferences = Preferences {
            live_updates: false,
            recovery: Recovery {
                auto_reconnect: false,
                first_delay: secs(7),
                ..preferences.recovery.clone()
            },
            update_interval: Some(secs(2)),
            muted: [Notification::Data, Notification::Activity].into(),
            display_mode: true,
            reduced_motion: true,
            theme: Theme::Light,
            language: Some("ru".to_owned()),
        };
    });
    assert_eq!((world.persisted.len(), told(&world)), (1, 1));
    let text = world.persisted[0].clone();
    let mut other = World::new(without_jitter());
    other.input(Input::Restored(&text));
    assert_eq!(other.manager.preferences(), world.manager.preferences());
    assert_eq!((other.persisted.len(), told(&other)), (0, 1), "pages do not answer each other");
    other.input(Input::Restored(&text));
    assert_eq!(told(&other), 1, "the same again is no change");
}

/// Behaviour: B58 — broken by: storing what was restored
#[test]
fn a_store_that_cannot_be_read_is_counted_and_not_touched() {
    let mut world = World::new(without_jitter());
    set(&mut world, |preferences| preferences.theme = Theme::Light);
    world.persisted.clear();
    world.input(Input::Restored("{broken"));
    world.input(Input::Restored(
        r#"{"theme":"light","reduced_motion":true,"display_mode":3,"recovery":{"factor":"x"}}"#,
    ));
    let stats = world.manager.stats();
    assert_eq!((stats.preferences_broken, stats.preferences_replaced), (1, 2));
    let preferences = world.manager.preferences();
    assert_eq!((preferences.theme, preferences.reduced_motion), (Theme::Light, true));
    assert_eq!(world.persisted.len(), 0);
}

#[test]
fn what_a_newer_program_stored_is_stored_again() {
    let mut world = World::new(without_jitter());
    world.input(Input::Restored(r#"{"version":9,"sound":"on","notifications":{"weather":true}}"#));
    set(&mut world, |preferences| preferences.reduced_motion = true);
    let stored = stored(&world);
    assert_eq!((&stored["version"], &stored["sound"]), (&json!(9), &json!("on")));
    assert_eq!(
        (&stored["notifications"]["weather"], &stored["reduced_motion"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn a_recovery_that_the_program_sets_is_a_preference_too() {
    let mut world = World::new(without_jitter());
    world.act(|manager, now| {
        manager.set_recovery(now, Recovery { max_retries: Some(2), ..Recovery::default() });
    });
    assert_eq!((world.manager.preferences().recovery.max_retries, world.persisted.len()), (Some(2), 0));
    set(&mut world, |preferences| preferences.theme = Theme::Light);
    assert_eq!(stored(&world)["recovery"]["max_retries"], 2);
    assert_eq!(world.manager.health(world.now).max_attempts, Some(2));
}
