//! How long to wait before a retry.

use std::time::Duration;

use crate::Recovery;
use crate::limits::{NUDGE_SPREAD, RETRY_HINT_MAX};
use crate::rng::Rng;

/// How much longer than its plain value a delay may become by chance.
const JITTER: f64 = 0.5;

/// The delay before retry `number` (from 1): the first delay times factor^(number − 1), stretched by
/// chance, never above the longest nor below the first.
///
/// What the server asked for in `hint` is stretched in the same way and counts when it is longer: clients
/// that are told the same must not return in step.
pub(crate) fn delay(recovery: &Recovery, number: u32, hint: Duration, rng: &mut Rng) -> Duration {
    let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
    let stretch = if recovery.jitter { 1.0 + JITTER * rng.unit() } else { 1.0 };
    let seconds = recovery.first_delay.as_secs_f64() * recovery.factor.powi(exponent) * stretch;
    // A factor that makes no sense gives no duration; the longest delay is the safe answer.
    let wished = Duration::try_from_secs_f64(seconds).unwrap_or(recovery.max_delay);
    let own = wished.max(recovery.first_delay).min(recovery.max_delay);
    own.max(hint.min(RETRY_HINT_MAX).mul_f64(stretch))
}

/// How long an attempt waits that a network or a viewer brings about.
pub(crate) fn spread(recovery: &Recovery, rng: &mut Rng) -> Duration {
    if recovery.jitter { NUDGE_SPREAD.mul_f64(rng.unit()) } else { Duration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_jitter_delays_are_one_two_four_eight_and_sixteen_seconds() {
        let recovery = Recovery { jitter: false, ..Recovery::default() };
        let delays: Vec<u64> = (1..=7)
            .map(|number| delay(&recovery, number, Duration::ZERO, &mut Rng::new(1)).as_secs())
            .collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn with_jitter_delays_are_stretched_by_at_most_half() {
        let recovery = Recovery::default();
        for seed in 0..200 {
            let mut rng = Rng::new(seed);
            for number in 1..=5_u32 {
                let plain = Duration::from_secs(1 << (number - 1));
                let jittered = delay(&recovery, number, Duration::ZERO, &mut rng);
                assert!(jittered >= plain && jittered <= plain * 3 / 2, "{number}: {jittered:?}");
            }
        }
    }

    #[test]
    fn the_server_may_ask_for_a_longer_wait_of_at_most_a_minute_and_it_is_stretched_too() {
        let exact = Recovery { jitter: false, ..Recovery::default() };
        let of = |number, hint| delay(&exact, number, Duration::from_secs(hint), &mut Rng::new(1)).as_secs();
        assert_eq!((of(1, 7), of(4, 7), of(1, 3600)), (7, 8, 60));
        let hint = Duration::from_secs(40);
        let delays: Vec<Duration> =
            (0..200).map(|seed| delay(&Recovery::default(), 1, hint, &mut Rng::new(seed))).collect();
        assert!(delays.iter().all(|delay| (hint..hint * 3 / 2).contains(delay)));
        assert!(delays.iter().any(|delay| *delay > hint * 5 / 4));
    }

    #[test]
    fn two_seeds_give_two_delays() {
        let recovery = Recovery::default();
        let of = |seed| delay(&recovery, 1, Duration::ZERO, &mut Rng::new(seed));
        assert_ne!(of(42), of(43));
    }

    #[test]
    fn senseless_settings_give_the_longest_delay_and_no_panic() {
        for factor in [f64::NAN, f64::INFINITY, 1e300] {
            let recovery = Recovery { factor, ..Recovery::default() };
            assert_eq!(
                delay(&recovery, 400, Duration::ZERO, &mut Rng::new(1)),
                Duration::from_secs(30),
                "{factor}"
            );
        }
        let negative = Recovery { factor: -2.0, jitter: false, ..Recovery::default() };
        assert_eq!(delay(&negative, 2, Duration::ZERO, &mut Rng::new(1)), Duration::from_secs(30));
        assert_eq!(
            delay(&Recovery::default(), u32::MAX, Duration::ZERO, &mut Rng::new(1)),
            Duration::from_secs(30)
        );
    }
}
