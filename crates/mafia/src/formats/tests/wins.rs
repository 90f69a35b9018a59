//! Wins behind rounded win rates.

use proptest::prelude::*;

use crate::formats::wins::wins;

#[test]
fn a_half_is_rounded_up() {
    // 1 of 8 is 12.5 %, 1 of 200 is 0.5 %.
    assert_eq!(wins(8, 13), Some(1..=1));
    assert_eq!(wins(8, 12), None);
    assert_eq!(wins(200, 1), Some(1..=2));
    assert_eq!(wins(200, 0), Some(0..=0));
}

#[test]
fn a_rate_that_no_number_of_wins_gives_is_none() {
    assert_eq!(
        (wins(1, 43), wins(0, 5), wins(-1, 0), wins(3, 101), wins(3, -1)),
        (None, None, None, None, None)
    );
    assert_eq!((wins(0, 0), wins(1, 0), wins(1, 100)), (Some(0..=0), Some(0..=0), Some(1..=1)));
}

proptest! {
    #[test]
    fn exactly_the_wins_that_round_to_the_rate_are_in_the_range(games in 1_i64..700, percent in 0_i64..=100) {
        // The rule in its own words: the nearest whole number, halves upwards.
        let rounds_to = |wins: i64| (wins * 100).div_euclid(games) + i64::from(wins * 100 % games * 2 >= games);
        let counted: Vec<i64> = (0..=games).filter(|wins| rounds_to(*wins) == percent).collect();
        prop_assert_eq!(wins(games, percent).map_or_else(Vec::new, Iterator::collect::<Vec<i64>>), counted);
    }
}
