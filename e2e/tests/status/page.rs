//! The dashboard behind a link, and a record of all that it said.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{Browser, Driver, Proxy, Server};
use serde_json::{Value, json};

/// How soon a page that is well shows a change.
pub(crate) const SOON: Duration = Duration::from_secs(5);
/// How long a page may take to be back: the longest wait of five attempts, and what comes with it.
pub(crate) const BACK: Duration = Duration::from_secs(40);

/// Writes down each status and each new notice, over all documents of the tab.
const RECORD: &str = "(() => {
    const said = (what) => {
        const all = JSON.parse(sessionStorage.getItem('said') || '[]');
        all.push(what);
        sessionStorage.setItem('said', JSON.stringify(all.slice(-5000)));
    };
    const notices = (node) => node.nodeType !== 1 ? [] :
        [...(node.matches('[data-toast]') ? [node] : []), ...node.querySelectorAll('[data-toast]')];
    // What a page does while it is left, nobody sees.
    let isLeft = false;
    addEventListener('pagehide', () => { isLeft = true; });
    addEventListener('pageshow', () => { isLeft = false; });
    new MutationObserver((records) => {
        if (isLeft) return;
        for (const record of records) {
            const {target, attributeName: name} = record;
            if (name === 'data-status' && target === document.documentElement) said(target.dataset.status);
            if (name === 'data-toast') said('notice ' + target.dataset.toast);
            for (const node of record.addedNodes) {
                for (const notice of notices(node)) said('notice ' + notice.dataset.toast);
            }
        }
    }).observe(document, {
        subtree: true, childList: true, attributes: true, attributeFilter: ['data-status', 'data-toast'],
    });
})();";

/// Keeps topic, event and payload of every message that comes.
const KEEP_MESSAGES: &str = "window.messages = [];
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
        constructor(url) {
            super(url);
            this.addEventListener('message', ({data}) => window.messages.push(JSON.parse(data).slice(2)));
        }
    };";

/// One page with all that it needs; the whole ends when this is dropped.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    pub(crate) link: Proxy,
    pub(crate) server: Server,
    // The browser ends with its driver, the database with its server.
    _driver: Driver,
    _folder: tempfile::TempDir,
}

impl Page {
    /// Opens it and waits until it is connected.
    pub(crate) async fn start() -> Result<Self> {
        let page = Self::closed().await?;
        page.open().await?;
        Ok(page)
    }

    /// All but the page itself.
    pub(crate) async fn closed() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Server::start(&folder.path().join("status.sqlite"), &[])?;
        let link = Proxy::start(&server.url())?;
        let driver = Driver::start()?;
        let browser = driver.browser().await?;
        browser.run_at_start(RECORD).await?;
        Ok(Self { browser, link, server, _driver: driver, _folder: folder })
    }

    /// The page's address, over the link.
    pub(crate) fn url(&self) -> String {
        format!("{}/?lang=en", self.link.url())
    }

    pub(crate) async fn open(&self) -> Result<()> {
        self.browser.open(&self.url()).await?;
        self.browser.wait_for_status("connected", SOON).await
    }

    /// Keeps the messages of every document that is opened from now on in `window.messages`.
    pub(crate) async fn keep_messages(&self) -> Result<()> {
        self.browser.run_at_start(KEEP_MESSAGES).await
    }

    /// Tells the page that nobody sees it, or that somebody does.
    pub(crate) async fn set_hidden(&self, hidden: bool) -> Result<()> {
        let hide = format!(
            "Object.defineProperty(document, 'hidden', {{configurable: true, value: {hidden}}});
             document.dispatchEvent(new Event('visibilitychange'));"
        );
        self.browser.execute(&hide).await
    }

    /// Shows the tab, and answers how long the page itself saw it take until it showed so many games.
    pub(crate) async fn shown_until_games(&self, games: i64) -> Result<Duration> {
        // Both moments are the page's: a busy machine may take long to tell of them.
        self.browser
            .execute(&format!(
                "const shows = () => document.querySelector('[data-figure=games]')?.dataset.value === '{games}';
                 let shown = 0;
                 document.addEventListener('visibilitychange', () => {{ shown = performance.now(); }},
                     {{once: true, capture: true}});
                 const seen = new MutationObserver(() => {{
                     if (shown && shows()) {{ seen.disconnect(); window.rightAfter = performance.now() - shown; }}
                 }});
                 seen.observe(document, {{subtree: true, childList: true, attributes: true}});"
            ))
            .await?;
        self.set_hidden(false).await?;
        self.browser.wait_until("window.rightAfter", SOON).await?;
        let took = self.browser.value("window.rightAfter").await?;
        self.browser.execute("delete window.rightAfter;").await?;
        Ok(Duration::from_secs_f64(took.as_f64().context("no time")? / 1_000.0))
    }

    /// Opens the panel, if it is not open.
    pub(crate) async fn open_panel(&self) -> Result<()> {
        if self.browser.value("!document.querySelector('[data-testid=status-panel]')").await? == true {
            self.click("status-toggle").await?;
        }
        self.browser.wait_until("document.querySelector('[data-testid=status-panel]')", SOON).await?;
        Ok(())
    }

    /// Opens settings and diagnostics, behind the panel.
    pub(crate) async fn open_details(&self) -> Result<()> {
        self.open_panel().await?;
        self.click("status-settings").await?;
        self.browser.wait_until("document.querySelector('[data-testid=status-details]')", SOON).await?;
        Ok(())
    }

    /// Clicks a control once it can be.
    pub(crate) async fn click(&self, control: &str) -> Result<()> {
        self.browser.click(control, SOON).await
    }

    /// Waits until it has asked for so many sockets.
    pub(crate) async fn asks_for_sockets(&self, count: usize) -> Result<()> {
        let start = Instant::now();
        while self.link.sockets() < count {
            ensure!(start.elapsed() < BACK, "{} sockets instead of {count}", self.link.sockets());
            self.browser.status().await?;
        }
        Ok(())
    }

    /// Lets minutes pass for the page in a moment; its clock never goes as that of others afterwards.
    pub(crate) async fn pass_minutes(&self, minutes: u32) -> Result<()> {
        let millis = f64::from(minutes * 60_000);
        let until = self.browser.value("performance.now()").await?.as_f64().context("no clock")? + millis;
        let budget = json!({"policy": "advance", "budget": millis * 2.0});
        self.browser.devtools("Emulation.setVirtualTimePolicy", &budget).await?;
        let limit = Duration::from_secs(u64::from(minutes) * 90);
        self.browser.wait_until(&format!("performance.now() > {until}"), limit).await?;
        Ok(())
    }

    /// Everything that was said since the last call, in order.
    pub(crate) async fn said(&self) -> Result<Vec<String>> {
        let text = self.browser.value("sessionStorage.getItem('said') || '[]'").await?;
        self.browser.execute("sessionStorage.removeItem('said');").await?;
        let said: Value = serde_json::from_str(text.as_str().context("no record")?)?;
        let said = said.as_array().context("no record")?;
        Ok(said.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// The notices among what was said since the last call.
    pub(crate) async fn notices(&self) -> Result<Vec<String>> {
        let said = self.said().await?;
        Ok(said.iter().filter_map(|what| what.strip_prefix("notice ")).map(str::to_owned).collect())
    }
}
