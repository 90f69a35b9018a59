//! Every component in every state: accessible, within its window, and still where that is preferred.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{
    Axe, Browser, Driver, Key, Media, ServedFolder, gallery, lost_in_forced_colors, take_pictures, too_wide,
    violations,
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(5);
/// The narrowest phone, and a laptop's window at 200 %.
const NARROW: [u32; 2] = [320, 640];

const MOVING: &str = "document.getAnimations()
    .filter((animation) => animation.playState === 'running')
    .map((animation) => `${animation.animationName || animation.transitionProperty} on ${animation.effect.target.className}`)";

/// The languages that a page has: a hook has no words.
fn languages(page: &str) -> &'static [&'static str] {
    if page.starts_with("page=use-") { &["en"] } else { &["en", "ru"] }
}

/// The gallery with a browser that has its list open.
struct Gallery {
    served: ServedFolder,
    browser: Browser,
    // The browser ends with its driver.
    _driver: Driver,
}

impl Gallery {
    async fn start() -> Result<Self> {
        let served = ServedFolder::start(&gallery()?).await?;
        let driver = Driver::start()?;
        let browser = driver.browser().await?;
        Ok(Self { served, browser, _driver: driver })
    }

    /// `page=NAME&state=NAME` of every link of the list.
    async fn pages(&self) -> Result<Vec<String>> {
        self.browser.open(&self.served.url()).await?;
        self.browser.wait_until("document.querySelector('main.gallery a')", SOON).await?;
        let links = self
            .browser
            .value("[...document.querySelectorAll('main.gallery a')].map((link) => link.search)")
            .await?;
        let links = strings(&links)?;
        let pages = links.iter().map(|link| {
            let words: Vec<&str> = link.trim_start_matches('?').split('&').take(2).collect();
            words.join("&")
        });
        Ok(pages.collect())
    }

    async fn open(&self, page: &str, look: &str) -> Result<()> {
        self.browser.open(&format!("{}/?{page}&{look}", self.served.url())).await?;
        self.browser.wait_until("document.querySelector('html[data-ready] main[data-page]')", SOON).await?;
        Ok(())
    }
}

fn strings(list: &Value) -> Result<Vec<String>> {
    let list = list.as_array().context("no list")?;
    Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What is wrong, each once with the places where it is.
#[derive(Default, PartialEq, Eq)]
struct Findings(BTreeMap<String, Vec<String>>);

impl Findings {
    fn add(&mut self, lines: Vec<String>, place: &str) {
        for line in lines {
            self.0.entry(line).or_default().push(place.to_owned());
        }
    }
}

impl std::fmt::Debug for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (line, places) in &self.0 {
            write!(
                f,
                "\n{line}\n  in {} places, such as {}",
                places.len(),
                places.first().map_or("", |place| place)
            )?;
        }
        Ok(())
    }
}

/// Behaviour: B52 — broken by: a button without a name
#[tokio::test]
async fn no_component_breaks_a_rule_of_accessibility_in_any_state_language_or_theme() -> Result<()> {
    let Some(axe) = Axe::load()? else { return Ok(()) };
    let gallery = Gallery::start().await?;
    let pages = gallery.pages().await?;
    axe.bring_to(&gallery.browser).await?;
    let mut found = Findings::default();
    for page in &pages {
        for lang in languages(page) {
            gallery.open(page, &format!("lang={lang}&motion=reduced")).await?;
            for theme in ["dark", "light"] {
                // A theme is an attribute, so nothing has to be drawn anew for it.
                gallery
                    .browser
                    .execute(&format!("document.documentElement.dataset.theme = '{theme}';"))
                    .await?;
                let lines = violations(&gallery.browser).await?;
                found.add(lines, &format!("{page}&lang={lang}&theme={theme}"));
            }
        }
    }
    assert_eq!(found, Findings::default());
    gallery.browser.close().await
}

