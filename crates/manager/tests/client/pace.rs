//! The promises about who is given what and when: B20, B21, B28, B31, and the pause.

use std::time::Duration;

use crate::support::{World, entries, secs, topic, without_jitter};
use realtime_manager::limits::{SUBSCRIBERS_MAX, TOPICS_MAX};
use realtime_manager::{Counts, Delivery, DeliveryChange, Event, Manager, Options, SubscriptionId};
use realtime_protocol::message::Entries;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn throttled(milliseconds: u64) -> Options {
    Options { throttle: ms(milliseconds), ..Options::default() }
}

fn paced(world: &mut World, name: &str, options: Options) -> SubscriptionId {
    let mut id = None;
    world.act(|manager, now| id = Some(manager.subscribe_at(now, topic(name), options)));
    id.unwrap_or(SubscriptionId(0))
}

/// What a subscriber was given, with the moment of each.
fn given(world: &World, id: SubscriptionId) -> Vec<(Duration, Delivery)> {
    let mut all = Vec::new();
    for (at, event) in &world.events {
        if let Event::Deliveries(deliveries) = event {
            let own = deliveries.iter().filter(|delivery| delivery.subscription == id);
            all.extend(own.map(|delivery| (*at, delivery.clone())));
        }
    }
    all
}

/// What a subscriber knows who applies every delivery to what it had.
fn known(world: &World, id: SubscriptionId) -> Entries {
    let mut known = Entries::new();
    for (_, delivery) in given(world, id) {
        match delivery.change {
            DeliveryChange::State(entries) => known = entries,
            DeliveryChange::Delta(delta) => {
                known.retain(|key, _| !delta.drop.contains(key));
                known.extend(delta.put);
            }
        }
    }
    known
}

/// A world in which topic `a` changes every 250 ms, as its fastest subscriber wants it.
fn changing(world: &mut World, steps: u64) {
    let start = world.offset("a").unwrap_or(0);
    for at in start..start + steps {
        world.delta("a", (at, at + 1), &[("a", i64::try_from(at).unwrap_or(0))], true);
        world.pass(ms(250));
    }
}

fn at_250() -> World {
    let mut world = World::new(without_jitter());
    world.manager.subscribe(world.now, topic("a"), ms(250));
    world.act(Manager::connect);
    world.bring_up();
    world.snapshot("a", "e", 1, &[("a", 0)]);
    world
}

/// Behaviour: B28 — broken by: a join for each subscriber; a linger that never ends
#[test]
fn two_who_want_the_same_share_one_join_and_the_last_one_frees_it() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let first = SubscriptionId(1);
    let second = paced(&mut world, "a", throttled(1000));
    assert_eq!(world.requests("a", "phx_join"), 1);
    assert_eq!(world.manager.subscriptions()[0].subscribers, 2);
    world.act(|manager, now| manager.unsubscribe(now, first));
    world.pass(secs(2));
    world.delta("a", (1, 2), &[("a", 7)], true);
    assert_eq!((world.requests("a", "phx_leave"), world.value("a", "a")), (0, Some(7)));
    world.act(|manager, now| manager.unsubscribe(now, second));
    world.pass(secs(2));
    assert_eq!((world.requests("a", "phx_leave"), world.value("a", "a")), (1, None));
    assert!(world.manager.subscribers().is_empty() && world.manager.subscriptions().is_empty());
}

#[test]
fn whoever_comes_back_within_a_second_finds_the_topic_still_joined() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.act(|manager, now| manager.unsubscribe(now, SubscriptionId(1)));
    world.pass(ms(900));
    let id = paced(&mut world, "a", throttled(1000));
    world.pass(secs(2));
    assert_eq!((world.requests("a", "phx_join"), world.requests("a", "phx_leave")), (1, 0));
    assert_eq!(known(&world, id), entries(&[("a", 1)]));
}

/// Behaviour: B21 — broken by: giving every subscriber what the fastest one gets
#[test]
fn a_slower_subscriber_is_given_the_sum_in_its_own_time_and_never_loses_the_last() {
    let mut world = at_250();
    let slow = paced(&mut world, "a", throttled(1000));
    let begin = world.now.0;
    changing(&mut world, 10);
    world.pass(secs(1));
    let deliveries = given(&world, slow);
    let times: Vec<u128> = deliveries.iter().map(|(at, _)| (*at - begin).as_millis()).collect();
    assert_eq!(times, [0, 1000, 2000, 3000], "the state at once, then not oftener than asked for");
    let updates: u32 = deliveries.iter().map(|(_, delivery)| delivery.updates).sum();
    assert_eq!(updates, 11, "the state and ten changes");
    assert_eq!(
        known(&world, slow),
        *world.manager.state(&topic("a")).map(|s| s.entries()).unwrap_or(&Entries::new())
    );
}

