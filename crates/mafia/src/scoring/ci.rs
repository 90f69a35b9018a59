//! Compensation for being the first killed often, in exact integers.

use crate::game::Winner;

/// How often somebody was killed first, and over how many games that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Games in which the player, or one of the team, was killed first while red.
    pub(super) first_kills: i64,
    /// The distance N, in games.
    pub(super) distance: i64,
}

/// How the amount follows from first kills and distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CiForm {
    /// `cap · i / B` up to `cap`, where `B = round(share · N)`.
    Quota {
        /// The share of the distance that fills the quota, in thousandths.
        share: i64,
        /// The most that one game gives, in thousandths.
        cap: i64,
    },
    /// `factor · i / N`, and `cap` once `i / N` is above a threshold.
    Rate {
        /// The factor, in thousandths.
        factor: i64,
        /// The rate above which the cap stands, in thousandths.
        full_above: i64,
        /// The most that one game gives, in thousandths.
        cap: i64,
    },
    /// The same thousandths each time.
    Flat(i64),
}

/// What the red player who was killed first gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CiRule {
    /// The amount when the black side won.
    pub form: CiForm,
    /// The share of it, in per cent, when the red side won.
    pub town_won_percent: i64,
    /// Whether a best move that named no black takes it away.
    pub needs_black: bool,
}

impl CiRule {
    /// The thousandths for one game; none where the rule says nothing, which is a draw.
    pub(super) fn points(&self, standing: Standing, winner: Winner, hits: Option<u8>) -> Option<i64> {
        let percent = match winner {
            Winner::Mafia => 100,
            Winner::Town => self.town_won_percent,
            Winner::Draw => return None,
        };
        if self.needs_black && hits == Some(0) {
            return Some(0);
        }
        let Standing { first_kills, distance } = standing;
        let (amount, parts) = match self.form {
            CiForm::Quota { share, cap } => {
                let quota = quota(share, distance);
                // Also the way out of a quota of 0, which is that of a single game.
                if first_kills >= quota { (cap, 1) } else { (cap * first_kills, quota) }
            }
            CiForm::Rate { factor, full_above, cap } => {
                if first_kills * 1000 > full_above * distance {
                    (cap, 1)
                } else {
                    (factor * first_kills, distance.max(1))
                }
            }
            CiForm::Flat(points) => (points, 1),
        };
        Some(rounded(amount * percent, parts * 100))
    }

    /// The quota at this distance, for rules that have one.
    pub(super) fn quota(&self, distance: i64) -> Option<i64> {
        match self.form {
            CiForm::Quota { share, .. } => Some(quota(share, distance)),
            CiForm::Rate { .. } | CiForm::Flat(_) => None,
        }
    }
}

fn quota(share: i64, distance: i64) -> i64 {
    rounded(share * distance, 1000)
}

/// The nearest integer to `amount / parts`, half up; `parts` is positive.
fn rounded(amount: i64, parts: i64) -> i64 {
    (2 * amount + parts).div_euclid(2 * parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: CiRule =
        CiRule { form: CiForm::Quota { share: 400, cap: 400 }, town_won_percent: 50, needs_black: true };

    const fn standing(first_kills: i64, distance: i64) -> Standing {
        Standing { first_kills, distance }
    }

    #[test]
    fn the_quota_form_gives_its_share_of_the_cap() {
        let whole = |i, n| SHARED.points(standing(i, n), Winner::Mafia, Some(1));
        assert_eq!((whole(11, 120), whole(1, 120)), (Some(92), Some(8)));
        assert_eq!((whole(47, 120), whole(48, 120), whole(90, 120)), (Some(392), Some(400), Some(400)));
        // B = round(0.4 · 12) = 5 and round(0.4 · 11) = 4.
        assert_eq!((whole(2, 12), whole(2, 11)), (Some(160), Some(200)));
    }

    #[test]
    fn the_quota_form_gives_half_when_red_won_and_rounds_only_once() {
        let half = |i| SHARED.points(standing(i, 120), Winner::Town, Some(2));
        // 200 / 48 = 4.17, 200 · 11 / 48 = 45.83, 200 · 3 / 48 = 12.5.
        assert_eq!((half(1), half(11), half(3)), (Some(4), Some(46), Some(13)));
        assert_eq!(half(48), Some(200));
    }

    #[test]
    fn a_single_game_has_no_quota_and_gives_the_cap() {
        assert_eq!(SHARED.quota(1), Some(0));
        assert_eq!(SHARED.points(standing(1, 1), Winner::Mafia, None), Some(400));
    }

    #[test]
    fn a_best_move_without_a_black_takes_the_quota_form_away() {
        assert_eq!(SHARED.points(standing(5, 12), Winner::Mafia, Some(0)), Some(0));
        assert_eq!(SHARED.points(standing(5, 12), Winner::Mafia, None), Some(400));
        let lenient = CiRule { needs_black: false, ..SHARED };
        assert_eq!(lenient.points(standing(5, 12), Winner::Mafia, Some(0)), Some(400));
    }

    #[test]
    fn no_rule_speaks_of_a_draw() {
        assert_eq!(SHARED.points(standing(5, 12), Winner::Draw, Some(1)), None);
    }

    #[test]
    fn the_rate_form_grows_with_the_rate_up_to_its_threshold() {
        let form = CiForm::Rate { factor: 1250, full_above: 399, cap: 500 };
        let rule = CiRule { form, town_won_percent: 0, needs_black: false };
        let lost = |i, n| rule.points(standing(i, n), Winner::Mafia, None);
        assert_eq!((lost(5, 50), lost(7, 60)), (Some(125), Some(146)));
        // 399 of 1,000 is not above the threshold: 498.75.
        assert_eq!((lost(399, 1000), lost(400, 1000), lost(30, 60)), (Some(499), Some(500), Some(500)));
        assert_eq!(rule.points(standing(30, 60), Winner::Town, None), Some(0));
        assert_eq!(rule.quota(60), None);
    }

    #[test]
    fn the_flat_form_knows_no_distance() {
        let rule = CiRule { form: CiForm::Flat(100), town_won_percent: 0, needs_black: false };
        let given = |i, winner| rule.points(standing(i, 90), winner, Some(0));
        assert_eq!((given(1, Winner::Mafia), given(40, Winner::Mafia)), (Some(100), Some(100)));
        assert_eq!(given(40, Winner::Town), Some(0));
    }
}
