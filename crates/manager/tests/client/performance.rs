//! What is told of a client that is in trouble itself, once when it begins and once when it is over.

use std::time::Duration;

use crate::support::{World, secs, without_jitter};
use realtime_manager::{Config, Event, ProblemChange, ProblemKind, Source, Threshold};

/// The performance problems that were told: the name of the figure, and whether one began.
fn told(world: &World) -> Vec<(&'static str, bool)> {
    let mut told = Vec::new();
    for (_, event) in &world.events {
        let Event::Problem(change) = event else { continue };
        let (problem, begins) = match &**change {
            ProblemChange::Raised(problem) => (problem, true),
            ProblemChange::Recovered(problem) => (problem, false),
            ProblemChange::Changed(_) | ProblemChange::Dropped(_) => continue,
        };
        if let (ProblemKind::Performance, Source::Figure(name)) = (problem.kind, &problem.source) {
            told.push((*name, begins));
        }
    }
    told
}

#[test]
fn three_slow_batches_are_told_once_and_their_end_once() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for _ in 0..5 {
        world.act(|manager, now| manager.batch_took(now, Duration::from_millis(80)));
    }
    assert_eq!(told(&world), [(Threshold::Batch.as_str(), true)]);
    assert_eq!(world.manager.problems().len(), 1);
    world.pass_alive(secs(60));
    assert_eq!(told(&world), [(Threshold::Batch.as_str(), true), (Threshold::Batch.as_str(), false)]);
    assert!(world.manager.problems().is_empty());
}

#[test]
fn a_budget_that_cannot_be_kept_is_told_once() {
    let mut world = World::connected(Config { memory_budget: 10, ..without_jitter() }, &["a"]);
    for offset in 1..50 {
        world.delta("a", (offset, offset + 1), &[("a", 1)], true);
    }
    assert_eq!(told(&world), [], "it was told with the first state");
    let problems = world.manager.problems();
    assert_eq!((problems.len(), &problems[0].source), (1, &Source::Figure(Threshold::Memory.as_str())));
}

#[test]
fn slow_answers_are_told_when_they_last() {
    let mut world = World::connected(without_jitter(), &["a"]);
    for _ in 0..4 {
        // Heartbeats every 25 s, each answered after 3 s, beats in between.
        let asked = heartbeats(&world);
        while heartbeats(&world) == asked {
            world.pass(secs(1));
            world.beat();
        }
        world.pass(secs(3));
        world.answer_heartbeats();
    }
    world.pass(secs(1));
    world.beat();
    assert_eq!(told(&world), [(Threshold::RoundTrip.as_str(), true)]);
}

fn heartbeats(world: &World) -> usize {
    world.sent.iter().filter(|(_, frame)| frame[3] == "heartbeat").count()
}
