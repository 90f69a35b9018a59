//! What the viewer chose: language, theme, and what kind of data is shown.

use realtime_leptos::Lang;
use realtime_manager::Theme;

/// Where the data comes from, as the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// Real games as they are entered.
    #[default]
    Live,
    /// A simulated season.
    Demo,
    /// Recorded games played again.
    Replay,
}

impl Mode {
    /// The mode of its word; anything unknown is live.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "demo" => Self::Demo,
            "replay" => Self::Replay,
            _ => Self::Live,
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Demo => "demo",
            Self::Replay => "replay",
        }
    }
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// Language of the page.
    pub lang: Lang,
    /// Its theme.
    pub theme: Theme,
    /// The kind of data.
    pub mode: Mode,
}

/// The places a setting can come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The query of the address, with or without its question mark.
    pub query: String,
    /// The stored choice of a language.
    pub stored_lang: Option<String>,
    /// The stored choice of a theme.
    pub stored_theme: Option<String>,
    /// The browser's language.
    pub browser_lang: Option<String>,
    /// The mode that the server put into the page.
    pub mode: Option<String>,
}

impl Settings {
    /// The address goes before the stored choice, that before the browser's.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        let lang = param(&sources.query, "lang")
            .and_then(Lang::from_tag)
            .or_else(|| sources.stored_lang.as_deref().and_then(Lang::from_tag))
            .or_else(|| sources.browser_lang.as_deref().and_then(Lang::from_tag));
        let theme = param(&sources.query, "theme")
            .and_then(Theme::of_word)
            .or_else(|| sources.stored_theme.as_deref().and_then(Theme::of_word));
        let mode = sources.mode.as_deref().map(Mode::of_word);
        Self {
            lang: lang.unwrap_or_default(),
            theme: theme.unwrap_or_default(),
            mode: mode.unwrap_or_default(),
        }
    }
}

fn param<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_address_goes_before_the_stored_choice_and_that_before_the_browser() {
        let mut sources = Sources { browser_lang: some("ru-RU"), ..Sources::default() };
        assert_eq!(Settings::of(&sources).lang, Lang::Ru);
        sources.stored_lang = some("en");
        assert_eq!(Settings::of(&sources).lang, Lang::En);
        sources.query = "?theme=light&lang=ru".to_owned();
        assert_eq!(Settings::of(&sources).lang, Lang::Ru);
        assert_eq!(Settings::of(&sources).theme, Theme::Light);
    }

    #[test]
    fn unknown_words_fall_through() {
        let sources = Sources {
            query: "?lang=de&theme=pink".to_owned(),
            browser_lang: some("fr"),
            mode: some("{{mode}}"),
            ..Sources::default()
        };
        assert_eq!(Settings::of(&sources), Settings { lang: Lang::En, theme: Theme::Dark, mode: Mode::Live });
    }

    #[test]
    fn the_servers_mode_is_taken() {
        for mode in [Mode::Live, Mode::Demo, Mode::Replay] {
            let sources = Sources { mode: some(mode.word()), ..Sources::default() };
            assert_eq!(Settings::of(&sources).mode, mode);
        }
    }
}
