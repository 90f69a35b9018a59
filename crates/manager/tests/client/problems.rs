//! The promises about what is wrong and what is said about it: B65, B66, B67.

use crate::support::{World, at, secs, topic, without_jitter};
use realtime_manager::limits::{
    ASIDE_BYTES_MAX, ASIDE_MAX, BREAKER_FAILURES, BREAKER_OPEN, MESSAGES_CLEAN_AFTER, PROBLEM_HISTORY_MAX,
    SUBSCRIBERS_MAX,
};
use realtime_manager::{
    Action, Event, Fault, Input, Manager, Problem, ProblemChange, ProblemKind, Recovery, Source,
    SubscriptionId,
};
use serde_json::json;

/// What was told about problems, in short, and forgets it.
fn told(world: &mut World) -> Vec<String> {
    let of = |(_, event): (_, Event)| match event {
        Event::Problem(change) => Some(match *change {
            ProblemChange::Raised(problem) => format!("raised {}", problem.source),
            ProblemChange::Changed(problem) => format!("changed {}", problem.source),
            ProblemChange::Recovered(problem) => format!("recovered {}", problem.source),
            ProblemChange::Dropped(problem) => format!("dropped {}", problem.source),
        }),
        Event::Status(_)
        | Event::Batch(_)
        | Event::Rows(_)
        | Event::Deliveries(_)
        | Event::CaughtUp(_)
        | Event::Refused { .. }
        | Event::Mode(_)
        | Event::Preferences(_)
        | Event::Resynchronised { .. } => None,
    };
    std::mem::take(&mut world.events).into_iter().filter_map(of).collect()
}

fn only(world: &World) -> Problem {
    assert_eq!(world.manager.problems().len(), 1, "{:?}", world.manager.problems());
    world.manager.problems()[0].clone()
}

fn recovered(world: &World) -> Vec<(Source, bool)> {
    world.manager.error_history().map(|past| (past.problem.source.clone(), past.recovered)).collect()
}

fn subscribe(world: &mut World) -> SubscriptionId {
    let id = world.manager.subscribe(world.now, topic("a"), secs(1));
    world.drain();
    id
}

/// Behaviour: B65 — broken by: «recovered» as soon as the socket is open
#[test]
fn a_lost_connection_is_recovered_only_when_the_heartbeat_is_answered() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let lost = world.now;
    world.close(None);
    assert_eq!(told(&mut world), ["raised connection"]);
    let expected = Problem {
        kind: ProblemKind::Connection,
        source: Source::Connection,
        recoverable: true,
        since: lost,
        last: lost,
        count: 1,
        text: "connection was lost".to_owned(),
        action: Action::Retry,
    };
    assert_eq!(only(&world), expected);
    world.pass(secs(1));
    world.close(Some(1012));
    assert_eq!(told(&mut world), Vec::<String>::new(), "once is enough");
    assert_eq!((only(&world).count, only(&world).since), (2, lost));
    assert_eq!(only(&world).text, "server closed the connection (1012)");
    world.pass(secs(2));
    world.open();
    assert_eq!(told(&mut world), Vec::<String>::new(), "an open socket proves nothing");
    world.answer_heartbeats();
    assert_eq!(told(&mut world), ["recovered connection"]);
    assert!(world.manager.problems().is_empty());
    assert_eq!(recovered(&world), [(Source::Connection, true)]);
    assert_eq!(world.manager.error_history().next().unwrap().until, world.now);
}

#[test]
fn what_is_being_done_follows_the_connection_to_its_end() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    let none_left = Recovery { max_retries: Some(0), ..without_jitter().recovery };
    world.act(|manager, now| manager.set_recovery(now, none_left));
    let problem = only(&world);
    assert_eq!((problem.action, problem.recoverable), (Action::Nothing, true));
    assert_eq!(problem.text, "connection was lost");
    world.act(Manager::retry);
    assert_eq!(only(&world).action, Action::Retry);
    world.close(Some(4403));
    let problem = only(&world);
    assert_eq!((problem.action, problem.recoverable), (Action::Nothing, false), "refused for good");
    assert_eq!(
        told(&mut world),
        ["raised connection", "changed connection", "changed connection", "changed connection"]
    );
}

