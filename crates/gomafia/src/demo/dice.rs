//! Seeded chance.

use jiff::civil::Date;

/// SplitMix64: small, seeded, the same on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for one thing of a season; `what` and `number` keep things apart.
    pub(super) fn of(seed: u64, what: u64, number: u64) -> Self {
        let mut dice = Self(seed);
        for part in [what, number] {
            dice.0 = dice.roll() ^ part;
        }
        // One more turn, so that neighbouring numbers do not begin alike.
        Self(dice.roll())
    }

    /// Dice for one day of a season.
    pub(super) fn of_day(seed: u64, what: u64, day: Date) -> Self {
        let number = (i64::from(day.year()) * 12 + i64::from(day.month())) * 31 + i64::from(day.day());
        Self::of(seed, what, number.unsigned_abs())
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`.
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.roll() % sides.max(1)
    }

    /// An index below `length`.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let sides = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(sides)).unwrap_or(0)
    }

    /// True so many times of a thousand.
    pub(super) fn chance(&mut self, per_mille: i64) -> bool {
        i64::try_from(self.below(1000)).unwrap_or(0) < per_mille
    }

    /// Puts the items into another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            let other = self.index(n + 1);
            items.swap(n, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_seeds_things_and_numbers_differ_from_the_first_roll_on() {
        let first = |seed, what, number| Dice::of(seed, what, number).roll();
        let rolls = [first(1, 1, 1), first(2, 1, 1), first(1, 2, 1), first(1, 1, 2), first(1, 2, 2)];
        let distinct: std::collections::BTreeSet<_> = rolls.iter().collect();
        assert_eq!(distinct.len(), rolls.len());
        assert_eq!(first(1, 1, 1), rolls[0]);
    }
}
