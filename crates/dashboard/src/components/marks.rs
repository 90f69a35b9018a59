//! Marks on `<html>` that follow the page: status, position, language, look and mode.

use leptos::prelude::*;

use super::locale::Locale;
use crate::browser;
use crate::i18n::Text;
use crate::live::Live;

/// Marks that need no connection.
pub(crate) fn mark_settings(locale: Locale) {
    Effect::new(move |_| {
        let lang = locale.lang();
        browser::mark("lang", Some(lang.tag()));
        document().set_title(lang.t(Text::Title));
    });
    Effect::new(move |_| browser::mark("data-theme", Some(locale.theme.get().as_str())));
    Effect::new(move |_| browser::mark("data-mode", Some(locale.mode.get().word())));
    Effect::new(move |_| browser::mark("data-display", locale.is_display.get().then_some("true")));
    Effect::new(move |_| browser::mark("data-motion", locale.is_still.get().then_some("reduced")));
}

/// Takes over where the server says that its data come from.
pub(crate) fn follow_mode(locale: Locale, live: Live) {
    let mode = live.mode;
    Effect::new(move |_| {
        if let Some(mode) = mode.get() {
            locale.mode.set(mode);
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