#[test]
fn what_nobody_wants_any_more_is_dropped_and_never_called_recovered() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta("a", (5, 6), &[("a", 6)], true);
    world.close(None);
    told(&mut world);
    world.act(Manager::disconnect);
    assert_eq!(told(&mut world), [format!("dropped {}", topic("a")), "dropped connection".to_owned()]);
    assert!(world.manager.problems().is_empty());
    assert!(world.manager.error_history().all(|past| !past.recovered));
}

/// Behaviour: B65 — broken by: «recovered» when the state is asked for, instead of when it was applied
#[test]
fn a_gap_is_recovered_only_by_what_was_applied() {
    let mut world = World::connected(without_jitter(), &["a", "b"]);
    world.delta("a", (5, 6), &[("a", 6)], true);
    let problem = only(&world);
    assert_eq!((problem.kind, problem.source), (ProblemKind::Data, Source::Topic(topic("a"))));
    assert_eq!((&*problem.text, problem.action), ("changes are missing", Action::Ask));
    world.delta("b", (1, 2), &[("a", 2)], true);
    assert_eq!(told(&mut world), [format!("raised {}", topic("a"))], "another topic proves nothing");
    world.reset("a", "gap", &at("e", 7), &[("a", 7)], Some(6));
    assert_eq!(told(&mut world), [format!("recovered {}", topic("a"))]);
}

#[test]
fn a_state_with_a_wrong_hash_is_a_problem_until_a_right_one_comes() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta_with_hash("a", (1, 2), &json!({"a": 2}), &json!("0000000000000001"), true);
    assert_eq!(only(&world).text, "state does not match its hash");
    world.reset("a", "hash", &at("e", 2), &[("a", 2)], None);
    assert_eq!(recovered(&world), [(Source::Topic(topic("a")), true)]);
}

#[test]
fn a_state_that_took_the_place_of_a_lost_one_is_noted_with_what_went_by() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.reset("a", "lag", &at("e", 9), &[("a", 9)], Some(8));
    assert_eq!(told(&mut world), [format!("raised {}", topic("a")), format!("recovered {}", topic("a"))]);
    let past = world.manager.error_history().next().unwrap();
    assert_eq!(past.problem.text, "could not be continued (lag), 8 commits went by unseen");
    assert!(past.recovered && past.problem.recoverable);
}

#[test]
fn a_refused_topic_stays_a_problem_until_a_join_is_answered() {
    let mut world = World::new(without_jitter());
    subscribe(&mut world);
    world.act(Manager::connect);
    world.bring_up();
    world.refuse("a", "forbidden: not yours");
    let problem = only(&world);
    assert_eq!((problem.kind, problem.recoverable), (ProblemKind::Subscription, false));
    assert_eq!((&*problem.text, problem.action), ("forbidden: not yours", Action::Nothing));
    subscribe(&mut world);
    assert_eq!(only(&world).action, Action::Ask, "a new wish is a new question");
    world.snapshot("a", "e", 1, &[("a", 1)]);
    assert_eq!(recovered(&world), [(Source::Topic(topic("a")), true)]);
}

#[test]
fn a_refused_topic_that_nobody_takes_any_more_is_no_problem() {
    let mut world = World::new(without_jitter());
    let id = subscribe(&mut world);
    world.act(Manager::connect);
    world.bring_up();
    world.refuse("a", "forbidden: not yours");
    world.act(|manager, now| manager.unsubscribe(now, id));
    assert!(world.manager.problems().is_empty());
    assert_eq!(recovered(&world), [(Source::Topic(topic("a")), false)]);
}

/// Behaviour: B66 — broken by: a topic that is asked again and still said to be left alone
#[test]
fn a_topic_that_is_left_alone_says_until_when() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for _ in 0..BREAKER_FAILURES {
        let join = world.join_ref("a");
        world.receive(&json!([join, null, topic("a").as_str(), "phx_error", {}]));
        world.pass(secs(1));
    }
    let opened = only(&world).last;
    assert_eq!(only(&world).action, Action::LeaveAlone { until: opened + BREAKER_OPEN });
    world.pass_alive(BREAKER_OPEN);
    assert_eq!(only(&world).action, Action::Ask);
    world.snapshot("a", "e", 1, &[("a", 1)]);
    assert!(world.manager.problems().is_empty());
    assert_eq!(world.manager.stats().problems, 1);
}

