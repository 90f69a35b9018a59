//! What the served page says of itself before any script runs.

use std::time::Duration;

use anyhow::Result;
use e2e::{Server, game};
use serde_json::json;

const SOON: Duration = Duration::from_secs(5);

/// Behaviour: B78 — broken by: adding another host to the policy's connect-src
#[test]
fn the_page_needs_no_other_host_and_forbids_every_other() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("page.sqlite"), &[])?;
    let page = server.http().get("/")?;
    let policy = page.headers.get("content-security-policy").map(String::as_str).unwrap_or_default();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for directive in policy.split(';').map(str::trim) {
        let mut words = directive.split_whitespace();
        let name = words.next().unwrap_or_default();
        for source in words {
            let own = ["'none'", "'self'", "'wasm-unsafe-eval'"].contains(&source)
                || (name == "img-src" && source == "data:");
            assert!(own, "{directive}");
        }
    }
    let text = page.body.as_str().map_or_else(|| page.body.to_string(), str::to_owned);
    // The name of a namespace in an embedded picture is no address that is loaded.
    let loads = text.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !loads.contains("http://") && !loads.contains("https://") && !loads.contains("src=\"//"),
        "{loads}"
    );
    Ok(())
}

/// Behaviour: B50 — broken by: leaving the page's mark as it was when the database was claimed
#[test]
fn simulated_games_mark_the_page_and_do_not_go_among_others_by_accident() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("live.sqlite"), &[])?;
    let mark = |text: String| text.contains(r#"name="gomafia-mode" content="demo""#);
    let page = |server: &Server| -> Result<String> {
        let body = server.http().get("/")?.body;
        Ok(body.as_str().map_or_else(|| body.to_string(), str::to_owned))
    };
    assert!(!mark(page(&server)?));
    let demo = |args: &[&str]| {
        let url = server.url();
        let fixed = ["demo", "--url", &url, "--speed", "max", "--games", "20"];
        e2e::run_with_key(&[&fixed[..], args].concat())
    };
    let posted = server.http().post_game(&game(1, "town"))?.position()?;
    let refused = demo(&[])?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("--mixed"), "{refused:?}");
    let view = server.http().view_after("metrics", &posted)?;
    assert_eq!((&view["state"]["games"], &view["position"]), (&json!(1), &posted), "nothing was written");
    let mixed = demo(&["--mixed"])?;
    assert_eq!(mixed.code, Some(0), "{mixed:?}");
    assert!(mark(page(&server)?));
    Ok(())
}

/// Behaviour: B50 — broken by: telling no open session of another mark
#[tokio::test]
async fn an_open_page_is_marked_when_the_first_simulated_game_arrives() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("open.sqlite"), &[])?;
    let driver = e2e::Driver::start()?;
    let browser = driver.browser().await?;
    browser.open(&format!("{}/?lang=en", server.url())).await?;
    browser.wait_for_status("connected", SOON).await?;
    assert_eq!(browser.value("document.documentElement.dataset.mode").await?, json!("live"));
    let url = server.url();
    let played = e2e::run_with_key(&["demo", "--url", &url, "--speed", "max", "--games", "3"])?;
    assert_eq!(played.code, Some(0), "{played:?}");
    browser.wait_until("document.documentElement.dataset.mode === 'demo'", SOON).await?;
    browser
        .wait_until("document.querySelector('.mode-banner')?.textContent.includes('simulated')", SOON)
        .await?;
    browser.close().await
}

/// Behaviour: B24 — broken by: keying the feed's entries by game and commit
#[test]
fn a_game_updated_three_times_is_one_entry_with_its_latest_state() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("feed.sqlite"), &[])?;
    let http = server.http();
    let id = http.post_game(&game(1, "town"))?.id()?;
    let mut position = json!(null);
    for winner in ["mafia", "draw", "mafia"] {
        let put = http.put(&format!("/api/v1/games/{id}"), &game(1, winner))?;
        assert_eq!(put.status, 200);
        position = put.position()?;
    }
    let view = http.view_after("activity", &position)?;
    let activity = &view["state"];
    let entries = activity.as_object().map(serde_json::Map::len);
    assert_eq!(entries, Some(1), "{activity}");
    let entry = &activity[format!("game:{id}")];
    assert_eq!(
        (&entry["winner"], &entry["corrected"], &entry["offset"]),
        (&json!("mafia"), &json!(true), &json!(4))
    );
    Ok(())
}
