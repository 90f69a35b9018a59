//! The page's head: its name, the status, language and theme.

use leptos::prelude::*;
use realtime_leptos::parts::pressed;
use realtime_leptos::{NotificationBell, StatusIndicator};
use realtime_manager::Theme;

use super::locale::Locale;
use crate::i18n::Text;

/// The header.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let locale = Locale::of_context();
    let theme_text = Signal::derive(move || match locale.theme.get() {
        Theme::Dark => locale.lang().t(Text::ThemeLight),
        Theme::Light => locale.lang().t(Text::ThemeDark),
    });
    view! {
        <header class="header">
            <div class="brand">
                <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
                    <path d="M3 20c4 3 22 3 26 0l-3-2-2-9c-.6-2.4-3-3-4.6-1.8-1.6 1.2-3.2 1.2-4.8 0C13 6 10.6 6.6 10 9l-2 9z" />
                    <path class="brand-band" d="M8.3 16.5c4 2 11.4 2 15.4 0l.6 2.6c-4.6 2-12 2-16.6 0z" />
                </svg>
                <span class="brand-name">{locale.t(Text::Title)}</span>
            </div>
            <div class="header-tools">
                <StatusIndicator
                    show_updates=true
                    on_look=Callback::new(move |()| locale.forget_address())
                    theme=locale.theme
                />
                <NotificationBell />
                <button
                    type="button"
                    class="tool"
                    data-testid="language"
                    lang=Signal::derive(move || locale.lang().other().tag())
                    on:click=pressed(move || locale.switch_lang())
                >
                    {locale.t(Text::SwitchLanguage)}
                </button>
                <button
                    type="button"
                    class="tool"
                    data-testid="theme"
                    on:click=pressed(move || locale.switch_theme())
                >
                    {theme_text}
                </button>
            </div>
        </header>
    }
}
