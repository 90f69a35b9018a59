//! Forms of text: `%` stands for any signs, `_` for one, and a backslash takes the next sign as it is.

/// One part of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Any signs, or none.
    Any,
    /// One sign, whichever it is.
    One,
    /// This sign.
    Sign(char),
}

/// A form that text has or has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

impl Pattern {
    /// Reads a form; none when it ends within an escape.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut signs = text.chars();
        while let Some(sign) = signs.next() {
            parts.push(match sign {
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Sign(signs.next()?),
                other => Part::Sign(other),
            });
        }
        Some(Self(parts))
    }

    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether `text` has this form; takes at most as many steps as the product of both lengths.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let (parts, mut rest, mut at) = (&self.0, text.chars(), 0);
        // After the last `%`: where it stands, and the text from which what follows it was tried.
        let mut retry = None;
        loop {
            match parts.get(at) {
                Some(Part::Any) => {
                    at += 1;
                    retry = Some((at, rest.clone()));
                    continue;
                }
                None if rest.as_str().is_empty() => return true,
                part => {
                    let sign = rest.next();
                    let fits = match (part, sign) {
                        (Some(Part::One), Some(_)) => true,
                        (Some(Part::Sign(wanted)), Some(sign)) => *wanted == sign,
                        _ => false,
                    };
                    if fits {
                        at += 1;
                        continue;
                    }
                }
            }
            // It does not go on from here: the last `%` takes one sign more.
            let Some((after, tried)) = &mut retry else { return false };
            if tried.next().is_none() {
                return false;
            }
            (at, rest) = (*after, tried.clone());
        }
    }
}

/// `text` with upper and lower case made one, sign by sign.
#[must_use]
pub fn in_one_case(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).unwrap().fits(text)
    }

    #[test]
    fn text_has_a_form_as_a_whole() {
        for (pattern, text) in [
            ("", ""),
            ("%", ""),
            ("a%", "a"),
            ("%кит%", "«Белый кит»"),
            ("_", "🎭"),
            ("a_c", "aЖc"),
            ("100\\%", "100%"),
            ("\\_\\\\", "_\\"),
            ("%ab%ab", "aabbabab"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("_", ""), ("a", "ab"), ("a%", "ba"), ("100\\%", "1000"), ("A", "a")]
        {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
        assert!(fits(&in_one_case("%ЁЖ%"), &in_one_case("злой ёж")));
        assert_eq!(Pattern::parse("a\\"), None);
    }

    #[test]
    fn many_gaps_take_no_more_steps_than_both_lengths_multiplied() {
        let pattern = "%a".repeat(500);
        assert!(!fits(&format!("{pattern}b"), &"a".repeat(100_000)));
    }

    /// By the definition, part by part.
    fn by_definition(parts: &[Part], text: &[char]) -> bool {
        match parts.split_first() {
            None => text.is_empty(),
            Some((Part::Any, rest)) => (0..=text.len()).any(|from| by_definition(rest, &text[from..])),
            Some((Part::One, rest)) => !text.is_empty() && by_definition(rest, &text[1..]),
            Some((Part::Sign(sign), rest)) => text.first() == Some(sign) && by_definition(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn a_form_fits_as_its_definition_says(pattern in "[ab%_]{0,8}", text in "[ab]{0,10}") {
            let pattern = Pattern::parse(&pattern).unwrap();
            let signs: Vec<char> = text.chars().collect();
            prop_assert_eq!(pattern.fits(&text), by_definition(pattern.parts(), &signs));
        }
    }
}