#[test]
fn an_interval_is_changed_while_it_runs_and_the_join_follows_the_smallest() {
    let mut world = at_250();
    let slow = paced(&mut world, "a", throttled(5000));
    changing(&mut world, 4);
    assert_eq!(given(&world, slow).len(), 1);
    world.act(|manager, now| manager.set_options(now, slow, throttled(500)));
    assert_eq!(given(&world, slow).len(), 2, "one second is more than the new interval");
    world.act(|manager, now| manager.unsubscribe(now, SubscriptionId(1)));
    let join = world.request("a", "phx_join").unwrap_or_default();
    assert_eq!(join[4]["throttle_ms"], 500);
    assert_eq!(join[4]["position"]["offset"], 5, "nothing is asked for twice");
}

/// Behaviour: B20 — broken by: a window that ends with its first update
#[test]
fn updates_within_the_window_come_as_one_and_a_full_batch_does_not_wait() {
    let mut world = at_250();
    let options = Options { throttle: ms(250), batch_window: ms(600), batch_size: 100, priority: 0 };
    let id = paced(&mut world, "a", options);
    world.pass(secs(1));
    changing(&mut world, 3);
    let updates = |world: &World| given(world, id).iter().map(|(_, each)| each.updates).collect::<Vec<_>>();
    assert_eq!(updates(&world), [1, 3]);
    world.act(|manager, now| manager.set_options(now, id, Options { batch_size: 2, ..options }));
    changing(&mut world, 2);
    assert_eq!(updates(&world), [1, 3, 2]);
    let counts = world.manager.subscribers().into_iter().find(|info| info.id == id).map(|info| info.counts);
    assert_eq!(counts, Some(Counts { updates: 6, deliveries: 3, conflated: 3 }));
}

#[test]
fn a_paused_subscriber_takes_nothing_and_is_then_given_all_of_it_as_one() {
    let mut world = at_250();
    let id = paced(&mut world, "a", throttled(250));
    world.act(|manager, now| manager.pause(now, id));
    changing(&mut world, 8);
    assert_eq!(given(&world, id).len(), 1);
    world.act(|manager, now| manager.resume(now, id));
    let last = given(&world, id).pop().map(|(_, delivery)| (delivery.updates, delivery.position.offset));
    assert_eq!(last, Some((8, 9)));
    assert_eq!(known(&world, id), entries(&[("a", 8)]));
}

#[test]
fn a_topic_that_all_have_paused_is_left_and_continued_from_its_position() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let id = SubscriptionId(1);
    world.act(|manager, now| manager.pause(now, id));
    world.pass(secs(1));
    assert_eq!(world.requests("a", "phx_leave"), 1);
    assert_eq!(world.value("a", "a"), Some(1), "what was seen stays on the page");
    world.act(|manager, now| manager.resume(now, id));
    let join = world.request("a", "phx_join").unwrap_or_default();
    assert_eq!(join[4]["position"]["offset"], 1);
    world.resumed("a", "e", 4, &[("a", 4)]);
    assert_eq!(world.value("a", "a"), Some(4));
}

#[test]
fn what_is_in_view_is_joined_and_delivered_first() {
    let mut world = World::new(without_jitter());
    let below = paced(&mut world, "a", throttled(1000));
    let in_view = paced(&mut world, "b", Options { priority: 9, ..throttled(1000) });
    world.act(Manager::connect);
    world.open();
    let joins: Vec<_> = world.sent.iter().filter(|(_, frame)| frame[3] == "phx_join").collect();
    assert_eq!((joins[0].1[2].as_str(), joins[1].1[2].as_str()), (Some("view:b"), Some("view:a")));
    world.answer_heartbeats();
    world.snapshot("a", "e", 1, &[("a", 0)]);
    world.snapshot("b", "e", 1, &[("a", 0)]);
    world.pass(secs(1));
    world.delta("a", (1, 2), &[("a", 1)], false);
    world.delta("b", (1, 2), &[("a", 1)], true);
    let Some((_, Event::Deliveries(last))) = world.events.last() else { panic!("nothing was delivered") };
    assert_eq!(last.iter().map(|each| each.subscription).collect::<Vec<_>>(), [in_view, below]);
}

