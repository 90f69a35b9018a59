//! Settings of the connection, as the viewer writes them into the form.

use anyhow::Result;
use e2e::Key;

use crate::page::{Page, SOON};

/// `[attempt, of, seconds]` as the indicator says them; nothing while an attempt is under way.
const SCHEDULE: &str = "document.querySelector('[data-testid=status-toggle]').textContent
    .match(/attempt (\\d+) of (\\d+).* (\\d+)\\s*s/)?.slice(1).map(Number)";

/// Writes into the fields of these names, and applies the form with Enter.
async fn set(page: &Page, fields: &[(&str, &str)]) -> Result<()> {
    for (name, value) in fields {
        let field = format!(
            "[...document.querySelectorAll('.status-form label')]
                 .find((label) => label.textContent.trim() === '{name}').querySelector('input')"
        );
        page.browser
            .execute(&format!(
                "const field = {field};
                 field.focus();
                 field.value = '{value}';
                 field.dispatchEvent(new Event('input', {{bubbles: true}}));"
            ))
            .await?;
    }
    page.browser.press(Key::Enter).await?;
    page.browser
        .wait_until("document.querySelector('.status-form [role=status]').textContent === 'Applied.'", SOON)
        .await?;
    Ok(())
}

/// Waits until a wait of `attempt` of `of` is said that fits.
async fn wait_for(page: &Page, attempt: u32, of: u32, fits: &str) -> Result<()> {
    let said = format!(
        "(([attempt, of, seconds]) => attempt === {attempt} && of === {of} && {fits})({SCHEDULE} ?? [])"
    );
    page.browser.wait_until(&said, SOON).await?;
    Ok(())
}

/// Behaviour: B7 — broken by: keeping the moment that was planned before the change
#[tokio::test]
async fn the_next_attempt_follows_the_settings_at_once() -> Result<()> {
    let page = Page::start().await?;
    page.open_details().await?;
    page.browser
        .execute(
            "[...document.querySelectorAll('.status-form input[type=checkbox], .status-form [role=switch]')]
                 .at(-1).click();",
        )
        .await?;
    let waits = [("First wait, s", "60"), ("Longest wait, s", "600")];
    set(&page, &[waits[0], ("Each next wait longer by", "4"), waits[1], ("Attempts", "2")]).await?;
    page.link.go_down();
    wait_for(&page, 1, 2, "seconds > 55 && seconds <= 60").await?;
    set(&page, &[("First wait, s", "40")]).await?;
    wait_for(&page, 1, 2, "seconds > 30 && seconds <= 40").await?;
    set(&page, &[("Attempts", "3")]).await?;
    wait_for(&page, 1, 3, "seconds > 25 && seconds <= 40").await?;
    // The first attempt fails at once, and the next wait is longer by the factor.
    page.click("retry").await?;
    wait_for(&page, 2, 3, "seconds > 150 && seconds <= 160").await?;
    set(&page, &[("Longest wait, s", "100")]).await?;
    wait_for(&page, 2, 3, "seconds > 85 && seconds <= 100").await?;
    set(&page, &[("Attempts", "1")]).await?;
    page.browser.wait_for_status("error", SOON).await?;
    assert_eq!(page.link.sockets(), 2);
    page.browser.close().await
}

const THEME: &str = "[...document.querySelectorAll('[data-testid=status-details] select')]
    .find((select) => [...select.options].some((option) => option.value === 'light'))";

#[tokio::test]
async fn the_choice_of_a_theme_shows_the_one_that_the_address_asked_for_and_goes_before_it() -> Result<()> {
    let page = Page::closed().await?;
    page.browser.open(&format!("{}&theme=light", page.url())).await?;
    page.browser.wait_for_status("connected", SOON).await?;
    page.open_details().await?;
    page.browser.wait_until(&format!("{THEME}.value === 'light'"), SOON).await?;
    let choose = format!(
        "const select = {THEME}; select.value = 'dark'; select.dispatchEvent(new Event('change', {{bubbles: true}}));"
    );
    page.browser.execute(&choose).await?;
    page.browser.wait_until("document.documentElement.dataset.theme === 'dark'", SOON).await?;
    page.browser.close().await
}
