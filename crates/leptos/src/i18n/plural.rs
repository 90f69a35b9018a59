//! Counted nouns with the right form.

use super::Lang;

/// Which form of a noun a number takes in Russian; English uses the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plural {
    /// 1, 21, 101.
    One,
    /// 2, 3, 4, 22.
    Few,
    /// 0, 5, 11, 12.
    Many,
}

/// The plural form of `n`.
#[must_use]
pub fn plural(n: u64, lang: Lang) -> Plural {
    match lang {
        Lang::En if n == 1 => Plural::One,
        Lang::En => Plural::Many,
        Lang::Ru => match (n % 10, n % 100) {
            (1, rest) if rest != 11 => Plural::One,
            (2..=4, rest) if !(12..=14).contains(&rest) => Plural::Few,
            _ => Plural::Many,
        },
    }
}

/// A noun that is counted, in all its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noun {
    /// One and many.
    pub en: [&'static str; 2],
    /// One, few and many.
    pub ru: [&'static str; 3],
}

/// Something that changed on the server.
pub const CHANGE: Noun = Noun {
    en: ["change", "changes"], ru: ["изменение", "изменения", "изменений"]
};
/// What a topic was given.
pub const UPDATE: Noun = Noun {
    en: ["update", "updates"], ru: ["обновление", "обновления", "обновлений"]
};

/// What a message is measured in.
pub const BYTE: Noun = Noun { en: ["byte", "bytes"], ru: ["байт", "байта", "байт"] };

/// How often something happened.
pub const TIME: Noun = Noun { en: ["time", "times"], ru: ["раз", "раза", "раз"] };

/// `3 games`, `3 игры`, which never break over two lines.
#[must_use]
pub fn counted(n: u64, noun: Noun, lang: Lang) -> String {
    let Noun { en, ru } = noun;
    let word = match (lang, plural(n, lang)) {
        (Lang::En, Plural::One) => en[0],
        (Lang::En, Plural::Few | Plural::Many) => en[1],
        (Lang::Ru, Plural::One) => ru[0],
        (Lang::Ru, Plural::Few) => ru[1],
        (Lang::Ru, Plural::Many) => ru[2],
    };
    format!("{n}\u{a0}{word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plural_forms_are_right_in_both_languages() {
        let ru = [
            (0, "0 обновлений"),
            (1, "1 обновление"),
            (2, "2 обновления"),
            (5, "5 обновлений"),
            (11, "11 обновлений"),
            (14, "14 обновлений"),
            (21, "21 обновление"),
            (111, "111 обновлений"),
            (122, "122 обновления"),
        ];
        for (n, text) in ru {
            assert_eq!(counted(n, UPDATE, Lang::Ru).replace('\u{a0}', " "), text);
        }
        assert_eq!(counted(1, CHANGE, Lang::En), "1\u{a0}change");
        assert_eq!(counted(0, CHANGE, Lang::En), "0\u{a0}changes");
    }
}
