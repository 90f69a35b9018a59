//! Words of a component's own mark and of its frame.

use std::time::Duration;

use crate::Liveness;
use crate::i18n::{Lang, Noun, UPDATE, ago, counted, updated};

crate::texts! {
    /// Words of a component that shows live data.
    pub enum ComponentText {
        Loading: "Loading", "Загрузка";
        Live: "Live", "Обновляется";
        Stale: "May be out of date", "Могло устареть";
        Paused: "Paused", "Приостановлено";
        Closed: "Closed", "Закрыто";
        Error: "Error", "Ошибка";
        CannotShow: "This cannot be shown", "Не удаётся показать";
        NotDrawn: "This part could not be drawn", "Эту часть не удалось нарисовать";
        Rest: "The rest of the page goes on.", "Остальная страница работает.";
        TryAgain: "Try again", "Повторить";
    }
}

const ERROR: Noun = Noun { en: ["error", "errors"], ru: ["ошибка", "ошибки", "ошибок"] };

/// The word of a mark. An update is no word of its own: it would be said again and again.
pub(super) fn word(liveness: Liveness) -> ComponentText {
    match liveness {
        Liveness::Loading => ComponentText::Loading,
        Liveness::Live | Liveness::Updating => ComponentText::Live,
        Liveness::Stale { .. } => ComponentText::Stale,
        Liveness::Paused => ComponentText::Paused,
        Liveness::Closed => ComponentText::Closed,
        Liveness::Error => ComponentText::Error,
    }
}

/// `Live · 12 updates · updated 3 s ago · 1 error`.
pub(super) fn details(
    liveness: Liveness,
    updates: u64,
    errors: u64,
    age: Option<Duration>,
    lang: Lang,
) -> String {
    let mut parts = vec![lang.t(word(liveness)).to_owned(), counted(updates, UPDATE, lang)];
    parts.extend(age.map(|age| updated(&ago(age, lang), lang)));
    if errors > 0 {
        parts.push(counted(errors, ERROR, lang));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Words;

    #[test]
    fn a_mark_tells_its_own_numbers() {
        let age = Some(Duration::from_secs(3));
        let plain = |text: String| text.replace('\u{a0}', " ");
        assert_eq!(
            plain(details(Liveness::Updating, 12, 1, age, Lang::En)),
            "Live · 12 updates · updated 3 s ago · 1 error"
        );
        assert_eq!(plain(details(Liveness::Loading, 0, 0, None, Lang::Ru)), "Загрузка · 0 обновлений");
    }

    #[test]
    fn every_text_has_words_in_both_languages() {
        for text in ComponentText::ALL {
            let (en, ru) = text.both();
            assert!(en.is_ascii() && !en.trim().is_empty(), "{text:?}: {en}");
            assert!(ru.chars().any(|c| ('а'..='я').contains(&c)), "{text:?}: {ru}");
        }
    }
}
