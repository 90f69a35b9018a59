//! The driver of pages, in the dashboard, in Chromium.

use anyhow::{Context as _, Result};
use e2e::{Browser, Driver, Server};
use serde_json::Value;

use crate::PATIENCE;
use crate::scenarios::{self, Subject};
use crate::scripted::Scripted;

/// From now on every socket is kept with the callbacks that the driver gives it.
const KEEP_SOCKETS: &str = "
    const Plain = window.WebSocket;
    window.kept = [];
    window.WebSocket = class extends Plain {
        constructor(url) {
            super(url);
            this.callbacks = [];
            window.kept.push(this);
        }
    };
    for (const name of ['onopen', 'onmessage', 'onclose']) {
        const plain = Object.getOwnPropertyDescriptor(Plain.prototype, name);
        Object.defineProperty(window.WebSocket.prototype, name, {
            get() { return plain.get.call(this); },
            set(callback) {
                if (callback) this.callbacks.push(callback);
                plain.set.call(this, callback);
            },
        });
    }";

/// The callbacks of sockets that are closed: how many there were, are still set, and can still be called.
const CALLBACKS: &str = "(() => {
    const over = window.kept.filter((socket) => socket.readyState === WebSocket.CLOSED);
    const callbacks = over.flatMap((socket) => socket.callbacks);
    const alive = callbacks.filter((callback) => {
        try { callback(new Event('late')); return true; } catch (error) { return false; }
    });
    const set = over.filter((socket) => socket.onopen || socket.onmessage || socket.onclose);
    return [callbacks.length, set.length, alive.length];
})()";

struct Page {
    browser: Browser,
}

impl Page {
    async fn press(&self, control: &str) -> Result<()> {
        self.browser.click(control, PATIENCE).await
    }

    async fn tell(&self, target: &str, event: &str) -> Result<()> {
        self.browser.execute(&format!("{target}.dispatchEvent({event});")).await
    }
}

impl Subject for Page {
    async fn connect(&mut self) -> Result<()> {
        self.press("connect").await
    }

    async fn disconnect(&mut self) -> Result<()> {
        self.press("disconnect").await
    }

    async fn retry(&mut self) -> Result<()> {
        self.press("retry").await
    }

    async fn set_hidden(&mut self, hidden: bool) -> Result<()> {
        let hide = "Object.defineProperty(document, 'hidden', {configurable: true, value: ";
        self.browser.execute(&format!("{hide}{hidden}}});")).await?;
        self.tell("document", "new Event('visibilitychange')").await
    }

    async fn found_network(&mut self) -> Result<()> {
        self.tell("window", "new Event('online')").await
    }

    async fn resumed(&mut self) -> Result<()> {
        self.tell("document", "new Event('resume')").await
    }

    async fn becomes(&mut self, status: &str) -> Result<()> {
        self.browser.wait_for_status(status, PATIENCE).await
    }
}

/// A page that is left closes its socket and is back at once when it is restored.
async fn a_restored_page_connects_at_once(page: &mut Page, server: &mut Scripted) -> Result<()> {
    page.connect().await?;
    let mut peer = server.accept().await?;
    peer.until("heartbeat").await?;
    page.becomes("connected").await?;
    page.tell("window", "new PageTransitionEvent('pagehide', {persisted: true})").await?;
    peer.closed().await?;
    page.tell("window", "new PageTransitionEvent('pageshow', {persisted: true})").await?;
    let mut peer = server.accept().await?;
    peer.until("heartbeat").await?;
    page.becomes("connected").await?;
    page.disconnect().await?;
    assert_eq!(peer.closed().await?, Some(1000));
    page.becomes("disconnected").await
}

/// Broken by: callbacks that stay set on a closed socket, or outlive it.
#[tokio::test]
async fn the_driver_of_pages_does_what_any_driver_must_and_keeps_no_callback() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pages = Server::start(&folder.path().join("drivers.sqlite"), &[])?;
    let pages_at = pages.url().trim_start_matches("http://").parse()?;
    let mut server = Scripted::start(Some(pages_at)).await?;
    let driver = Driver::start()?;
    let mut page = Page { browser: driver.browser().await? };
    let open = format!("http://{}/?lang=en", server.address());
    page.browser.open(&open).await?;
    // It connects by itself; the scenarios begin without a connection.
    let mut peer = server.accept().await?;
    peer.until("heartbeat").await?;
    page.becomes("connected").await?;
    page.press("status-toggle").await?;
    page.disconnect().await?;
    assert_eq!(peer.closed().await?, Some(1000));
    page.browser.execute(KEEP_SOCKETS).await?;

    scenarios::run(&mut page, &mut server).await?;
    a_restored_page_connects_at_once(&mut page, &mut server).await.context("a restored page")?;

    let sockets = page.browser.value("window.kept.length").await?.as_u64().context("no sockets")?;
    assert!(sockets >= 15, "{sockets}");
    let all_closed = "window.kept.every((socket) => socket.readyState === WebSocket.CLOSED)";
    page.browser.wait_until(all_closed, PATIENCE).await?;
    let callbacks = page.browser.value(CALLBACKS).await?;
    let expected: Value = [sockets * 3, 0, 0].as_slice().into();
    assert_eq!(callbacks, expected, "callbacks made, still set, still alive");
    page.browser.close().await
}
