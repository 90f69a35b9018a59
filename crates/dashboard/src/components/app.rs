//! The page as a whole.

use leptos::prelude::*;
use realtime_leptos::Toasts;
use realtime_leptos::parts::drawn;

use super::card::Card;
use super::feed::Feed;
use super::header::Header;
use super::locale::Locale;
use super::marks::{follow_mode, mark_live, mark_settings};
use crate::browser;
use crate::figures::Figure;
use crate::i18n::Text;
use crate::live::{Live, LiveError};
use crate::settings::{Mode, Settings};

/// The page.
#[component]
pub fn App(
    /// What the viewer chose and where the data comes from.
    settings: Settings,
) -> impl IntoView {
    let live = Live::provide(settings.asked.is_display);
    let locale = Locale::provide(settings);
    mark_settings(locale);
    match live {
        Ok(live) => {
            mark_live(live);
            follow_mode(locale, live);
            view! { <Page live /> }.into_any()
        }
        Err(error) => view! { <CannotStart error /> }.into_any(),
    }
}

#[component]
fn Page(live: Live) -> impl IntoView {
    let locale = Locale::of_context();
    let Live { metrics, activity, connection, server_time, now, .. } = live;
    // Ages are those of the server's clock: the one of this device may be minutes off.
    let wall_ms = Signal::derive(move || {
        now.track();
        server_time.get().and_then(|ms| i64::try_from(ms).ok()).unwrap_or_else(browser::wall_ms)
    });
    view! {
        <Header />
        <ModeBanner />
        <main class="overview">
            <h1 class="visually-hidden">{locale.t(Text::Overview)}</h1>
            <section class="cards" aria-label=locale.t(Text::Overview)>
                {Figure::ALL.map(|figure| view! { <Card figure metrics status=connection.status /> }).collect_view()}
            </section>
            <Feed feed=activity wall_ms />
        </main>
        <Toasts />
    }
}

#[component]
fn ModeBanner() -> impl IntoView {
    let locale = Locale::of_context();
    let mode = locale.mode;
    drawn(move || {
        let mode = mode.get();
        let text = match mode {
            Mode::Live => None,
            Mode::Demo => Some(Text::Demo),
            Mode::Replay => Some(Text::Replay),
        };
        let banner = |text| {
            view! { <p class="mode-banner" data-mode-mark=mode.word()>{locale.t(text)}</p> }.into_any()
        };
        text.map_or_else(|| ().into_any(), banner)
    })
}

#[component]
fn CannotStart(error: LiveError) -> impl IntoView {
    let locale = Locale::of_context();
    view! {
        <main class="overview">
            <p class="failure" role="alert">{locale.t(Text::CannotStart)} " (" {error.to_string()} ")."</p>
        </main>
    }
}
