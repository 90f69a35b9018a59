//! The dashboard for everybody: keyboard, rules of accessibility, narrow windows, colours of the system.

use std::collections::HashSet;

use anyhow::Result;
use e2e::{Axe, Key, Media, game, lost_in_forced_colors, too_wide, violations};
use serde_json::json;

use crate::page::{Page, SOON};

const STILL: Media = Media { reduced_motion: true, forced_colors: false };
const EXPANDED: &str = "document.querySelector('[data-testid=status-toggle]').getAttribute('aria-expanded')";

/// Behaviour: B52 — broken by: a panel and details that close and keep the focus
#[tokio::test]
async fn all_three_depths_open_and_close_by_keyboard_and_give_the_focus_back() -> Result<()> {
    let page = Page::start().await?;
    for key in [Key::Enter, Key::Space] {
        page.browser.tab_to("status-toggle").await?;
        assert_eq!(page.browser.value(EXPANDED).await?, json!("false"));
        page.browser.press(key).await?;
        page.browser.wait_until("document.querySelector('[data-testid=status-panel]')", SOON).await?;
        assert_eq!(page.browser.value(EXPANDED).await?, json!("true"));
        page.browser.tab_to("status-settings").await?;
        page.browser.press(key).await?;
        page.browser.wait_until("document.querySelector('[data-testid=status-details]')", SOON).await?;
        page.browser.tab_to("auto-reconnect-toggle").await?;
        page.browser.press(Key::Escape).await?;
        page.browser.wait_until("!document.querySelector('[data-testid=status-details]')", SOON).await?;
        assert_eq!(page.browser.focused().await?, "status-settings");
        page.browser.press(Key::Escape).await?;
        page.browser.wait_until("!document.querySelector('[data-testid=status-panel]')", SOON).await?;
        assert_eq!(page.browser.value(EXPANDED).await?, json!("false"));
        assert_eq!(page.browser.focused().await?, "status-toggle");
    }
    page.browser.close().await
}

/// Colour, shape and word of the indicator.
const MARK: &str = "(() => {
    const toggle = document.querySelector('[data-testid=status-toggle]');
    const word = toggle.querySelector('.status-word').textContent.split(',')[0];
    return [getComputedStyle(toggle).color, toggle.querySelector('path').getAttribute('d'), word];
})()";

/// The names of all that the panel tells with a value.
const TOLD: &str = "[...document.querySelectorAll('[data-testid=status-panel] dl > div')]
    .filter((line) => line.offsetParent && line.querySelector('dd').innerText.trim())
    .map((line) => line.querySelector('dt').innerText)";

/// Behaviour: B51 — broken by: a lost link in the colour of one that was given up; a panel without the round trip; details without the list of subscriptions
#[tokio::test]
async fn a_status_has_its_colour_shape_and_word_and_two_depths_behind_them() -> Result<()> {
    let page = Page::start().await?;
    let mut marks = vec![page.browser.value(MARK).await?];
    page.open_panel().await?;
    let shown = "(depth) => Boolean(document.querySelector(`[data-testid=status-${depth}]`))";
    assert_eq!(
        page.browser.value(&format!("['panel', 'details'].map({shown})")).await?,
        json!([true, false])
    );
    let facts = json!(["Connected for", "Round trip", "Last minute", "Last data", "Updates", "Position"]);
    assert_eq!(page.browser.value(TOLD).await?, facts);
    page.open_details().await?;
    let settings = "document.querySelectorAll('[data-testid=status-details] :is(input, select)').length";
    assert!(page.browser.value(settings).await?.as_u64() > Some(10));
    let topics = "[...document.querySelectorAll('[data-testid=status-details] .status-topic')]
        .map((topic) => topic.textContent)";
    assert_eq!(page.browser.value(topics).await?, json!(["view:activity", "view:metrics"]));

    page.link.go_down();
    page.browser.wait_for_status("reconnecting", SOON).await?;
    marks.push(page.browser.value(MARK).await?);
    page.click("disconnect").await?;
    page.browser.wait_for_status("disconnected", SOON).await?;
    marks.push(page.browser.value(MARK).await?);
    for part in 0..3 {
        let each: HashSet<String> = marks.iter().map(|mark| mark[part].to_string()).collect();
        assert_eq!(each.len(), marks.len(), "{each:?}");
    }
    assert_eq!(
        marks.iter().map(|mark| &mark[2]).collect::<Vec<_>>(),
        ["Live", "Reconnecting", "Disconnected"]
    );
    page.browser.close().await
}

/// The states of the dashboard, each made once for all that is looked at in it.
async fn look_at(page: &Page, mut look: impl AsyncFnMut(&Page, &str) -> Result<()>) -> Result<()> {
    look(page, "empty").await?;
    for number in 1..=3 {
        assert_eq!(page.server.http().post_game(&game(number, "mafia"))?.status, 201);
    }
    page.browser.wait_for_figure("games", 3, SOON).await?;
    look(page, "with figures").await?;
    page.open_panel().await?;
    look(page, "with its panel").await?;
    page.click("status-settings").await?;
    page.browser.wait_until("document.querySelector('[data-testid=status-details]')", SOON).await?;
    look(page, "with its details").await?;
    page.link.go_down();
    page.browser.wait_until("document.querySelector('[data-toast=lost]')", SOON).await?;
    look(page, "reconnecting").await?;
    page.click("disconnect").await?;
    page.browser.wait_for_status("disconnected", SOON).await?;
    look(page, "disconnected").await
}

/// Behaviour: B52, B53, B55 — broken by: a button without a name; muted text in the colour of lines; a feed of 400 px
#[tokio::test]
async fn the_dashboard_keeps_the_rules_and_its_width_in_every_state() -> Result<()> {
    let axe = Axe::load()?;
    let mut found = Vec::new();
    for look in ["lang=en&theme=dark", "lang=ru&theme=light"] {
        let page = Page::closed().await?;
        if let Some(axe) = &axe {
            axe.bring_to(&page.browser).await?;
        }
        // Colours are right once they have come to rest.
        page.browser.set_media(STILL).await?;
        page.browser.open(&format!("{}/?{look}", page.link.url())).await?;
        page.browser.wait_for_status("connected", SOON).await?;
        look_at(&page, async |page, state| {
            let mut lines = Vec::new();
            for width in [320, 640, 768, 1_280] {
                page.browser.set_size(width, 800).await?;
                let wide = too_wide(&page.browser).await?;
                lines.extend(wide.into_iter().map(|line| format!("{width}: {line}")));
            }
            lines.extend(lost_in_forced_colors(&page.browser).await?);
            page.browser.set_media(STILL).await?;
            if axe.is_some() {
                lines.extend(violations(&page.browser).await?);
            }
            found.extend(lines.into_iter().map(|line| format!("{look} {state}: {line}")));
            Ok(())
        })
        .await?;
        page.browser.close().await?;
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
