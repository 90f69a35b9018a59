//! The classes to which wished intervals are rounded down.

use std::time::Duration;

/// A class of delivery: at most one delta per topic in this interval.
///
/// Few classes, so that subscribers share deltas (one encoding for all).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThrottleClass(u32);

impl ThrottleClass {
    /// All classes, in milliseconds.
    pub const ALL_MS: [u32; 9] = [0, 100, 250, 500, 1000, 2000, 5000, 10000, 60000];

    /// What a join gets that names no interval.
    pub const DEFAULT: Self = Self(1000);

    /// The class of a wished interval: the largest that is not longer.
    #[must_use]
    pub fn of_ms(wished_ms: u64) -> Self {
        let class = Self::ALL_MS.into_iter().rev().find(|&class| u64::from(class) <= wished_ms);
        Self(class.unwrap_or(0))
    }

    /// The interval in milliseconds.
    #[must_use]
    pub fn ms(self) -> u32 {
        self.0
    }

    /// The interval.
    #[must_use]
    pub fn interval(self) -> Duration {
        Duration::from_millis(u64::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_rounded_down_to_a_class() {
        let cases =
            [(0, 0), (99, 0), (100, 100), (999, 500), (1000, 1000), (59_999, 10_000), (u64::MAX, 60_000)];
        for (wished, class) in cases {
            assert_eq!(ThrottleClass::of_ms(wished).ms(), class, "wished {wished}");
        }
    }
}
