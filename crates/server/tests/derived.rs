//! Views with parameters, in virtual time.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Counters, add, commit};
use realtime_protocol::{Epoch, ParamError, Position, State, ThrottleClass, Topic};
use realtime_server::hub::{GroupView, Hub, JoinError};
use realtime_server::limits::VIEW_STATES_MAX;
use serde_json::Value;

const CLASS_MS: u64 = 1_000;

fn hub() -> Hub {
    Hub::new(Position { epoch: Epoch::new("e"), offset: 0 }, Box::new(Counters::default()))
}

fn class() -> ThrottleClass {
    ThrottleClass::of_ms(CLASS_MS)
}

fn least(n: i64) -> Topic {
    Topic::parse(&format!("view:sums?least={n}")).unwrap()
}

fn seen(offset: u64) -> Position {
    Position { epoch: Epoch::new("e"), offset }
}

/// Those of the whole view that are not below `n`.
fn expected(hub: &Hub, n: i64) -> BTreeMap<String, Value> {
    let (_, all) = hub.view(&Topic::parse("view:sums").unwrap()).unwrap();
    let entries = all.entries().iter().filter(|(_, sum)| sum.as_i64().unwrap() >= n);
    entries.map(|(key, sum)| (key.clone(), sum.clone())).collect()
}

#[test]
fn a_view_with_parameters_is_a_part_of_the_one_without_and_changes_with_it() {
    let mut hub = hub();
    hub.commit(&[commit(1, vec![add("a", 5), add("b", 1)])]).unwrap();
    let joined = hub.join(&least(2), class(), None).unwrap();
    assert_eq!((joined.offset, joined.state.entries()), (1, &expected(&hub, 2)));
    hub.commit(&[commit(2, vec![add("b", 4), add("a", -4), add("c", 1)])]).unwrap();
    let ticks = hub.flush(Duration::ZERO).unwrap();
    let view = &ticks[0].1.views[&least(2)];
    let delta = view.since(1).unwrap().delta;
    assert!(delta.put.keys().eq(["b"]) && delta.drop.iter().eq(["a"]), "{delta:?}");
    assert_eq!(view.state.entries(), &expected(&hub, 2));
    assert_eq!(view.state.hash(), State::from_entries(expected(&hub, 2)).unwrap().hash());
    let (position, state) = hub.view(&least(2)).unwrap();
    assert_eq!((position.offset, state), (2, view.state.clone()), "over HTTP the same");
}

#[test]
fn a_commit_that_changes_nothing_in_it_sends_nothing_and_moves_it_not() {
    let mut hub = hub();
    hub.join(&least(2), class(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 1)])]).unwrap();
    assert_eq!((hub.due_at(), hub.flush(Duration::ZERO).unwrap().len()), (None, 0));
    hub.commit(&[commit(2, vec![add("a", 1)])]).unwrap();
    let ticks = hub.flush(Duration::ZERO).unwrap();
    let frame = ticks[0].1.views[&least(2)].latest.clone().unwrap();
    assert_eq!((frame.from, frame.to), (0, 2));
}

#[test]
fn whoever_comes_back_is_told_what_changed_while_nobody_followed_it() {
    let mut hub = hub();
    hub.join(&least(2), class(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 5), add("b", 5)])]).unwrap();
    hub.flush(Duration::ZERO).unwrap();
    hub.leave(&least(2), class());
    assert_eq!(hub.groups(), 0);
    for offset in 2..=9 {
        hub.commit(&[commit(offset, vec![add("a", 1)])]).unwrap();
    }
    let back = hub.join(&least(2), class(), Some(&seen(1))).unwrap();
    let delta = back.since(1).unwrap().delta;
    assert_eq!((delta.put.len(), &delta.put["a"]), (1, &Value::from(13)));
    assert_eq!((back.offset, back.state.entries()), (9, &expected(&hub, 2)));
    assert_eq!(back.since(4), None, "what was there at 4 is not known");
}

/// Broken by: remembering nothing of commits that cancel out while it is followed; nor while it is not
#[test]
fn what_was_there_between_commits_that_cancel_out_is_not_known() {
    let mut hub = hub();
    hub.join(&least(2), class(), None).unwrap();
    hub.commit(&[commit(1, vec![add("a", 5)]), commit(2, vec![add("a", -5)])]).unwrap();
    let while_followed = hub.join(&least(2), ThrottleClass::of_ms(0), None).unwrap();
    hub.leave(&least(2), class());
    hub.leave(&least(2), ThrottleClass::of_ms(0));
    // Nothing but the parts of one view has to tell of these.
    hub.commit(&[commit(3, vec![add("a", 5)])]).unwrap();
    hub.commit(&[commit(4, vec![add("a", -4)])]).unwrap();
    let while_not = hub.join(&least(2), class(), None).unwrap();
    for (view, from, between, to) in [(while_followed, 0, 1, 2), (while_not, 2, 3, 4)] {
        assert_eq!((view.since(between), view.offset), (None, to));
        assert!(view.since(from).unwrap().delta.is_empty() && view.since(to).unwrap().delta.is_empty());
    }
}

