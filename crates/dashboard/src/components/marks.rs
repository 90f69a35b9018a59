//! Marks on `<html>` that follow the page: status, position, language, theme and mode.

use leptos::prelude::*;

use super::locale::Locale;
use crate::browser;
use crate::i18n::Text;
use crate::live::Live;

/// Marks that need no connection.
pub(crate) fn mark_settings(locale: Locale) {
    Effect::new(move |before: Option<()>| {
        let settings = locale.settings.get();
        browser::mark("lang", Some(settings.lang.tag()));
        browser::mark("data-theme", Some(settings.theme.as_str()));
        browser::mark("data-mode", Some(settings.mode.word()));
        document().set_title(settings.lang.t(Text::Title));
        // The first run is what was found, not what was chosen.
        if before.is_some() {
            browser::remember(settings);
        }
    });
}

/// Takes over where the server says that its data come from.
pub(crate) fn follow_mode(locale: Locale, live: Live) {
    let mode = live.mode;
    Effect::new(move |_| {
        if let Some(mode) = mode.get() {
            locale.settings.update(|settings| settings.mode = mode);
        }
    });
}

/// Marks of the connection and of the applied state.
pub(crate) fn mark_live(live: Live) {
    let status = live.connection.status;
    Effect::new(move |_| browser::mark("data-status", Some(status.get().as_str())));
    let watermark = live.watermark;
    Effect::new(move |_| {
        let position = watermark.with(|position| position.as_ref().map(ToString::to_string));
        browser::mark("data-position", position.as_deref());
    });
}
