//! How long ago something was, in words.

use std::time::Duration;

use super::Lang;

/// A length of time in its largest useful unit, cut down to whole units.
#[must_use]
pub fn length(span: Duration, lang: Lang) -> String {
    let seconds = span.as_secs();
    let (value, en, ru) = match seconds {
        0..60 => (seconds, "s", "с"),
        60..3_600 => (seconds / 60, "min", "мин"),
        3_600..172_800 => (seconds / 3_600, "h", "ч"),
        _ => (seconds / 86_400, "d", "дн."),
    };
    let unit = match lang {
        Lang::En => en,
        Lang::Ru => ru,
    };
    format!("{value}\u{a0}{unit}")
}

/// `3 s ago`.
#[must_use]
pub fn ago(span: Duration, lang: Lang) -> String {
    let length = length(span, lang);
    match lang {
        Lang::En => format!("{length} ago"),
        Lang::Ru => format!("{length} назад"),
    }
}

/// `12 ms`, for what is too short for an age.
#[must_use]
pub fn millis(span: Duration, lang: Lang) -> String {
    let unit = match lang {
        Lang::En => "ms",
        Lang::Ru => "мс",
    };
    format!("{}\u{a0}{unit}", span.as_millis())
}

/// `updated 3 s ago`, from the age in words.
#[must_use]
pub fn updated(ago: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("updated {ago}"),
        Lang::Ru => format!("обновлено {ago}"),
    }
}

/// `as of 14:32`, for figures without a live link.
#[must_use]
pub fn as_of(clock: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("as of {clock}"),
        Lang::Ru => format!("на {clock}"),
    }
}

/// Seconds of a countdown: rounded up, so that it reaches zero only when the time has come.
#[must_use]
pub fn countdown_seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let cases = [
            (0, "0\u{a0}s ago"),
            (59, "59\u{a0}s ago"),
            (60, "1\u{a0}min ago"),
            (3_599, "59\u{a0}min ago"),
            (3_600, "1\u{a0}h ago"),
            (172_799, "47\u{a0}h ago"),
            (172_800, "2\u{a0}d ago"),
        ];
        for (seconds, text) in cases {
            assert_eq!(ago(Duration::from_secs(seconds), Lang::En), text);
        }
        assert_eq!(ago(Duration::from_secs(61), Lang::Ru), "1\u{a0}мин назад");
    }

    #[test]
    fn a_countdown_is_zero_only_at_the_end() {
        assert_eq!(countdown_seconds(Duration::from_millis(3_001)), 4);
        assert_eq!(countdown_seconds(Duration::from_millis(3_000)), 3);
        assert_eq!(countdown_seconds(Duration::from_millis(1)), 1);
        assert_eq!(countdown_seconds(Duration::ZERO), 0);
    }
}