#[test]
fn a_join_without_an_answer_is_a_problem() {
    let mut world = World::new(without_jitter());
    subscribe(&mut world);
    world.act(Manager::connect);
    world.bring_up();
    world.pass_alive(secs(12));
    assert_eq!((&*only(&world).text, only(&world).action), ("request was not answered", Action::Ask));
}

/// Behaviour: B67 — broken by: ending the connection at the first bad message; counting without keeping
#[test]
fn bad_messages_are_counted_kept_and_stop_nothing() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let name = topic("a");
    let fields = r#""commits":1,"hash":"0000000000000001","put":{},"drop":[],"last":true"#;
    let bad = [
        ("not json".to_owned(), Fault::Frame, "expected"),
        (format!(r#"[null,null,"{name}","delta",{{"from":NaN,"to":2,{fields}}}]"#), Fault::Frame, "expected"),
        (r#"[null,null,"nonsense","delta",{}]"#.to_owned(), Fault::Topic, ""),
        (format!(r#"[null,null,"{name}","dance",{{}}]"#), Fault::Event, "dance"),
        (
            format!(r#"[null,null,"{name}","delta",{{"to":2,{fields}}}]"#),
            Fault::Payload,
            "missing field `from`",
        ),
        (
            format!(r#"[null,null,"{name}","delta",{{"from":"1","to":2,{fields}}}]"#),
            Fault::Payload,
            "invalid type",
        ),
    ];
    for (n, (text, ..)) in (0_u64..).zip(&bad) {
        let attempt = world.attempt();
        world.input(Input::Received(attempt, text));
        world.delta("a", (n + 1, n + 2), &[("a", 1)], true);
    }
    assert_eq!(world.offset("a"), Some(1 + 6), "every good change was applied");
    assert!(world.disconnects.is_empty());
    assert_eq!(world.manager.stats().malformed, 6);
    let kept: Vec<_> = world.manager.set_aside().collect();
    assert_eq!(kept.len(), 6);
    for (kept, (text, fault, detail)) in kept.iter().zip(&bad) {
        assert_eq!((&kept.sample, kept.fault, kept.bytes, kept.at), (text, *fault, text.len(), world.now));
        assert!(kept.detail.contains(detail), "{kept:?}");
    }
    let problem = only(&world);
    assert_eq!((problem.kind, problem.source, problem.count), (ProblemKind::Data, Source::Messages, 6));
    assert_eq!(problem.action, Action::SetAside);
    assert!(problem.text.starts_with("unreadable payload: invalid type"), "{}", problem.text);
    assert_eq!(told(&mut world), ["raised messages"], "good ones in between are no recovery");
}

#[test]
fn messages_are_well_again_with_a_good_one_after_a_clean_minute() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.receive(&json!([]));
    world.pass_alive(MESSAGES_CLEAN_AFTER - secs(2));
    assert_eq!(told(&mut world), ["raised messages"]);
    world.pass_alive(secs(2));
    assert_eq!(told(&mut world), ["recovered messages"]);
}

/// Behaviour: B67 — broken by: a fraction in a state that is only a wrong hash
#[test]
fn a_value_that_no_state_can_hold_is_set_aside_and_the_state_stays() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta_with_hash("a", (1, 2), &json!({"a": 1.5}), &json!("0000000000000001"), true);
    assert_eq!((world.value("a", "a"), world.requests("a", "reset")), (Some(1), 1));
    let kept = world.manager.set_aside().next().unwrap();
    assert_eq!((kept.fault, &*kept.detail), (Fault::Content, "a has a number that is no integer of 64 bits"));
    world.reset("a", "hash", &at("e", 2), &[("a", 2)], None);
    assert_eq!(world.value("a", "a"), Some(2));
}

#[test]
fn a_flood_of_bad_messages_is_one_problem_and_a_bounded_sample() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for n in 0..1000 {
        world.receive(&json!([n, "x".repeat(10_000)]));
    }
    assert_eq!((world.manager.stats().malformed, only(&world).count), (1000, 1000));
    assert_eq!(told(&mut world).len(), 1);
    let kept: Vec<_> = world.manager.set_aside().collect();
    assert_eq!(kept.len(), ASIDE_MAX);
    assert!(kept.iter().all(|each| each.sample.len() == ASIDE_BYTES_MAX && each.bytes > 10_000));
    assert!(kept[0].sample.starts_with("[980,"), "the newest are kept");
}

#[test]
fn the_past_is_bounded_however_often_the_connection_is_lost() {
    let mut world = World::connected(without_jitter(), &[]);
    for _ in 0..PROBLEM_HISTORY_MAX + 20 {
        world.close(None);
        world.pass(secs(1));
        world.bring_up();
        world.pass_alive(secs(10));
    }
    assert_eq!(world.manager.error_history().count(), PROBLEM_HISTORY_MAX);
    assert_eq!(world.manager.stats().problems, PROBLEM_HISTORY_MAX as u64 + 20);
}

#[test]
fn another_plan_for_the_retries_is_no_other_problem() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.close(None);
    let slower = Recovery { first_delay: secs(20), ..without_jitter().recovery };
    world.act(|manager, now| manager.set_recovery(now, slower));
    assert_eq!((only(&world).count, only(&world).action), (1, Action::Retry));
    assert_eq!(told(&mut world), ["raised connection"]);
}

#[test]
fn a_second_wrong_state_counts_as_well() {
    let mut world = World::connected(without_jitter(), &["a"]);
    world.delta_with_hash("a", (1, 2), &json!({"a": 2}), &json!("0000000000000001"), true);
    let join = world.join_ref("a");
    world.receive(&json!([join, null, topic("a").as_str(), "reset", {"reason": "hash",
        "position": at("e", 2), "hash": "0000000000000001", "state": {"a": 2}, "missed": null}]));
    assert_eq!(only(&world).count, 2);
    assert_eq!(told(&mut world), [format!("raised {}", topic("a"))]);
}

#[test]
fn a_topic_whose_states_are_always_wrong_is_left_alone_as_a_subscription_too() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for from in 1..=BREAKER_FAILURES as u64 {
        world.delta_with_hash("a", (from, from + 1), &json!({"a": 1}), &json!("0000000000000001"), true);
        if from < BREAKER_FAILURES as u64 {
            world.reset("a", "hash", &at("e", from + 1), &[("a", 1)], None);
        }
    }
    let kinds: Vec<_> = world.manager.problems().iter().map(|each| (each.kind, &*each.text)).collect();
    let expected = [
        (ProblemKind::Data, "state does not match its hash"),
        (ProblemKind::Subscription, "failed too often"),
    ];
    assert_eq!(kinds, expected);
    let action = Action::LeaveAlone { until: world.now + BREAKER_OPEN };
    assert!(world.manager.problems().iter().all(|each| each.action == action));
}

#[test]
fn a_join_that_the_server_ended_is_a_problem_at_once() {
    let mut world = World::connected(without_jitter(), &["a"]);
    let join = world.join_ref("a");
    world.receive(&json!([join, null, topic("a").as_str(), "phx_error", {}]));
    assert_eq!(
        (&*only(&world).text, only(&world).action),
        ("server ended the join by an error", Action::Ask)
    );
}

#[test]
fn a_subscriber_without_a_place_is_noted_and_no_standing_problem() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for n in 0..SUBSCRIBERS_MAX {
        let name = if n + 1 == SUBSCRIBERS_MAX { "b" } else { "a" };
        world.manager.subscribe(world.now, topic(name), secs(1));
    }
    world.drain();
    assert!(world.manager.problems().is_empty());
    let past: Vec<_> = world.manager.error_history().collect();
    assert_eq!((past.len(), past[0].recovered), (1, false));
    assert!(past[0].problem.text.starts_with("limit: "), "{}", past[0].problem.text);
}

#[test]
fn what_was_wrong_with_a_topic_that_nobody_takes_is_dropped_with_the_connection() {
    let mut world = World::new(without_jitter());
    let id = subscribe(&mut world);
    world.act(Manager::connect);
    world.bring_up();
    world.snapshot("a", "e", 1, &[("a", 1)]);
    world.delta("a", (5, 6), &[("a", 6)], true);
    world.act(|manager, now| manager.unsubscribe(now, id));
    assert_eq!(only(&world).kind, ProblemKind::Data, "the topic lingers");
    world.close(None);
    assert_eq!(only(&world).kind, ProblemKind::Connection);
    assert_eq!(recovered(&world), [(Source::Topic(topic("a")), false)]);
}