/// Behaviour: B31 — broken by: not counting what waits as conflated
#[test]
fn the_counts_of_subscribers_add_up_also_when_some_have_gone() {
    let mut world = at_250();
    let slow = paced(&mut world, "a", throttled(1000));
    let gone = paced(&mut world, "a", throttled(500));
    changing(&mut world, 9);
    world.act(|manager, now| manager.unsubscribe(now, gone));
    changing(&mut world, 4);
    world.pass(secs(1));
    let mut sum = world.manager.stats().subscribers_ended;
    for info in world.manager.subscribers() {
        sum += info.counts;
        assert_eq!(
            info.counts.updates,
            info.counts.deliveries + info.counts.conflated + u64::from(info.waiting)
        );
    }
    assert_eq!(sum, world.manager.stats().subscribers);
    let own: u64 = given(&world, slow).iter().map(|(_, each)| u64::from(each.updates)).sum();
    let counts = world.manager.subscribers().into_iter().find(|info| info.id == slow).map(|info| info.counts);
    assert_eq!(counts.map(|counts| counts.updates), Some(own));
    assert_eq!(own, 14);
}

#[test]
fn disconnecting_gives_out_what_waits_and_leaves_no_timer() {
    let mut world = at_250();
    let slow = paced(&mut world, "a", throttled(5000));
    changing(&mut world, 3);
    world.act(Manager::disconnect);
    assert_eq!((given(&world, slow).len(), world.wait), (2, None));
    assert_eq!(known(&world, slow), entries(&[("a", 3)]));
}

/// Behaviour: B26 — broken by: treating a client that nobody touches as one that nobody sees
#[test]
fn a_page_that_is_seen_is_never_slowed_whether_anybody_touches_it_or_not() {
    let mut world = at_250();
    let id = paced(&mut world, "a", throttled(250));
    for _ in 0..6 {
        world.pass_alive(secs(1800));
        let (before, offset) = (given(&world, id).len(), world.offset("a").unwrap_or(0));
        changing(&mut world, 20);
        assert_eq!(given(&world, id).len(), before + 20, "every change is shown at offset {offset}");
    }
    let hidden = world.sent.iter().any(|(_, frame)| frame[3] == "visibility");
    assert_eq!((hidden, world.requests("a", "phx_join")), (false, 1));
    let heartbeats = world.sent.iter().filter(|(_, frame)| frame[3] == "heartbeat").count();
    assert!(heartbeats >= 3 * 3600 / 25, "{heartbeats} heartbeats in three hours");
}

/// How often a subscription was refused for this many at once.
fn refused_for(world: &World, limit: usize) -> usize {
    let is_it = |event: &Event| match event {
        Event::Refused { reason, .. } => reason.starts_with(&format!("limit: more than {limit} ")),
        _ => false,
    };
    world.events.iter().filter(|(_, event)| is_it(event)).count()
}

#[test]
fn more_topics_than_the_limit_are_refused_and_one_that_lingers_makes_way() {
    let mut world = World::new(without_jitter());
    world.act(Manager::connect);
    world.bring_up();
    let first = paced(&mut world, "t0", throttled(1000));
    for n in 1..TOPICS_MAX {
        paced(&mut world, &format!("t{n}"), throttled(1000));
    }
    assert_eq!((world.manager.subscriptions().len(), refused_for(&world, TOPICS_MAX)), (TOPICS_MAX, 0));
    paced(&mut world, "one_more", throttled(1000));
    assert_eq!((refused_for(&world, TOPICS_MAX), world.manager.stats().refusals), (1, 1));
    paced(&mut world, "t5", throttled(1000));
    assert_eq!(refused_for(&world, TOPICS_MAX), 1, "a topic that is there already takes no place");
    world.act(|manager, now| manager.unsubscribe(now, first));
    paced(&mut world, "one_more", throttled(1000));
    assert_eq!((refused_for(&world, TOPICS_MAX), world.requests("t0", "phx_leave")), (1, 1));
    assert_eq!(world.requests("one_more", "phx_join"), 1);
}

#[test]
fn more_subscribers_than_the_limit_are_refused() {
    let mut world = World::new(without_jitter());
    for _ in 0..SUBSCRIBERS_MAX {
        paced(&mut world, "a", throttled(1000));
    }
    assert_eq!(refused_for(&world, SUBSCRIBERS_MAX), 0);
    let id = paced(&mut world, "a", throttled(1000));
    assert_eq!((refused_for(&world, SUBSCRIBERS_MAX), world.manager.stats().refusals), (1, 1));
    assert!(world.manager.subscribers().iter().all(|info| info.id != id));
}
