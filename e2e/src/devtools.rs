//! What only the browser's own protocol can do: sizes, media, scripts before any other, more windows.

use anyhow::{Context as _, Result, bail};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::browser::Browser;

/// A key without a character of its own, as WebDriver writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To the next control.
    Tab,
    /// To the control before.
    BackTab,
    /// Presses a button or follows a link.
    Enter,
    /// Presses a button.
    Space,
    /// Closes what is open.
    Escape,
}

impl Key {
    fn character(self) -> char {
        match self {
            Self::Tab | Self::BackTab => '\u{E004}',
            Self::Enter => '\u{E007}',
            Self::Space => ' ',
            Self::Escape => '\u{E00C}',
        }
    }
}

/// One tab of a browser.
#[derive(Debug, Clone)]
pub struct Tab(WindowHandle);

const SHIFT: char = '\u{E008}';

/// One command of the browser's protocol, sent through chromedriver.
#[derive(Debug)]
struct Command(Value);

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

/// What the system of the viewer says that it prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Media {
    /// No motion that is not needed.
    pub reduced_motion: bool,
    /// Only the colours of the system.
    pub forced_colors: bool,
}

impl Browser {
    /// Sends a command of the browser's protocol.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn devtools(&self, name: &str, params: &Value) -> Result<Value> {
        let command = Command(json!({"cmd": name, "params": params}));
        self.client().issue_cmd(command).await.with_context(|| name.to_owned())
    }

    /// Makes the window that wide, whatever the screen.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn set_size(&self, width: u32, height: u32) -> Result<()> {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await?;
        Ok(())
    }

    /// Makes the system prefer something.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn set_media(&self, media: Media) -> Result<()> {
        let feature = |name: &str, value: &str| json!({"name": name, "value": value});
        let motion = if media.reduced_motion { "reduce" } else { "no-preference" };
        let colors = if media.forced_colors { "active" } else { "none" };
        let features = [feature("prefers-reduced-motion", motion), feature("forced-colors", colors)];
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": features})).await?;
        Ok(())
    }

    /// Runs a script in every document that this window opens from now on, before any of its own.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn run_at_start(&self, script: &str) -> Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script})).await?;
        Ok(())
    }

    /// Takes the network from the window, or gives it back.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn set_offline(&self, offline: bool) -> Result<()> {
        self.devtools("Network.enable", &json!({})).await?;
        let conditions =
            json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.devtools("Network.emulateNetworkConditions", &conditions).await?;
        Ok(())
    }

    /// Lets nothing come from addresses that match; an empty list lets all come.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn set_blocked(&self, addresses: &[&str]) -> Result<()> {
        self.devtools("Network.enable", &json!({})).await?;
        self.devtools("Network.setBlockedURLs", &json!({"urls": addresses})).await?;
        Ok(())
    }

    /// Opens another tab of the same viewer and goes there.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn open_tab(&self) -> Result<Tab> {
        let tab = self.client().new_window(true).await?.handle;
        self.client().switch_to_window(tab.clone()).await?;
        Ok(Tab(tab))
    }

    /// The tab that is looked at.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn tab(&self) -> Result<Tab> {
        Ok(Tab(self.client().window().await?))
    }

    /// Looks at a tab.
    ///
    /// # Errors
    /// When it is closed.
    pub async fn look_at(&self, tab: &Tab) -> Result<()> {
        Ok(self.client().switch_to_window(tab.0.clone()).await?)
    }

    /// What has the focus: its test id, else the name of its element.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn focused(&self) -> Result<String> {
        let name = "document.activeElement?.dataset.testid ?? document.activeElement?.tagName ?? ''";
        Ok(self.value(name).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Presses Tab until the control with that test id has the focus.
    ///
    /// # Errors
    /// When a page never gives it to it.
    pub async fn tab_to(&self, control: &str) -> Result<()> {
        self.tab_until(&format!("document.activeElement?.dataset.testid === '{control}'")).await
    }

    /// Presses Tab until a JavaScript expression about what has the focus is truthy.
    ///
    /// # Errors
    /// When it never is.
    pub async fn tab_until(&self, expression: &str) -> Result<()> {
        for _ in 0..60 {
            if self.value(&format!("Boolean({expression})")).await? == true {
                return Ok(());
            }
            self.press(Key::Tab).await?;
        }
        bail!("Tab never comes to where `{expression}`")
    }

    /// Presses a key on whatever has the focus.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn press(&self, key: Key) -> Result<()> {
        let value = key.character();
        let mut keys = KeyActions::new("keyboard".to_owned());
        if key == Key::BackTab {
            keys = keys.then(KeyAction::Down { value: SHIFT });
        }
        keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        if key == Key::BackTab {
            keys = keys.then(KeyAction::Up { value: SHIFT });
        }
        Ok(self.client().perform_actions(keys).await?)
    }
}
