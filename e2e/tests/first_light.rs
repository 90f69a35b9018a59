//! A page that follows the server: import, new game, correction, removal, a killed server.

use std::time::Duration;

use anyhow::Result;
use e2e::{Browser, Driver, Http, Server, fixture, game, run};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(5);
const RECOVERY: Duration = Duration::from_secs(30);

/// The feed's order, made here from the answer of the API: the newest first.
fn feed_of(activity: &Value) -> Vec<String> {
    let mut entries: Vec<(i64, String, String)> = activity
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, entry)| {
            let id = entry["id"].to_string().trim_matches('"').to_owned();
            (-entry["offset"].as_i64().unwrap_or_default(), key.clone(), id)
        })
        .collect();
    entries.sort();
    entries.into_iter().map(|(_, _, id)| id).collect()
}

/// Called when the page already shows the last write, so the server's views have it too.
async fn shows_what_the_server_has(browser: &Browser, http: &Http) -> Result<()> {
    let metrics = http.view("metrics")?;
    for name in ["players", "games", "tournaments_running"] {
        browser.wait_for_figure(name, metrics[name].as_i64().unwrap_or(-1), SOON).await?;
    }
    if let Some(mean) = metrics["rating"]["mean_milli"].as_i64() {
        browser.wait_for_figure("rating", mean, SOON).await?;
    }
    let entries: Vec<String> = browser
        .entries()
        .await?
        .into_iter()
        .map(|id| id.trim_start_matches("import:").trim_start_matches("tournament:").to_owned())
        .collect();
    assert_eq!(entries, feed_of(&http.view("activity")?));
    let text = browser.text_of("body").await?;
    assert!(!text.contains("undefined") && !text.contains("NaN"), "{text}");
    Ok(())
}

fn entry(id: &str) -> String {
    format!("document.querySelector('[data-entry=\"{id}\"], [data-entry=\"game:{id}\"]')")
}

/// Behaviour: B3, B23, B37, B80 — broken by: publishing no ticks; not dropping a removed game's entry
#[tokio::test]
async fn the_page_follows_an_import_a_game_its_correction_its_removal_and_a_killed_server() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("live.sqlite");
    let mut server = Server::start(&path, &[])?;
    let http = server.http();
    let driver = Driver::start()?;
    let browser = driver.browser().await?;
    browser.open(&format!("{}/?lang=en", server.url())).await?;
    browser.wait_for_status("connected", SOON).await?;
    browser.wait_until("document.body.innerText.toLowerCase().includes('no data yet')", SOON).await?;
    assert_eq!(browser.figure("games").await?, None);
    browser.execute("window.neverReloaded = true;").await?;

    let file = fixture("evening.jsonl");
    let imported =
        run(&["import", "--database", &path.to_string_lossy(), "--json", &file.to_string_lossy()])?;
    assert_eq!(imported.code, Some(0), "{imported:?}");
    browser.wait_for_figure("games", 17, SOON).await?;
    shows_what_the_server_has(&browser, &http).await?;

    let posted = http.post_game(&game(1, "town"))?;
    assert_eq!(posted.status, 201, "{posted:?}");
    let id = posted.id()?;
    browser.wait_until(&entry(&id), SOON).await?;
    browser.wait_for_figure("games", 18, SOON).await?;
    shows_what_the_server_has(&browser, &http).await?;
    browser.screenshot("first-light").await?;

    let before = browser.value(&format!("{}.textContent", entry(&id))).await?;
    let corrected = http.put(&format!("/api/v1/games/{id}"), &game(1, "mafia"))?;
    assert_eq!(corrected.status, 200, "{corrected:?}");
    browser.wait_until(&format!("{}.textContent !== {before}", entry(&id)), SOON).await?;
    browser
        .wait_until(&format!("{}.textContent.toLowerCase().includes('corrected')", entry(&id)), SOON)
        .await?;
    shows_what_the_server_has(&browser, &http).await?;

    assert_eq!(http.delete(&format!("/api/v1/games/{id}"))?.status, 200);
    browser.wait_until(&format!("!{}", entry(&id)), SOON).await?;
    browser.wait_for_figure("games", 17, SOON).await?;
    shows_what_the_server_has(&browser, &http).await?;

    server.kill()?;
    browser.wait_for_status("reconnecting", SOON).await?;
    // An outage that is over before this notice makes no notice of its end either.
    browser.wait_until("document.querySelector('[data-toast=lost]')", SOON).await?;
    browser.screenshot("reconnecting").await?;
    // Elsewhere, so that the page cannot come back before all three are there.
    let mut elsewhere = Server::start(&path, &[])?;
    for number in 2..=4 {
        assert_eq!(elsewhere.http().post_game(&game(number, "draw"))?.status, 201);
    }
    elsewhere.terminate(SOON)?;
    let server = server.again()?;
    let http = server.http();
    browser.wait_for_status("connected", RECOVERY).await?;
    browser.wait_for_figure("games", 20, SOON).await?;
    shows_what_the_server_has(&browser, &http).await?;
    let notice = browser
        .wait_until("(document.querySelector('[data-toast=restored]') || {}).textContent", SOON)
        .await?;
    assert!(notice.as_str().is_some_and(|text| text.contains('3')), "{notice}");
    browser.screenshot("restored").await?;
    assert_eq!(http.post_game(&game(5, "mafia"))?.status, 201);
    browser.wait_for_figure("games", 21, SOON).await?;
    shows_what_the_server_has(&browser, &http).await?;
    assert_eq!(browser.value("window.neverReloaded === true").await?, json!(true));
    browser.close().await
}
