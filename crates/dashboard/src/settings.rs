//! What the address, the browser and the server say before anything is connected.

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

/// What the address asks for; it goes before what the viewer prefers, for this visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// A language.
    pub lang: Option<Lang>,
    /// A theme.
    pub theme: Option<Theme>,
    /// A screen that nobody touches.
    pub is_display: bool,
}

/// What is known before anything is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// The language of the address, or else of the browser.
    pub lang: Lang,
    /// The theme of the address, or else dark.
    pub theme: Theme,
    /// The kind of data.
    pub mode: Mode,
    /// What the address asks for.
    pub asked: Asked,
}

/// The places a setting can come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The query of the address, with or without its question mark.
    pub query: String,
    /// The browser's language.
    pub browser_lang: Option<String>,
    /// The mode that the server put into the page.
    pub mode: Option<String>,
}

impl Settings {
    /// The address goes before the browser.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        let asked = Asked {
            lang: param(&sources.query, "lang").and_then(Lang::from_tag),
            theme: param(&sources.query, "theme").and_then(Theme::of_word),
            is_display: param(&sources.query, "display") == Some("1"),
        };
        let browser_lang = sources.browser_lang.as_deref().and_then(Lang::from_tag);
        Self {
            lang: asked.lang.or(browser_lang).unwrap_or_default(),
            theme: asked.theme.unwrap_or_default(),
            mode: sources.mode.as_deref().map(Mode::of_word).unwrap_or_default(),
            asked,
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
    fn the_address_goes_before_the_browser() {
        let mut sources = Sources { browser_lang: some("ru-RU"), ..Sources::default() };
        assert_eq!((Settings::of(&sources).lang, Settings::of(&sources).asked), (Lang::Ru, Asked::default()));
        sources.query = "?theme=light&lang=en&display=1".to_owned();
        let settings = Settings::of(&sources);
        assert_eq!((settings.lang, settings.theme), (Lang::En, Theme::Light));
        let asked = Asked { lang: Some(Lang::En), theme: Some(Theme::Light), is_display: true };
        assert_eq!(settings.asked, asked);
    }

    #[test]
    fn unknown_words_fall_through() {
        let sources = Sources {
            query: "?lang=de&theme=pink&display=yes".to_owned(),
            browser_lang: some("fr"),
            mode: some("{{mode}}"),
        };
        assert_eq!(Settings::of(&sources), Settings::default());
    }

    #[test]
    fn the_servers_mode_is_taken() {
        for mode in [Mode::Live, Mode::Demo, Mode::Replay] {
            let sources = Sources { mode: some(mode.word()), ..Sources::default() };
            assert_eq!(Settings::of(&sources).mode, mode);
        }
    }
}
