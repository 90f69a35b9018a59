//! Many changes at once.

use anyhow::Result;
use e2e::game;

use crate::page::{Page, SOON};

const GAMES: u64 = 1_000;
const SENDERS: u64 = 8;

/// What the panel counts, by topic.
const SHOWN: &str = "Object.fromEntries([...document.querySelectorAll('[data-subscription]')].map((row) =>
    [row.dataset.subscription, Number(row.dataset.updates)]))";

/// What came through the socket: states that answer a join, and changes.
const CAME: &str = "Object.fromEntries([...new Set(window.messages.map(([topic]) => topic))].map((topic) =>
    [topic, window.messages.filter(([other, event, payload]) => other === topic
        && (event === 'delta' || event === 'reset' || payload.response?.state)).length])
    .filter(([, count]) => count > 0))";

const EQUAL: &str = "(() => {
    const [shown, came] = [SHOWN, CAME];
    const topics = Object.keys(came);
    return topics.length > 0 && topics.every((topic) => shown[topic] === came[topic]);
})()";

/// Behaviour: B30, B31, B44 — broken by: counting every second update of a topic
#[tokio::test]
async fn a_thousand_changes_are_counted_as_they_came_and_end_in_the_servers_figures() -> Result<()> {
    let page = Page::closed().await?;
    page.keep_messages().await?;
    page.open().await?;
    page.open_panel().await?;
    let http = page.server.http();
    std::thread::scope(|threads| {
        for first in 1..=SENDERS {
            let http = &http;
            threads.spawn(move || {
                for number in (first..=GAMES).step_by(SENDERS.try_into().unwrap()) {
                    assert_eq!(http.post_game(&game(number, "town")).unwrap().status, 201);
                }
            });
        }
    });
    page.browser.wait_for_figure("games", GAMES.try_into()?, SOON).await?;
    assert_eq!(http.view("metrics")?["games"], GAMES);
    let equal = EQUAL.replace("SHOWN", SHOWN).replace("CAME", CAME);
    page.browser.wait_until(&equal, SOON).await?;
    let came = page.browser.value(CAME).await?;
    assert!(came["view:activity"].as_u64() > Some(1), "{came}");
    assert_eq!(page.browser.value(SHOWN).await?, came);
    page.browser.close().await
}
