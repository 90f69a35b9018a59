//! What a viewer sees of times and names.

use std::time::Duration;

use anyhow::Result;
use e2e::{Driver, Server, fixture, game, run};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(5);
const ZONE: &str = "Asia/Yekaterinburg";

fn entry(id: &str) -> String {
    format!("document.querySelector('[data-entry=\"{id}\"]')")
}

/// Behaviour: B47 — broken by: showing the time in UTC; an age that is computed once
#[tokio::test]
async fn the_feed_shows_event_times_in_the_viewers_zone_with_an_age_that_ticks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("times.sqlite"), &[])?;
    // A minute of play that nobody's clock is in: neither the time of posting nor the time of the page.
    let played = Timestamp::now().checked_sub(20.seconds())?;
    let mut posted = game(1, "town");
    posted["date"] = json!(played.strftime("%Y-%m-%d").to_string());
    posted["time"] = json!(played.strftime("%H:%M:%S").to_string());
    let id = server.http().post_game(&posted)?.id()?;

    let driver = Driver::start_in(ZONE)?;
    let browser = driver.browser().await?;
    browser.open(&format!("{}/?lang=en", server.url())).await?;
    let when = format!("({}?.querySelector('time')?.textContent || '')", entry(&id));
    let shown = browser.wait_until(&when, SOON).await?;
    let local = played.to_zoned(TimeZone::get(ZONE)?).strftime("%Y-%m-%d %H:%M").to_string();
    let text = shown.as_str().unwrap_or_default();
    assert!(text.starts_with(&local), "{text} instead of {local}");
    let seconds = format!("Number(({when}.match(/(\\d+)\\D+ago/) || [])[1])");
    let first = browser.value(&seconds).await?.as_i64().unwrap_or(-1);
    assert!((20..60).contains(&first), "{text}");
    browser.wait_until(&format!("{seconds} > {first}"), SOON).await?;
    browser.screenshot("viewer").await?;
    browser.close().await
}

/// Behaviour: B39 — broken by: one word for both kinds of rating
#[tokio::test]
async fn the_rating_card_names_its_kind_and_how_many_it_is_of() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kinds.sqlite");
    let server = Server::start(&path, &[])?;
    let ranking = fixture("gomafia/user_getTop.json");
    let imported = run(&["import", "--database", &path.to_string_lossy(), &ranking.to_string_lossy()])?;
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let driver = Driver::start()?;
    let browser = driver.browser().await?;
    browser.open(&format!("{}/?lang=en", server.url())).await?;
    let card = "(document.querySelector('[data-figure=rating]')?.textContent || '')";
    browser.wait_until(&format!("{card}.includes('Elo')"), SOON).await?;
    let http = server.http();
    let elo = http.view("metrics")?["rating"].clone();
    assert_eq!(elo["kind"], json!("elo"));
    let shown = browser.value(card).await?;
    // Spaces that do not break are spaces here.
    let shown = shown.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains(&format!("{} players", elo["n"])) && !shown.contains("local"),
        "{shown} for {elo}"
    );
    // Whoever plays here is rated here, and the two are never mixed.
    http.post_game(&game(1, "town"))?;
    browser.wait_until(&format!("{card}.includes('local rating') && !{card}.includes('Elo')"), SOON).await?;
    assert_eq!(http.view("metrics")?["rating"]["n"], json!(10));
    browser.close().await
}

const CUP: &str = "Кубок «Ночь» 🎭 \"2026\" & <b>Ко</b>/100%";

/// `text` as it stands in a path or a query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Behaviour: B34 — broken by: allowing ASCII only in a tournament's id; titles set as HTML
#[tokio::test]
async fn names_in_any_alphabet_are_ids_in_paths_filters_and_the_feed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("names.sqlite"), &[])?;
    let http = server.http();
    let address = format!("/api/v1/tournaments/{}", encoded(CUP));
    let body = json!({"source": "polar/evening", "title": CUP, "status": "running"});
    let put = http.put(&address, &body)?;
    assert_eq!((put.status, put.id()?.as_str()), (201, CUP), "{put:?}");
    assert_eq!(http.get(&address)?.body["title"], json!(CUP));

    let mut posted = game(1, "town");
    posted["tournament"] = json!(CUP);
    posted["players"][0]["player_id"] = json!("игрок \"1\" 🌬️");
    let id = http.post_game(&posted)?.id()?;
    let read = http.get(&format!("/api/v1/games/{id}"))?.body;
    assert_eq!(
        (&read["tournament"], &read["players"][0]["player_id"], &read["players"][4]["name"]),
        (&json!(CUP), &json!("игрок \"1\" 🌬️"), &posted["players"][4]["name"])
    );
    let games = http.get(&format!("/api/v1/tables/games?tournament=eq.{}", encoded(CUP)))?;
    assert_eq!(games.body["rows"].as_array().map(Vec::len), Some(1), "{games:?}");
    assert_eq!(games.body["rows"][0]["id"], json!(id));
    let other = http.get(&format!("/api/v1/tables/games?tournament=eq.{}", encoded("Кубок")))?;
    assert_eq!(other.body["rows"], json!([]), "{other:?}");
    let name = posted["players"][5]["name"].as_str().unwrap_or_default();
    let players = http.get(&format!("/api/v1/tables/players?name=eq.{}", encoded(name)))?;
    assert_eq!(players.body["rows"].as_array().map(Vec::len), Some(1), "{players:?}");

    let driver = Driver::start()?;
    let browser = driver.browser().await?;
    browser.open(&format!("{}/?lang=ru", server.url())).await?;
    let titles =
        "[...document.querySelectorAll('[data-entry] .entry-title')].map((title) => title.textContent)";
    browser.wait_until(&format!("{titles}.length === 2"), SOON).await?;
    let titles = browser.value(titles).await?;
    let titles: Vec<&str> = titles.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(titles.iter().all(|title| title.starts_with(CUP)), "{titles:?}");
    browser.close().await
}
