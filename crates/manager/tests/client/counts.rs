//! The promise about counts: B30.

use crate::support::{World, secs, without_jitter};
use realtime_manager::{Event, Manager, Options, SubscriptionId};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// A world with three topics whose states the test changes; it counts what it sends by itself.
struct Source {
    world: World,
    offsets: [u64; 3],
    sent: [u64; 3],
    rejoined: u64,
}

impl Source {
    fn new() -> Self {
        let mut world = World::connected(without_jitter(), &NAMES);
        // Two who have a pace of their own: what they wait for is no update less.
        for (name, seconds) in [("a", 1), ("b", 5)] {
            let options = Options { throttle: secs(seconds), ..Options::default() };
            world.act(|manager, now| {
                manager.subscribe_at(now, crate::support::topic(name), options);
            });
        }
        world.events.clear();
        // Each topic was answered with a state, which is its first update.
        Self { world, offsets: [1; 3], sent: [1; 3], rejoined: 0 }
    }

    fn send(&mut self, n: usize, last: bool) {
        let index = n % 3;
        let from = self.offsets[index];
        let value = i64::try_from(n).unwrap_or(0);
        self.world.delta(NAMES[index], (from, from + 1), &[("a", value)], last);
        self.offsets[index] += 1;
        self.sent[index] += 1;
    }

    fn lose_and_return(&mut self) {
        self.world.close(None);
        self.world.pass(secs(1));
        self.world.bring_up();
        for (index, name) in NAMES.into_iter().enumerate() {
            self.world.resumed(name, "e", self.offsets[index] + 2, &[("b", 1)]);
            self.offsets[index] += 2;
            self.sent[index] += 1;
            self.rejoined += 1;
        }
    }

    /// What the manager has told, out of its events.
    fn told(&self) -> u64 {
        let batches =
            self.world.events.iter().filter_map(|(_, event)| {
                if let Event::Batch(batch) = event { Some(batch.len()) } else { None }
            });
        u64::try_from(batches.sum::<usize>()).unwrap_or(0)
    }

    fn check(&self) {
        let stats = self.world.manager.stats();
        let sent: u64 = self.sent.iter().sum();
        assert_eq!((stats.updates, self.told()), (sent, sent - 3));
        assert_eq!(stats.deltas, sent - 3);
        let by_topic: Vec<u64> =
            self.world.manager.subscriptions().into_iter().map(|info| info.updates).collect();
        assert_eq!(by_topic, self.sent);
        assert_eq!(stats.updates_of_ended, 0);
    }
}

/// Behaviour: B30 — broken by: counting a tick as one update
#[test]
fn a_thousand_updates_in_one_frame_are_a_thousand() {
    let mut source = Source::new();
    for n in 0..1000 {
        // Ticks of one, two and three topics.
        source.send(n, n % 3 == 2 || n % 7 == 0 || n == 999);
    }
    source.check();
    assert_eq!(source.world.manager.stats().updates, 1003);
}

/// Behaviour: B30 — broken by: not counting what came by a resumed join
#[test]
fn over_an_hour_with_losses_the_count_is_exact() {
    let mut source = Source::new();
    let mut n = 0;
    for minute in 0..60 {
        for _ in 0..15 {
            for _ in 0..minute % 4 {
                source.send(n, true);
                n += 1;
            }
            source.world.pass_alive(secs(4));
        }
        if minute % 7 == 6 {
            source.lose_and_return();
        }
        source.check();
    }
    assert_eq!((source.rejoined, source.world.manager.stats().reconnects), (24, 8));
    let before = source.world.manager.stats();
    source.world.act(|manager, now| manager.unsubscribe(now, SubscriptionId(3)));
    source.world.act(Manager::disconnect);
    let stats = source.world.manager.stats();
    assert_eq!((stats.updates, stats.updates_of_ended), (before.updates, source.sent[2]));
}