/// Behaviour: B55 — broken by: a button that does not wrap
#[tokio::test]
async fn no_component_is_wider_than_a_phone_or_a_window_at_twice_the_size() -> Result<()> {
    let gallery = Gallery::start().await?;
    let mut found = Findings::default();
    for page in &gallery.pages().await? {
        for lang in languages(page) {
            gallery.open(page, &format!("lang={lang}")).await?;
            for width in NARROW {
                gallery.browser.set_size(width, 800).await?;
                let wide = too_wide(&gallery.browser).await?;
                found.add(wide, &format!("{page}&lang={lang} at {width}"));
            }
        }
    }
    assert_eq!(found, Findings::default());
    gallery.browser.close().await
}

/// Behaviour: B54 — broken by: an animation outside of the media query
#[tokio::test]
async fn nothing_moves_where_the_system_or_the_viewer_prefers_stillness() -> Result<()> {
    let gallery = Gallery::start().await?;
    let pages = gallery.pages().await?;
    let mut found = Findings::default();
    for page in &pages {
        gallery.browser.set_media(Media { reduced_motion: true, ..Media::default() }).await?;
        gallery.open(page, "motion=full").await?;
        let moving = strings(&gallery.browser.value(MOVING).await?)?;
        found.add(moving, &format!("{page}, and the system"));
        gallery.browser.execute("document.documentElement.dataset.motion = 'reduced';").await?;
        gallery.browser.set_media(Media::default()).await?;
        let moving = strings(&gallery.browser.value(MOVING).await?)?;
        found.add(moving, &format!("{page}, and the viewer"));
    }
    assert_eq!(found, Findings::default());
    gallery.browser.close().await
}

/// Behaviour: B53 — broken by: a mark that is nothing but a background
#[tokio::test]
async fn no_mark_is_lost_where_the_system_forces_its_colours() -> Result<()> {
    let gallery = Gallery::start().await?;
    let mut found = Findings::default();
    for page in &gallery.pages().await? {
        gallery.open(page, "lang=en").await?;
        found.add(lost_in_forced_colors(&gallery.browser).await?, page);
    }
    assert_eq!(found, Findings::default());
    gallery.browser.close().await
}

/// Behaviour: B64 — broken by: a retry that draws nothing
#[tokio::test]
async fn what_fails_to_draw_is_replaced_counted_and_told_and_drawn_by_a_retry() -> Result<()> {
    let gallery = Gallery::start().await?;
    gallery.open("page=live-frame&state=failed-once", "lang=en").await?;
    let browser = &gallery.browser;
    let text = browser.text_of("[data-frame=not-drawn]").await?;
    assert!(text.contains("could not be drawn") && text.contains("series has no points"), "{text}");
    assert_eq!(browser.text_of("[data-failures]").await?, "1");

    // The neighbours live on.
    let games: u64 = browser.text_of("[data-neighbour]").await?.parse()?;
    browser.click("next-game", SOON).await?;
    let next = format!("document.querySelector('[data-neighbour]').textContent === '{}'", games + 1);
    browser.wait_until(&next, SOON).await?;
    browser.click("notifications", SOON).await?;
    browser.wait_until("document.querySelector('[data-notice=not-drawn]')", SOON).await?;
    assert!(!browser.text_of("[data-frame=not-drawn]").await?.is_empty());

    browser.tab_to("frame-retry").await?;
    browser.press(Key::Enter).await?;
    browser.wait_until("!document.querySelector('[data-frame=not-drawn]')", SOON).await?;
    let drawn = browser.value("document.querySelector('.frame > p').textContent").await?;
    assert_eq!(drawn, json!((games + 1).to_string()));
    assert_eq!(browser.text_of("[data-failures]").await?, "1");
    // The button is gone, and Tab goes on from where it was.
    assert_eq!(browser.value("document.activeElement.className").await?, "frame");
    gallery.browser.close().await
}

/// Broken by: a window that keeps its size
#[tokio::test]
async fn frames_notices_and_their_history_are_pictured_in_three_sizes_and_both_themes() -> Result<()> {
    let gallery = Gallery::start().await?;
    for page in &gallery.pages().await? {
        let words: Vec<&str> = page.split(['=', '&']).collect();
        let [_, name @ ("live-frame" | "toasts" | "notification-bell"), _, state] = words[..] else {
            continue;
        };
        gallery.open(page, "lang=ru&motion=reduced").await?;
        take_pictures(&gallery.browser, &format!("{name}-{state}")).await?;
    }
    gallery.browser.close().await
}
