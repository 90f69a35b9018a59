//! Where the focus goes when what has it goes away.

use anyhow::Result;
use e2e::Key;

use crate::page::{Page, SOON};

const TOAST: &str = "document.querySelector('[data-toast]')";
const IN_TOAST: &str = "document.activeElement.closest('[data-toast]')?.dataset.toast";
const HISTORY: &str = "document.querySelector('[data-testid=notification-history]')";
const EXPANDED: &str = "document.querySelector('[data-testid=notifications]').getAttribute('aria-expanded')";

/// A page that lost its link, with the focus on the button of the notice of that.
async fn page_with_focused_toast() -> Result<Page> {
    let page = Page::start().await?;
    page.browser.tab_to("theme").await?;
    page.link.go_down();
    page.browser.wait_until(TOAST, SOON).await?;
    page.browser.tab_until(&format!("{IN_TOAST} === 'lost'")).await?;
    Ok(page)
}

/// Behaviour: B52 — broken by: a notice that goes and does not hand the focus on
#[tokio::test]
async fn escape_takes_a_notice_away_and_the_focus_goes_back_to_where_it_was() -> Result<()> {
    let page = page_with_focused_toast().await?;
    page.browser.press(Key::Escape).await?;
    page.browser.wait_until(&format!("!{TOAST}"), SOON).await?;
    assert_eq!(page.browser.focused().await?, "theme");
    page.browser.close().await
}

/// Behaviour: B52 — broken by: a notice that goes and does not hand the focus on
#[tokio::test]
async fn a_notice_that_goes_by_itself_does_not_take_the_focus_with_it() -> Result<()> {
    let page = page_with_focused_toast().await?;
    // What another tab would do: the focus stays where it is.
    page.browser.click("status-toggle", SOON).await?;
    page.browser.click("status-settings", SOON).await?;
    page.browser.click("notifications-toggle", SOON).await?;
    page.browser.wait_until(&format!("!{TOAST}"), SOON).await?;
    assert_eq!(page.browser.focused().await?, "theme");
    page.browser.close().await
}

/// Behaviour: B52 — broken by: a history that closes and keeps the focus
#[tokio::test]
async fn the_history_opens_and_closes_by_keyboard_and_lets_tab_through() -> Result<()> {
    let page = page_with_focused_toast().await?;
    page.browser.press(Key::Escape).await?;
    page.browser.wait_until(&format!("!{TOAST}"), SOON).await?;
    page.browser.tab_to("notifications").await?;
    for key in [Key::Enter, Key::Space] {
        assert_eq!(page.browser.focused().await?, "notifications");
        page.browser.press(key).await?;
        page.browser.wait_until(HISTORY, SOON).await?;
        assert_eq!(page.browser.value(EXPANDED).await?, "true");
        page.browser.press(Key::Tab).await?;
        page.browser.press(Key::Escape).await?;
        page.browser.wait_until(&format!("!{HISTORY}"), SOON).await?;
        assert_eq!(page.browser.value(EXPANDED).await?, "false");
    }
    page.browser.press(Key::Enter).await?;
    page.browser.wait_until(HISTORY, SOON).await?;
    page.browser.tab_to("language").await?;
    page.browser.press(Key::BackTab).await?;
    assert_eq!(page.browser.focused().await?, "notifications-clear");
    page.browser.press(Key::Enter).await?;
    page.browser.wait_until(&format!("!{HISTORY}.querySelector('[data-notice]')"), SOON).await?;
    assert_eq!(page.browser.focused().await?, "notifications");
    page.browser.close().await
}
