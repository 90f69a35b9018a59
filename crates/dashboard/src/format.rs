//! Numbers as the viewer reads them.

use realtime_leptos::Lang;

/// A no-break space, so that a number never breaks over two lines.
const NBSP: char = '\u{a0}';

/// A whole number with its groups of three.
#[must_use]
pub fn integer(value: i64, lang: Lang) -> String {
    let digits = value.unsigned_abs().to_string();
    // Russian leaves four digits together.
    let (separator, ungrouped) = match lang {
        Lang::En => (',', 3),
        Lang::Ru => (NBSP, 4),
    };
    let mut text = String::with_capacity(digits.len() + 4);
    if value < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) && digits.len() > ungrouped {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A value in thousandths with one digit after the point, rounded half away from zero.
#[must_use]
pub fn thousandths(milli: i64, lang: Lang) -> String {
    let tenths = (milli.unsigned_abs() + 50) / 100;
    let sign = if milli < 0 && tenths > 0 { "−" } else { "" };
    let point = match lang {
        Lang::En => '.',
        Lang::Ru => ',',
    };
    format!("{sign}{}{point}{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_three_follow_the_language() {
        assert_eq!(integer(0, Lang::En), "0");
        assert_eq!(integer(999, Lang::En), "999");
        assert_eq!(integer(1_234, Lang::En), "1,234");
        assert_eq!(integer(1_234, Lang::Ru), "1234");
        assert_eq!(integer(1_234_567, Lang::Ru), "1\u{a0}234\u{a0}567");
        assert_eq!(integer(-12_345, Lang::En), "−12,345");
        assert_eq!(integer(i64::MIN, Lang::En), "−9,223,372,036,854,775,808");
    }

    #[test]
    fn thousandths_show_one_digit() {
        assert_eq!(thousandths(1_012_300, Lang::En), "1012.3");
        assert_eq!(thousandths(1_012_349, Lang::En), "1012.3");
        assert_eq!(thousandths(1_012_350, Lang::Ru), "1012,4");
        assert_eq!(thousandths(-50, Lang::En), "−0.1");
        assert_eq!(thousandths(-49, Lang::En), "0.0");
    }
}
