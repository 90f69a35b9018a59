//! Language, theme and display mode: what the address asks for, else what the viewer prefers.

use leptos::prelude::*;
use realtime_leptos::i18n::{Lang, Words, provide_lang, said};
use realtime_leptos::{UsePreferences, use_realtime_preferences};
use realtime_manager::{Preferences, Theme};

use crate::browser;
use crate::settings::{Asked, Mode, Settings};

/// The viewer's choices, in context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locale {
    asked: RwSignal<Asked>,
    preferences: Option<UsePreferences>,
    spoken: Memo<Lang>,
    pub(crate) theme: Memo<Theme>,
    pub(crate) is_display: Memo<bool>,
    pub(crate) is_still: Memo<bool>,
    pub(crate) mode: RwSignal<Mode>,
}

impl Locale {
    pub(crate) fn provide(settings: Settings) -> Self {
        let locale = Self::new(settings);
        locale.take_over(browser::take_kept());
        provide_context(locale);
        provide_lang(locale.spoken.into());
        locale
    }

    fn new(settings: Settings) -> Self {
        let asked = RwSignal::new(settings.asked);
        let preferences = use_realtime_preferences().ok();
        let preferred = move |look: fn(&Preferences) -> bool| {
            preferences.is_some_and(|all| all.preferences.with(|all| all.as_ref().is_some_and(look)))
        };
        Self {
            asked,
            preferences,
            spoken: Memo::new(move |_| {
                let language = preferences.and_then(|all| {
                    all.preferences.with(|all| Lang::from_tag(all.as_ref()?.language.as_deref()?))
                });
                asked.get().lang.or(language).unwrap_or(settings.lang)
            }),
            theme: Memo::new(move |_| {
                let theme = preferences.and_then(|all| all.preferences.with(|all| Some(all.as_ref()?.theme)));
                asked.get().theme.or(theme).unwrap_or_default()
            }),
            is_display: Memo::new(move |_| asked.get().is_display || preferred(|all| all.display_mode)),
            is_still: Memo::new(move |_| preferred(|all| all.reduced_motion)),
            mode: RwSignal::new(settings.mode),
        }
    }

    /// The locale of the page; the default one outside of it.
    pub(crate) fn of_context() -> Self {
        use_context().unwrap_or_else(|| Self::new(Settings::default()))
    }

    /// The language now; tracked.
    pub(crate) fn lang(self) -> Lang {
        self.spoken.get()
    }

    /// `text` in the language of the moment.
    pub(crate) fn t(self, text: impl Words) -> Signal<&'static str> {
        said(self.spoken.into(), text)
    }

    /// The viewer's choice goes before the address from here on.
    pub(crate) fn forget_address(self) {
        self.asked.update(|asked| *asked = Asked { lang: None, theme: None, ..*asked });
    }

    pub(crate) fn switch_lang(self) {
        let lang = self.spoken.get_untracked().other();
        self.choose(Asked { lang: Some(lang), ..self.asked.get_untracked() }, |all| {
            all.language = Some(lang.tag().to_owned());
        });
    }

    pub(crate) fn switch_theme(self) {
        let theme = self.theme.get_untracked().other();
        self.choose(Asked { theme: Some(theme), ..self.asked.get_untracked() }, |all| all.theme = theme);
    }

    /// Stores a choice. The page looks as chosen in any case, also where nothing can be stored.
    fn choose(self, asked: Asked, store: impl FnOnce(&mut Preferences)) {
        match self.preferences {
            Some(preferences) => {
                let (lang, theme) = (self.spoken.get_untracked(), self.theme.get_untracked());
                preferences.change(|all| {
                    // What the address asked for and was not switched stays as it looks.
                    all.language = Some(lang.tag().to_owned());
                    all.theme = theme;
                    store(all);
                });
                self.forget_address();
            }
            None => self.asked.set(asked),
        }
    }

    /// Makes preferences of what an earlier version kept; a choice made since goes before it.
    fn take_over(self, (lang, theme): (Option<Lang>, Option<Theme>)) {
        if lang.is_none() && theme.is_none() {
            return;
        }
        if let Some(preferences) = self.preferences {
            preferences.change(|all| {
                all.language = all.language.take().or_else(|| lang.map(|lang| lang.tag().to_owned()));
                all.theme = theme.unwrap_or(all.theme);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use realtime_leptos::{Realtime, RealtimeConfig};
    use realtime_web::Script;

    use super::*;

    /// What a page with this address looks like, and what it wants stored.
    fn with_locale(asked: Asked, act: impl FnOnce(Locale)) -> String {
        let script = Script::new(1);
        Owner::new().with(|| {
            Realtime::scripted(RealtimeConfig::default(), &script).unwrap().provide();
            let lang = asked.lang.unwrap_or_default();
            act(Locale::new(Settings { lang, asked, ..Settings::default() }));
        });
        script.stored().unwrap_or_default()
    }

    fn look(locale: Locale) -> (Lang, Theme) {
        (locale.spoken.get_untracked(), locale.theme.get_untracked())
    }

    const RUSSIAN: Asked = Asked { lang: Some(Lang::Ru), theme: None, is_display: true };

    #[test]
    fn the_address_goes_first_and_stores_nothing() {
        let stored = with_locale(RUSSIAN, |locale| {
            assert_eq!(look(locale), (Lang::Ru, Theme::Dark));
            assert!(locale.is_display.get_untracked());
        });
        assert_eq!(stored, "");
    }

    /// Behaviour: B58 — broken by: a choice that leaves what the address asked for in force
    #[test]
    fn a_choice_is_stored_and_goes_before_the_address() {
        let stored = with_locale(RUSSIAN, |locale| {
            locale.switch_theme();
            assert_eq!(look(locale), (Lang::Ru, Theme::Light));
            locale.switch_lang();
            assert_eq!(look(locale), (Lang::En, Theme::Light));
            assert!(locale.is_display.get_untracked());
        });
        assert!(stored.contains(r#""language":"en""#) && stored.contains(r#""theme":"light""#), "{stored}");
        assert!(stored.contains(r#""display_mode":false"#), "{stored}");
    }

    /// Behaviour: B58 — broken by: what an earlier version kept going before what was chosen since
    #[test]
    fn what_an_earlier_version_kept_becomes_a_preference_once() {
        let stored = with_locale(Asked::default(), |locale| {
            locale.take_over((Some(Lang::Ru), Some(Theme::Light)));
            assert_eq!(look(locale), (Lang::Ru, Theme::Light));
            locale.take_over((Some(Lang::En), None));
            assert_eq!(look(locale), (Lang::Ru, Theme::Light));
        });
        assert!(stored.contains(r#""language":"ru""#), "{stored}");
    }
}
