//! The hooks in a played world: what their readers see, and when they run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::{Cut, Status};
use realtime_protocol::Topic;
use serde::Deserialize;
use serde_json::json;

use crate::played::{Played, secs, view};
use crate::*;

/// Counts how often a reader runs.
fn count_runs(read: impl Fn() + 'static) -> Arc<AtomicU64> {
    let runs = Arc::new(AtomicU64::new(0));
    let counted = runs.clone();
    Effect::new(move |_| {
        read();
        counted.fetch_add(1, Ordering::Relaxed);
    });
    runs
}

fn ran(runs: &Arc<AtomicU64>) -> u64 {
    runs.load(Ordering::Relaxed)
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Load {
    requests: u64,
}

#[test]
fn a_hook_reads_a_topic_as_a_type_and_says_how_it_stands() {
    let played = Played::connected();
    let topic = view("load");
    played.server.set(&topic, &[("requests", json!(7)), ("other", json!("x"))]);
    let load = played.within(|| {
        let load = use_realtime::<Load>(topic.clone(), UseRealtimeOptions::default()).unwrap();
        assert!(load.topic.loading.get_untracked());
        assert!(!load.topic.connected.get_untracked());
        load
    });
    assert_eq!(load.data.get_untracked(), Some(Load { requests: 7 }));
    assert!(load.topic.connected.get_untracked() && !load.topic.loading.get_untracked());
    assert_eq!(load.topic.liveness.get_untracked(), Liveness::Live);
    played.put(&topic, &[("requests", json!(8))]);
    assert_eq!(load.data.get_untracked(), Some(Load { requests: 8 }));
    assert_eq!((load.topic.updates.get_untracked(), load.topic.error.get_untracked()), (2, None));
    // What cannot be read leaves the last data, and says so.
    played.put(&topic, &[("requests", json!("many"))]);
    assert_eq!(load.data.get_untracked(), Some(Load { requests: 8 }));
    assert_eq!(load.topic.liveness.get_untracked(), Liveness::Error);
    assert!(load.topic.error.get_untracked().unwrap().contains("many"));
    played.put(&topic, &[("requests", json!(9))]);
    assert_eq!(load.data.get_untracked(), Some(Load { requests: 9 }));
    assert_eq!(load.topic.error.get_untracked(), None);
}

/// Broken by: a status that counts as changed whenever it is looked at.
#[test]
fn who_reads_only_the_status_does_not_run_when_data_arrive() {
    let played = Played::connected();
    let (feed, metrics) = (view("activity"), view("metrics"));
    let (status_runs, feed_runs, games_runs, players_runs) = played.within(|| {
        let connection = use_realtime_connection().unwrap();
        let activity = use_realtime_topic(feed.clone(), UseRealtimeOptions::default()).unwrap();
        let figures = use_realtime_metrics(metrics.clone(), UseRealtimeOptions::default()).unwrap();
        let (games, players) = (figures.figure::<u64>("games"), figures.figure::<u64>("players"));
        (
            count_runs(move || _ = connection.status.get()),
            count_runs(move || _ = activity.held.get()),
            count_runs(move || _ = games.get()),
            count_runs(move || _ = players.get()),
        )
    });
    played.settle();
    let before = [&status_runs, &feed_runs, &games_runs, &players_runs].map(ran);
    for n in 0..10 {
        played.put(&feed, &[("game:1", json!({"offset": n}))]);
        played.put(&metrics, &[("games", json!(n))]);
    }
    let after = [&status_runs, &feed_runs, &games_runs, &players_runs].map(ran);
    let more: Vec<u64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    assert_eq!(more, [0, 10, 10, 0], "status, feed, games, players");
    played.server.lose();
    played.settle();
    assert_eq!(ran(&status_runs), after[0] + 1);
}

/// Behaviour: B28 — broken by: leaving a hook's subscription behind when its owner ends
#[test]
fn two_components_share_one_topic_and_the_last_one_frees_it() {
    let played = Played::connected();
    let topic = view("metrics");
    let (first, second) = (played.owner.child(), played.owner.child());
    let options = UseRealtimeOptions::default;
    let subscriptions = played.within(|| use_realtime_subscriptions().unwrap());
    first.with(|| use_realtime_topic(topic.clone(), options()).unwrap());
    second.with(|| use_realtime_topic(topic.clone(), options()).unwrap());
    played.settle();
    let subscribers = || {
        subscriptions.list.with_untracked(|list| list.iter().map(|info| info.subscribers).collect::<Vec<_>>())
    };
    assert_eq!(subscribers(), [2]);
    first.cleanup();
    played.settle();
    assert_eq!(subscribers(), [1]);
    second.cleanup();
    played.pass(secs(3));
    assert_eq!(subscribers(), [0_u32; 0]);
}

#[test]
fn a_hook_that_is_not_enabled_subscribes_to_nothing_and_keeps_what_it_held() {
    let played = Played::connected();
    let topic = view("metrics");
    played.server.set(&topic, &[("games", json!(3))]);
    let enabled = played.within(|| RwSignal::new(true));
    let (status, list) = played.within(|| {
        let options = UseRealtimeOptions { enabled: enabled.into(), ..UseRealtimeOptions::default() };
        (use_realtime_topic(topic, options).unwrap(), use_realtime_subscriptions().unwrap().list)
    });
    assert_eq!(list.with_untracked(Vec::len), 1);
    enabled.set(false);
    played.settle();
    assert_eq!(list.with_untracked(Vec::len), 0);
    assert_eq!(status.liveness.get_untracked(), Liveness::Paused);
    assert!(status.held.get_untracked().is_some());
    enabled.set(true);
    played.settle();
    assert_eq!(status.liveness.get_untracked(), Liveness::Live);
}

/// Behaviour: B21 — broken by: reading the throttle once only
#[test]
fn a_throttle_that_changes_holds_from_then_on() {
    let played = Played::connected();
    let topic = view("metrics");
    let throttle = played.within(|| RwSignal::new(secs(1)));
    let list = played.within(|| {
        let options = UseRealtimeOptions { throttle: throttle.into(), ..UseRealtimeOptions::default() };
        use_realtime_topic(topic, options).unwrap();
        use_realtime_subscriptions().unwrap().list
    });
    let granted = || list.with_untracked(|list| list.iter().map(|info| info.throttle_ms).collect::<Vec<_>>());
    assert_eq!(granted(), [1000]);
    throttle.set(secs(5));
    played.settle();
    assert_eq!(granted(), [5000]);
}

/// Broken by: a refresh that answers from what is held.
#[test]
fn a_refresh_asks_the_server_and_shows_what_it_has() {
    let played = Played::connected();
    let topic = view("metrics");
    played.server.set(&topic, &[("games", json!(3))]);
    let status = played.within(|| use_realtime_topic(topic.clone(), UseRealtimeOptions::default()).unwrap());
    // The server has another state now and has not said so.
    played.server.set(&topic, &[("games", json!(5))]);
    let games = || status.held.with_untracked(|held| held.as_ref()?.entries.get("games")?.as_u64());
    played.pass(secs(5));
    assert_eq!(games(), Some(3));
    status.refresh.run(());
    played.pass(secs(1));
    assert_eq!(games(), Some(5));
}

/// Behaviour: B36 — broken by: leaving the hooks of a closed topic subscribed
#[test]
fn a_topic_that_is_closed_in_the_list_rests_until_it_is_opened() {
    let played = Played::connected();
    let topic = view("metrics");
    played.server.set(&topic, &[("games", json!(3))]);
    let (status, subscriptions) = played.within(|| {
        let status = use_realtime_topic(topic.clone(), UseRealtimeOptions::default()).unwrap();
        (status, use_realtime_subscriptions().unwrap())
    });
    subscriptions.close.run(topic.clone());
    played.pass(secs(2));
    assert_eq!(subscriptions.list.with_untracked(Vec::len), 0);
    assert_eq!(subscriptions.closed.get_untracked(), vec![topic.clone()]);
    assert_eq!(status.liveness.get_untracked(), Liveness::Closed);
    assert!(status.held.get_untracked().is_some());
    subscriptions.reopen.run(topic);
    played.pass(secs(4));
    assert_eq!(status.liveness.get_untracked(), Liveness::Live);
    subscriptions.close_all.run(());
    played.settle();
    assert_eq!(status.liveness.get_untracked(), Liveness::Closed);
    status.refresh.run(());
    played.pass(secs(4));
    assert_eq!(status.liveness.get_untracked(), Liveness::Live);
}

/// Behaviour: B36 — broken by: a hook that comes back and is not given what came meanwhile
#[test]
fn what_comes_between_closing_and_opening_is_there_as_soon_as_it_is_open() {
    let played = Played::connected();
    let topic = view("metrics");
    played.server.set(&topic, &[("games", json!(3))]);
    let (status, subscriptions) = played.within(|| {
        let status = use_realtime_topic(topic.clone(), UseRealtimeOptions::default()).unwrap();
        (status, use_realtime_subscriptions().unwrap())
    });
    let games = || status.held.with_untracked(|held| held.as_ref()?.entries.get("games")?.as_u64());
    subscriptions.close.run(topic.clone());
    played.settle();
    // The server has not heard of it yet.
    played.server.put(&topic, &[("games", json!(4))]);
    played.settle();
    assert_eq!(games(), Some(3));
    subscriptions.reopen.run(topic);
    played.settle();
    assert_eq!(games(), Some(4));
}

/// Behaviour: B57 — broken by: leaving live updates out of what a component's word follows from
#[test]
fn without_live_updates_everything_is_paused_and_with_them_it_catches_up() {
    let played = Played::connected();
    let topic = view("metrics");
    played.server.set(&topic, &[("games", json!(3))]);
    let (status, connection) = played.within(|| {
        let status = use_realtime_topic(topic.clone(), UseRealtimeOptions::default()).unwrap();
        (status, use_realtime_connection().unwrap())
    });
    connection.set_live.run(false);
    played.settle();
    assert_eq!(
        (connection.status.get_untracked(), connection.live.get_untracked()),
        (Status::Disconnected, false)
    );
    assert_eq!(played.script.attempt(), None);
    assert_eq!(status.liveness.get_untracked(), Liveness::Paused);
    assert!(status.held.get_untracked().is_some());
    played.server.put(&topic, &[("games", json!(9))]);
    connection.set_live.run(true);
    played.server.accept();
    played.pass(secs(4));
    assert_eq!(status.held.with_untracked(|held| held.as_ref()?.entries.get("games")?.as_u64()), Some(9));
    assert_eq!(status.liveness.get_untracked(), Liveness::Live);
}

#[test]
fn the_word_of_a_component_follows_the_link_and_the_refusal_of_its_topic() {
    let played = Played::connected();
    let (good, bad) = (view("metrics"), view("secret"));
    played.server.refuse(&bad, "forbidden: not for you");
    let (good, bad) = played.within(|| {
        let follow = |topic| use_realtime_topic(topic, UseRealtimeOptions::default()).unwrap();
        (follow(good), follow(bad))
    });
    assert_eq!(bad.liveness.get_untracked(), Liveness::Error);
    assert_eq!(bad.error.get_untracked().as_deref(), Some("forbidden: not for you"));
    assert_eq!((bad.errors.get_untracked(), good.errors.get_untracked()), (1, 0));
    let arrived = good.last_updated.get_untracked().unwrap();
    played.pass(secs(60));
    played.server.lose();
    played.settle();
    assert_eq!(good.liveness.get_untracked(), Liveness::Stale { since: arrived });
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Happening {
    offset: u64,
}

fn feed(played: &Played, topic: &Topic) -> UseActivities<Happening> {
    let options = UseActivitiesOptions {
        realtime: UseRealtimeOptions::default(),
        limits: Default::default(),
        order_by: "offset",
    };
    played.within(|| use_realtime_activities(topic.clone(), options).unwrap())
}

#[test]
fn a_feed_counts_what_is_new_until_it_is_seen() {
    let played = Played::connected();
    let topic = view("activity");
    played.server.set(&topic, &[("a", json!({"offset": 1})), ("bad", json!({"offset": "x"}))]);
    let feed = feed(&played, &topic);
    let keys = || {
        let entries = feed.entries.get_untracked().unwrap();
        entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
    assert_eq!((keys(), feed.unseen.get_untracked()), (vec!["a".to_owned()], 0));
    played.pass(secs(3));
    played.put(&topic, &[("b", json!({"offset": 2}))]);
    played.put(&topic, &[("a", json!({"offset": 3}))]);
    assert_eq!((keys(), feed.unseen.get_untracked()), (vec!["a".to_owned(), "b".to_owned()], 2));
    feed.mark_seen.run(());
    played.settle();
    assert_eq!(feed.unseen.get_untracked(), 0);
    assert_eq!((feed.cut_by.get_untracked(), feed.left_out.get_untracked()), (None, 0));
}

/// Behaviour: B32 — broken by: looking at the feed only when data arrive, not when time has passed
#[test]
fn a_feed_keeps_a_hundred_entries_for_a_day_and_says_which_limit_cut() {
    let played = Played::connected();
    let topic = view("activity");
    let many: Vec<(String, serde_json::Value)> =
        (0..130).map(|n| (format!("g{n:03}"), json!({"offset": n}))).collect();
    let many: Vec<(&str, serde_json::Value)> =
        many.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    played.server.set(&topic, &many);
    let feed = feed(&played, &topic);
    let len = || feed.entries.with_untracked(|entries| entries.as_ref().map(Vec::len));
    assert_eq!(
        (len(), feed.cut_by.get_untracked(), feed.left_out.get_untracked()),
        (Some(100), Some(Cut::Entries), 30)
    );
    played.pass(secs(24 * 3600 + 120));
    assert_eq!(
        (len(), feed.cut_by.get_untracked(), feed.left_out.get_untracked()),
        (Some(0), Some(Cut::Age), 130)
    );
}

#[test]
fn a_table_is_a_map_of_its_newest_rows_and_counts_every_row() {
    let played = Played::connected();
    let topic = Topic::parse("table:games?winner=eq.town").unwrap();
    let rows = played.within(|| {
        use_realtime::<BTreeMap<String, Happening>>(topic.clone(), UseRealtimeOptions::default()).unwrap()
    });
    for n in 0..150_u64 {
        let key = format!("g{n:03}");
        played.server.insert(&topic, &[(key.as_str(), json!({"offset": n}))]);
    }
    played.settle();
    let held = rows.topic.held.get_untracked().unwrap();
    assert_eq!((held.entries.len(), held.left_out, held.updates), (100, 50, 150));
    assert_eq!(
        rows.data.with_untracked(|rows| rows.as_ref().unwrap().keys().next().cloned()).as_deref(),
        Some("g050")
    );
}

/// Behaviour: B30 — broken by: counting deliveries instead of the updates in them
/// Behaviour: B31 — broken by: counting deliveries instead of the updates in them
#[test]
fn a_thousand_updates_in_one_frame_are_counted_one_by_one() {
    let played = Played::connected();
    let topic = view("metrics");
    played.server.set(&topic, &[("games", json!(0))]);
    let (quick, slow, subscriptions) = played.within(|| {
        let at =
            |pace| UseRealtimeOptions { throttle: Signal::stored(pace), ..UseRealtimeOptions::default() };
        let quick = use_realtime_topic(topic.clone(), at(secs(1))).unwrap();
        let slow = use_realtime_topic(topic.clone(), at(secs(10))).unwrap();
        (quick, slow, use_realtime_subscriptions().unwrap())
    });
    let seen = || [quick.updates, slow.updates, subscriptions.total].map(|count| count.get_untracked());
    let before = seen();
    let slow_runs = played.within(|| count_runs(move || _ = slow.held.get()));
    for n in 1..=1000 {
        played.server.put(&topic, &[("games", json!(n))]);
    }
    played.pass(secs(12));
    let more: Vec<u64> = seen().iter().zip(before).map(|(after, before)| after - before).collect();
    assert_eq!(more, [1000, 1000, 1000], "quick, slow, all");
    assert_eq!(ran(&slow_runs), 2, "the state at first, then everything at once");
    let listed = subscriptions.list.with_untracked(|list| list.iter().map(|info| info.updates).sum::<u64>());
    assert_eq!(listed, subscriptions.total.get_untracked());
}

#[test]
fn performance_is_what_was_measured_and_absent_before() {
    let played = Played::new();
    let topic = Topic::view("metrics").unwrap();
    let performance = played.within(|| {
        use_realtime_topic(topic.clone(), UseRealtimeOptions::default()).unwrap();
        use_realtime_performance().unwrap()
    });
    assert_eq!(performance.latency.get_untracked(), None);
    played.server.accept();
    assert_eq!(performance.end_to_end.get_untracked(), None);
    played.server.put(&topic, &[("games", json!(1))]);
    played.pass(secs(1));
    assert_eq!(performance.end_to_end.get_untracked().map(|took| took.p99), Some(Duration::ZERO));
    played.pass(secs(59));
    assert!(performance.latency.get_untracked().is_some());
    let trips = performance.round_trips.get_untracked();
    assert_eq!(trips.len(), 3, "one at once, then one every 25 seconds: {trips:?}");
    assert!(performance.rates.get_untracked().messages_per_s > 0.4);
    assert!(performance.memory.get_untracked() < performance.budget);
    performance.clean_up.run(());
    assert!(performance.cleaned.get_untracked().is_some());
}

#[test]
fn a_preference_is_stored_and_one_from_another_page_is_followed() {
    let played = Played::connected();
    let preferences = played.within(|| use_realtime_preferences().unwrap());
    preferences.change(|all| all.display_mode = true);
    played.settle();
    let stored = played.script.stored().unwrap();
    assert!(stored.contains("\"display_mode\":true"), "{stored}");
    played.script.input(realtime_manager::Input::Restored(
        &stored.replace("\"reduced_motion\":false", "\"reduced_motion\":true"),
    ));
    played.settle();
    let now = preferences.preferences.get_untracked().unwrap();
    assert!(now.reduced_motion && now.display_mode);
}

#[test]
fn a_listener_hears_every_event_of_one_moment_and_none_after_its_end() {
    let played = Played::connected();
    let heard = Arc::new(AtomicU64::new(0));
    let owner = played.owner.child();
    let counted = heard.clone();
    owner.with(|| {
        use_realtime_event(move |event| {
            if let realtime_manager::Event::Status(_) = &*event {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        })
        .unwrap();
    });
    played.server.lose();
    played.script.advance(Duration::from_millis(1000));
    // The loss, and the start of the first retry.
    assert_eq!(ran(&heard), 2);
    owner.cleanup();
    played.server.accept();
    assert_eq!(ran(&heard), 2);
}

#[test]
fn two_roots_share_one_driver_and_it_outlives_the_first() {
    let played = Played::connected();
    let realtime = played.owner.with(|| use_context::<Realtime>().unwrap());
    let (one, two) = (Owner::new(), Owner::new());
    one.with(|| realtime.provide());
    two.with(|| realtime.provide());
    drop(realtime);
    let status = |owner: &Owner| owner.with(|| use_realtime_connection().unwrap().status.get_untracked());
    assert_eq!((status(&one), status(&two)), (Status::Connected, Status::Connected));
    one.cleanup();
    assert_eq!(status(&two), Status::Connected);
    let bare = Owner::new();
    assert_eq!(bare.with(use_realtime_connection).err(), Some(Missing));
}
