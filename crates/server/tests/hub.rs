//! The hub in virtual time.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use std::time::Duration;

use common::{Counters, add, commit};
use realtime_protocol::{Epoch, ParamError, Position, ThrottleClass, Topic};
use realtime_server::hub::{Hub, HubError, JoinError};

fn hub() -> Hub {
    Hub::new(Position { epoch: Epoch::new("e"), offset: 0 }, Box::new(Counters::default()))
}

fn sums() -> Topic {
    Topic::parse("view:sums").unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn second() -> ThrottleClass {
    ThrottleClass::of_ms(1000)
}

#[test]
fn the_first_change_goes_out_at_once_and_the_last_of_a_burst_within_one_interval() {
    let mut hub = hub();
    hub.join(&sums(), second(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    assert_eq!(hub.flush(ms(10)).unwrap().len(), 1, "leading edge");
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    assert!(hub.flush(ms(500)).unwrap().is_empty(), "throttled");
    hub.commit(&[commit(3, vec![add("b", 1)])]).unwrap();
    assert_eq!(hub.due_at(), Some(ms(1010)));
    let ticks = hub.flush(ms(1010)).unwrap();
    let view = &ticks[0].1.views[&sums()];
    assert_eq!(view.state.entries()["a"], 2);
    assert_eq!(view.state.entries()["b"], 1);
    let frame = view.latest.as_ref().unwrap();
    assert_eq!((frame.from, frame.to), (1, 3), "one frame for two commits");
    let bytes = String::from_utf8_lossy(&frame.last);
    assert!(bytes.contains(r#""at_ms":2000,"#), "as old as the older of the two: {bytes}");
    assert_eq!(hub.due_at(), None, "nothing waits");
}

#[test]
fn a_join_starts_from_the_last_flush_so_that_the_next_delta_fits() {
    let mut hub = hub();
    hub.join(&sums(), second(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    hub.flush(ms(0)).unwrap();
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    let late = hub.join(&sums(), second(), None).unwrap();
    assert_eq!((late.offset, &late.state.entries()["a"]), (1, &1.into()));
    let ticks = hub.flush(ms(1000)).unwrap();
    assert_eq!(ticks[0].1.views[&sums()].latest.as_ref().unwrap().from, late.offset);
}

#[test]
fn changes_that_cancel_out_send_nothing_and_move_no_topic() {
    let mut hub = hub();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    let joined = hub.join(&sums(), second(), None).unwrap();
    assert_eq!(joined.offset, 1);
    hub.commit(&[commit(2, vec![add("a", 1)]), commit(3, vec![add("a", -1)])]).unwrap();
    assert!(hub.flush(ms(0)).unwrap().is_empty());
    hub.commit(&[commit(4, vec![add("a", 5)])]).unwrap();
    let ticks = hub.flush(ms(5000)).unwrap();
    let frame = ticks[0].1.views[&sums()].latest.clone().unwrap();
    assert_eq!((frame.from, frame.to), (1, 4));
}

/// Broken by: remembering nothing of commits that cancel out
#[test]
fn what_was_there_between_commits_that_cancel_out_is_not_known() {
    let mut hub = hub();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    hub.commit(&[commit(2, vec![add("a", 1)]), commit(3, vec![add("a", -1)])]).unwrap();
    let view = hub.join(&sums(), second(), None).unwrap();
    assert_eq!(view.since(2), None);
    assert!(view.since(1).unwrap().delta.is_empty() && view.since(3).unwrap().delta.is_empty());
}

#[test]
fn all_topics_of_a_class_flush_together() {
    let mut hub = hub();
    hub.join(&sums(), second(), None).unwrap();
    hub.join(&Topic::parse("view:last").unwrap(), second(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    let ticks = hub.flush(ms(0)).unwrap();
    assert_eq!(ticks.len(), 1);
    assert!(ticks[0].1.views.values().all(|view| view.offset == 1));
    assert_eq!(hub.stats().frames_encoded, 2, "one encoding for each topic");
}

#[test]
fn what_changed_since_an_offset_is_known_as_long_as_it_is_kept() {
    let mut hub = hub();
    for offset in 1..=100 {
        hub.commit(&[commit(offset, vec![add(&offset.to_string(), 1)])]).unwrap();
    }
    let view = hub.join(&sums(), second(), None).unwrap();
    assert_eq!(view.since(98).unwrap().delta.put.keys().collect::<Vec<_>>(), ["100", "99"]);
    assert_eq!(view.since(36).unwrap().delta.put.len(), 64);
    assert_eq!(view.since(35), None, "older than what is kept");
    assert_eq!(view.since(101), None, "ahead");
}

#[test]
fn a_viewer_ahead_of_a_groups_last_flush_starts_from_the_head_and_the_next_flush_fits_all() {
    let mut hub = hub();
    let first = hub.join(&sums(), second(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    hub.flush(ms(0)).unwrap();
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    let seen = |offset| Some(Position { epoch: Epoch::new("e"), offset });
    let ahead = hub.join(&sums(), second(), seen(2).as_ref()).unwrap();
    assert_eq!((ahead.offset, &ahead.state.entries()["a"]), (2, &2.into()));
    assert_eq!(hub.join(&sums(), second(), seen(1).as_ref()).unwrap().offset, 1, "not ahead");
    assert_eq!(hub.join(&sums(), second(), seen(3).as_ref()).unwrap().offset, 1, "ahead of the log");
    let other = Position { epoch: Epoch::new("other"), offset: 2 };
    assert_eq!(hub.join(&sums(), second(), Some(&other)).unwrap().offset, 1, "of another log");
    hub.commit(&[commit(3, vec![add("b", 1)])]).unwrap();
    let ticks = hub.flush(ms(1000)).unwrap();
    let view = &ticks[0].1.views[&sums()];
    assert_eq!((view.latest.as_ref().unwrap().from, view.offset), (1, 3), "the others get one frame");
    assert_eq!(view.since(2).unwrap().delta.put.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(view.since(first.offset).unwrap().delta.put.len(), 2);
}

#[test]
fn what_cancels_out_is_told_when_somebody_joined_in_between() {
    let mut hub = hub();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    hub.join(&sums(), second(), None).unwrap();
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    let seen = Position { epoch: Epoch::new("e"), offset: 2 };
    assert_eq!(hub.join(&sums(), second(), Some(&seen)).unwrap().state.entries()["a"], 2);
    hub.commit(&[commit(3, vec![add("a", -1)])]).unwrap();
    let ticks = hub.flush(ms(0)).unwrap();
    assert_eq!(ticks[0].1.views[&sums()].since(2).unwrap().delta.put["a"], 1);
}

/// Broken by: flushing a class that is held; holding it for good
#[test]
fn a_class_that_is_held_flushes_nothing_and_then_everything_in_one_frame() {
    let mut hub = hub();
    let class = ThrottleClass::of_ms(0);
    hub.join(&sums(), class, None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    assert_eq!(hub.flush(Duration::ZERO).unwrap().len(), 1);
    hub.hold(class);
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    hub.commit(&[commit(3, vec![add("b", 1)])]).unwrap();
    assert_eq!((hub.due_at(), hub.flush(Duration::from_secs(9)).unwrap().len()), (None, 0));
    hub.release(class, Duration::from_secs(9));
    let ticks = hub.flush(Duration::from_secs(10)).unwrap();
    let latest = ticks[0].1.views[&sums()].latest.clone().unwrap();
    assert_eq!((latest.from, latest.to, hub.stats().frames_encoded), (1, 3, 2));
}

/// Broken by: gathering always; never; for as long as telling took
#[test]
fn what_comes_faster_than_it_can_be_told_is_gathered_and_what_comes_slower_is_not() {
    let mut hub = hub();
    let (class, us) = (ThrottleClass::of_ms(0), Duration::from_micros);
    hub.join(&sums(), class, None).unwrap();
    let flush_and_tell = |hub: &mut Hub, at: u64, told: u64, meanwhile: &[u64]| {
        assert_eq!(hub.flush(us(at)).unwrap().len(), 1);
        hub.hold(class);
        meanwhile.iter().for_each(|&n| hub.commit(&[commit(n, vec![add("a", 1)])]).unwrap());
        hub.release(class, us(told));
    };
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    flush_and_tell(&mut hub, 0, 8_000, &[]);
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    assert!(hub.due_at().unwrap() <= us(8_000), "nothing waited");
    flush_and_tell(&mut hub, 9_000, 17_000, &[3]);
    assert_eq!(hub.due_at(), Some(us(18_000)));
    hub.commit(&[commit(4, vec![add("a", 1)])]).unwrap();
    assert_eq!(hub.flush(us(17_999)).unwrap().len(), 0);
    flush_and_tell(&mut hub, 18_000, 1_018_000, &[5]);
    assert_eq!(hub.due_at(), Some(us(1_023_000)), "never for long");
}

#[test]
fn a_restarted_hub_that_redoes_the_last_commits_lets_viewers_resume() {
    let commits: Vec<_> = (1..=10).map(|n| commit(n, vec![add(&n.to_string(), 1), add("all", 1)])).collect();
    let mut views = Counters::default();
    for one in &commits {
        realtime_server::Views::fold(&mut views, one).unwrap();
    }
    let mut hub = Hub::new(Position { epoch: Epoch::new("e"), offset: 10 }, Box::new(views));
    assert_eq!(hub.join(&sums(), ThrottleClass::of_ms(100), None).unwrap().since(8), None, "not seeded");
    hub.seed(&commits[5..]).unwrap();
    let view = hub.join(&sums(), second(), None).unwrap();
    let delta = view.since(8).unwrap().delta;
    assert_eq!(delta.put.keys().collect::<Vec<_>>(), ["10", "9", "all"]);
    assert_eq!(delta.put["all"], 10);
    assert!(view.since(5).is_some());
    assert_eq!(view.since(4), None);
}

#[test]
fn a_hole_in_the_log_is_an_error_and_unknown_topics_are_refused() {
    let mut hub = hub();
    let hole = hub.commit(&[commit(2, vec![])]);
    assert!(matches!(hole, Err(HubError::Gap { expected: 1, found: 2 })));
    let cases = [
        ("view:nothing", JoinError::Unknown),
        ("view:last?a=b", JoinError::Parameter(ParamError::Unknown { name: "a".to_owned(), known: &[] })),
        ("table:sums", JoinError::Unknown),
    ];
    for (text, error) in cases {
        assert_eq!(hub.join(&Topic::parse(text).unwrap(), second(), None).unwrap_err(), error, "{text}");
    }
}

#[test]
fn a_group_that_nobody_listens_to_costs_no_frame() {
    let mut hub = hub();
    hub.join(&sums(), second(), None).unwrap();
    hub.leave(&sums(), second());
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    assert!(hub.flush(ms(0)).unwrap().is_empty());
    assert_eq!((hub.stats().frames_encoded, hub.groups()), (0, 0));
    assert_eq!(
        hub.join(&sums(), second(), None).unwrap().offset,
        1,
        "whoever comes then starts from the head"
    );
}
