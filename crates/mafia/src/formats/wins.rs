//! Wins behind a rounded win rate.

use std::ops::RangeInclusive;

/// Most games that a year can have; beyond it a number is no number of games.
pub(super) const GAMES_MAX: i64 = 1_000_000;

/// All numbers of wins that a source rounds to `percent`: it takes `100 · wins / games` to the
/// nearest whole number and a half upwards. None when no number of wins gives that rate.
pub(super) fn wins(games: i64, percent: i64) -> Option<RangeInclusive<i64>> {
    if !(0..=GAMES_MAX).contains(&games) || !(0..=100).contains(&percent) {
        return None;
    }
    if games == 0 {
        return (percent == 0).then_some(0..=0);
    }
    // percent ≤ 100·w/games + 1/2 < percent + 1, in whole numbers.
    let least = div_up(2 * games * percent - games, 200);
    let most = div_up(2 * games * percent + games, 200) - 1;
    let (least, most) = (least.max(0), most.min(games));
    (least <= most).then_some(least..=most)
}

fn div_up(value: i64, by: i64) -> i64 {
    -(-value).div_euclid(by)
}