#[test]
fn the_last_used_are_kept_and_when_all_are_followed_another_is_refused() {
    let mut hub = hub();
    hub.commit(&[commit(1, vec![add("a", 5)])]).unwrap();
    let max = i64::try_from(VIEW_STATES_MAX).unwrap();
    for n in 0..max {
        hub.join(&least(n), class(), None).unwrap();
    }
    assert_eq!(hub.join(&least(max), class(), None).unwrap_err(), JoinError::Views);
    assert_eq!((hub.stats().views_refused, hub.groups()), (1, VIEW_STATES_MAX));
    assert!(hub.view(&least(max)).is_ok(), "reading it once takes no place");
    for n in [3, 5] {
        hub.leave(&least(n), class());
    }
    hub.join(&least(3), class(), None).unwrap();
    hub.leave(&least(3), class());
    hub.join(&least(max), class(), None).unwrap();
    hub.commit(&[commit(2, vec![add("b", 5)])]).unwrap();
    assert!(hub.join(&least(3), class(), None).unwrap().since(1).is_some(), "3 was used after 5");
    assert_eq!(hub.join(&least(5), class(), None).unwrap_err(), JoinError::Views);
}

#[test]
fn parameters_that_there_are_not_are_refused_before_they_take_a_place() {
    let mut hub = hub();
    let unknown = ParamError::Unknown { name: "most".to_owned(), known: &["least"] };
    let expected = "an integer".to_owned();
    let wrong = ParamError::Value { name: "least", expected, text: "x".to_owned() };
    for (topic, error) in [("view:sums?most=1", unknown), ("view:sums?least=x", wrong)] {
        let topic = Topic::parse(topic).unwrap();
        assert_eq!(hub.join(&topic, class(), None).unwrap_err(), JoinError::Parameter(error.clone()));
        assert_eq!(hub.view(&topic).unwrap_err(), JoinError::Parameter(error));
    }
    let reason = hub.join(&Topic::parse("view:sums?most=1").unwrap(), class(), None).unwrap_err().to_string();
    assert_eq!(reason, "unknown_parameter: there is no parameter \"most\"; there are least");
}

/// A viewer that follows by deltas alone.
struct Follower {
    n: i64,
    class: ThrottleClass,
    offset: u64,
    state: State,
}

impl Follower {
    fn take(&mut self, view: &GroupView) {
        match view.since(self.offset) {
            Some(changes) => self.state.apply(&changes.delta).unwrap(),
            None => self.state = (*view.state).clone(),
        }
        self.offset = view.offset;
        assert_eq!(self.state.hash(), view.state.hash());
    }
}

#[test]
fn whatever_is_committed_and_whoever_comes_and_goes_each_has_its_part_of_the_whole() {
    for seed in 1..=20_u64 {
        let (mut hub, mut random) = (hub(), seed);
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let mut followers: Vec<Follower> = Vec::new();
        let mut gone: Vec<Follower> = Vec::new();
        for at in 1..=200 {
            let changes = (0..next(3)).map(|_| {
                let key = ["a", "b", "c", "d"][usize::try_from(next(4)).unwrap()];
                add(key, i64::try_from(next(9)).unwrap() - 4)
            });
            let changes = changes.collect();
            hub.commit(&[commit(at, changes)]).unwrap();
            if next(3) == 0 {
                let again = if next(2) == 0 { gone.pop() } else { None };
                let mut follower = again.unwrap_or_else(|| Follower {
                    n: i64::try_from(next(3)).unwrap(),
                    class: ThrottleClass::of_ms([0, CLASS_MS][usize::try_from(next(2)).unwrap()]),
                    offset: 0,
                    state: State::default(),
                });
                let view =
                    hub.join(&least(follower.n), follower.class, Some(&seen(follower.offset))).unwrap();
                follower.take(&view);
                followers.push(follower);
            }
            if next(4) == 0 && !followers.is_empty() {
                let follower = followers.swap_remove(usize::try_from(next(followers.len() as u64)).unwrap());
                hub.leave(&least(follower.n), follower.class);
                gone.push(follower);
            }
            for (class, tick) in hub.flush(Duration::from_millis(at * 300)).unwrap() {
                for follower in followers.iter_mut().filter(|follower| follower.class == class) {
                    let view = &tick.views[&least(follower.n)];
                    if view.offset > follower.offset {
                        follower.take(view);
                    }
                }
            }
        }
        hub.flush(Duration::from_secs(1_000)).unwrap().into_iter().for_each(|(class, tick)| {
            for follower in followers.iter_mut().filter(|follower| follower.class == class) {
                follower.take(&tick.views[&least(follower.n)]);
            }
        });
        for follower in &followers {
            assert_eq!(follower.state.entries(), &expected(&hub, follower.n), "seed {seed}");
        }
    }
}
