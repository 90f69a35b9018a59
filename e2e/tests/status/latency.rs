//! The round trip that the page shows.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::page::{Page, SOON};

const ONE_WAY: Duration = Duration::from_millis(100);

/// Milliseconds in the indicator; null while there are none.
const SHOWN: &str =
    "(document.querySelector('[data-testid=status-toggle]')?.textContent.match(/(\\d+)\\s*ms/) || [])[1]";

/// Notes what each round trip takes at the socket, in milliseconds.
const TRIPS: &str = "window.trips = [];
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
        constructor(url) {
            super(url);
            this.asked = new Map();
            this.addEventListener('message', ({data}) => {
                const at = this.asked.get(JSON.parse(data)[1]);
                if (at !== undefined) window.trips.push(performance.now() - at);
            });
        }
        send(text) {
            const [, ref, , event] = JSON.parse(text);
            if (event === 'heartbeat') this.asked.set(ref, performance.now());
            super.send(text);
        }
    };";

/// Behaviour: B13 — broken by: half of a round trip
#[tokio::test]
async fn a_server_two_hundred_milliseconds_away_is_shown_as_two_hundred() -> Result<()> {
    let page = Page::closed().await?;
    page.browser.run_at_start(TRIPS).await?;
    page.open().await?;
    page.open_panel().await?;
    page.click("disconnect").await?;
    page.browser.wait_for_status("disconnected", SOON).await?;
    page.link.set_delay(ONE_WAY);
    page.click("connect").await?;
    page.browser.wait_for_status("connected", SOON).await?;
    let both = format!("{SHOWN} > 100 && [Number({SHOWN}), window.trips.at(-1)]");
    let both = page.browser.wait_until(&both, SOON).await?;
    let (shown, trip) = (both[0].as_f64().context("no number")?, both[1].as_f64().context("no trip")?);
    // A busy machine adds to the way, and what is added is part of the round trip.
    assert!(trip >= 2.0 * ONE_WAY.as_secs_f64() * 1e3, "{trip} ms");
    assert!((shown - trip).abs() <= 20.0, "{shown} ms for {trip} ms");
    page.browser.close().await
}
