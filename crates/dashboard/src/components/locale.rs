//! Language and theme, for every component below.

use leptos::prelude::*;

use realtime_leptos::i18n::{Lang, Words, provide_lang, said};

use crate::settings::Settings;

/// The viewer's choices, in context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locale {
    pub(crate) settings: RwSignal<Settings>,
}

impl Locale {
    pub(crate) fn provide(settings: Settings) -> Self {
        let locale = Self { settings: RwSignal::new(settings) };
        provide_context(locale);
        provide_lang(locale.spoken());
        locale
    }

    /// The locale of the page; the default one outside of it.
    pub(crate) fn of_context() -> Self {
        use_context().unwrap_or_else(|| Self { settings: RwSignal::new(Settings::default()) })
    }

    /// The language now; tracked.
    pub(crate) fn lang(self) -> Lang {
        self.settings.with(|settings| settings.lang)
    }

    fn spoken(self) -> Signal<Lang> {
        Signal::derive(move || self.lang())
    }

    /// `text` in the language of the moment.
    pub(crate) fn t(self, text: impl Words) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        said(self.spoken(), text)
    }
}
