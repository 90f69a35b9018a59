//! What one client may ask for in a time: a virtual-scheduling bucket, in integers.

use std::time::Duration;

/// A rate with a burst.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// One of these in this time, on the long run.
    pub(super) every: Duration,
    /// So many at once.
    pub(super) burst: u32,
}

/// How much of a rate is used up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Budget {
    /// When all of it is there again.
    full_at: Duration,
}

impl Budget {
    /// Takes one; false when none is left.
    pub(super) fn take(&mut self, now: Duration, rate: Rate) -> bool {
        let full_at = self.full_at.max(now) + rate.every;
        let is_left = full_at - now <= rate.every * rate.burst;
        if is_left {
            self.full_at = full_at;
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_given_at_once_and_the_rest_at_its_rate() {
        let rate = Rate { every: Duration::from_millis(10), burst: 3 };
        let mut budget = Budget::default();
        let at = Duration::from_millis;
        let given = |budget: &mut Budget, ms| (0..5).filter(|_| budget.take(at(ms), rate)).count();
        assert_eq!(given(&mut budget, 1_000), 3);
        assert_eq!(given(&mut budget, 1_009), 0);
        assert_eq!(given(&mut budget, 1_010), 1);
        assert_eq!(given(&mut budget, 1_030), 2);
        assert_eq!(given(&mut budget, 9_000), 3);
    }
}
