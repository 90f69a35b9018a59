//! The one scheduler: what happens next, by virtual time and then by the order of asking.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

/// What waits for its time.
#[derive(Debug)]
pub(crate) struct Queue<W> {
    heap: BinaryHeap<Entry<W>>,
    asked: u64,
}

#[derive(Debug)]
struct Entry<W> {
    at: Duration,
    sequence: u64,
    what: W,
}

impl<W> Queue<W> {
    pub(crate) fn new() -> Self {
        Self { heap: BinaryHeap::new(), asked: 0 }
    }

    pub(crate) fn push(&mut self, at: Duration, what: W) {
        self.asked += 1;
        self.heap.push(Entry { at, sequence: self.asked, what });
    }

    pub(crate) fn pop(&mut self) -> Option<(Duration, W)> {
        self.heap.pop().map(|entry| (entry.at, entry.what))
    }
}

impl<W> Ord for Entry<W> {
    // The heap gives its greatest first, so the earliest is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl<W> PartialOrd for Entry<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<W> PartialEq for Entry<W> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<W> Eq for Entry<W> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_of_equals_the_one_asked_for_first() {
        let mut queue = Queue::new();
        for (at, what) in [(3, 'd'), (1, 'a'), (2, 'b'), (2, 'c')] {
            queue.push(Duration::from_secs(at), what);
        }
        let order: String = std::iter::from_fn(|| queue.pop().map(|(_, what)| what)).collect();
        assert_eq!(order, "abcd");
    }
}
