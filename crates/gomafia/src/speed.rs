//! How fast something recorded or simulated goes.

use std::str::FromStr;
use std::time::Duration;

/// A factor, or as fast as the server takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times as fast.
    Times(f64),
    /// No pause.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor = text.parse::<f64>().ok().filter(|factor| factor.is_finite() && *factor > 0.0);
        factor.map(Self::Times).ok_or_else(|| "a speed is a number above 0, or max".to_owned())
    }
}

impl Speed {
    /// How long something takes at this speed that takes `whole` at speed 1.
    pub(crate) fn compress(self, whole: Duration) -> Duration {
        match self {
            Self::Times(factor) => {
                Duration::try_from_secs_f64(whole.as_secs_f64() / factor).unwrap_or(Duration::MAX)
            }
            Self::Max => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_factor_or_max() {
        let minute = Duration::from_secs(60);
        assert_eq!("max".parse::<Speed>().unwrap().compress(minute), Duration::ZERO);
        assert_eq!("30".parse::<Speed>().unwrap().compress(minute), Duration::from_secs(2));
        assert_eq!("1e-300".parse::<Speed>().unwrap().compress(minute), Duration::MAX);
        for text in ["0", "-1", "NaN", "inf", "fast", ""] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }
}
