//! The language of components: English and Russian, with a table in which no text can be missing.
//!
//! A table is an enum made by [`texts!`](crate::texts), so a text without words in one of the languages
//! does not compile. An application makes tables of its own and says them with the same [`Lang::t`].

mod age;
mod plural;
mod problems;
mod settings;
mod status;

use leptos::prelude::*;

pub use age::{ago, as_of, countdown_seconds, length, millis, updated};
pub use plural::{BYTE, CHANGE, Noun, Plural, TIME, UPDATE, counted, plural};
pub use problems::{ProblemText, can_do, done_about, fault_text, happened};
pub use settings::{SettingsText, notification_text};
pub use status::{StatusText, attempt, attempt_of, caught_up, loss, next_try, sentence, word};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// A text that is known in every language.
pub trait Words: Copy + Send + Sync + 'static {
    /// In English and in Russian.
    fn both(self) -> (&'static str, &'static str);
}

impl Lang {
    /// The language of a tag such as `ru`, `ru-RU` or `en-GB`; `None` for any other.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        if primary.eq_ignore_ascii_case("ru") {
            Some(Self::Ru)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The tag of the language.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The other language, for a switch.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Ru,
            Self::Ru => Self::En,
        }
    }

    /// What `text` is in this language.
    #[must_use]
    pub fn t(self, text: impl Words) -> &'static str {
        let (en, ru) = text.both();
        match self {
            Self::En => en,
            Self::Ru => ru,
        }
    }
}

/// The language of the components below, in context.
#[derive(Debug, Clone, Copy)]
struct Spoken(Signal<Lang>);

/// Says in which language the components below speak.
pub fn provide_lang(lang: Signal<Lang>) {
    provide_context(Spoken(lang));
}

/// The language that [`provide_lang`] said; English without it.
#[must_use]
pub fn use_lang() -> Signal<Lang> {
    use_context().map_or_else(|| Signal::stored(Lang::default()), |Spoken(lang)| lang)
}

/// `text` in the language of the moment, for a view.
#[must_use]
pub fn said(lang: Signal<Lang>, text: impl Words) -> Signal<&'static str> {
    let (en, ru) = text.both();
    one_of(lang, en, ru)
}

/// Apart from [`said`], so that there is one of it for all tables of texts.
fn one_of(lang: Signal<Lang>, en: &'static str, ru: &'static str) -> Signal<&'static str> {
    Signal::derive(move || match lang.get() {
        Lang::En => en,
        Lang::Ru => ru,
    })
}

/// A table of texts: each variant of the enum with its words in English and Russian.
///
/// ```
/// use realtime_leptos::i18n::Lang;
///
/// realtime_leptos::texts! {
///     /// Words of a greenhouse.
///     pub enum Text {
///         Humidity: "Humidity", "Влажность";
///         Window: "Window", "Окно";
///     }
/// }
/// assert_eq!(Lang::Ru.t(Text::Window), "Окно");
/// ```
#[macro_export]
macro_rules! texts {
    ($(#[$meta:meta])* $vis:vis enum $table:ident { $($name:ident: $en:literal, $ru:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $vis enum $table {
            $(#[doc = $en] $name,)+
        }

        impl $table {
            /// All texts of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }

        impl $crate::i18n::Words for $table {
            fn both(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($en, $ru),)+
                }
            }
        }
    };
}

/// Fails for a text that is not in both languages.
#[cfg(test)]
pub(crate) fn check_texts(all: &[impl Words + std::fmt::Debug]) {
    let is_cyrillic = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
    for text in all {
        let (en, ru) = text.both();
        assert!(!en.trim().is_empty() && !is_cyrillic(en), "{text:?}: {en}");
        assert!(is_cyrillic(ru), "{text:?}: {ru}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_tag_may_carry_a_region() {
        assert_eq!(Lang::from_tag("ru-RU"), Some(Lang::Ru));
        assert_eq!(Lang::from_tag("EN"), Some(Lang::En));
        assert_eq!(Lang::from_tag("de"), None);
    }

    #[test]
    fn components_speak_the_language_that_was_provided_and_follow_it() {
        Owner::new().with(|| {
            assert_eq!(use_lang().get_untracked(), Lang::En);
            let lang = RwSignal::new(Lang::En);
            provide_lang(lang.into());
            let word = said(use_lang(), StatusText::Live);
            assert_eq!(word.get_untracked(), "Live");
            lang.set(Lang::Ru);
            assert_eq!(word.get_untracked(), "В эфире");
        });
    }
}
