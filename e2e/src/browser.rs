//! A page in a headless Chromium, driven over WebDriver.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use crate::process::first_line;

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running chromedriver; it is killed when dropped, and its browsers with it.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
    profiles: tempfile::TempDir,
}

impl Driver {
    /// Starts chromedriver on a free port.
    ///
    /// # Errors
    /// When it is not installed or does not say its port.
    pub fn start() -> Result<Self> {
        Self::start_in("UTC")
    }

    /// Starts it for a viewer who lives in a time zone of the IANA database.
    ///
    /// # Errors
    /// When it is not installed or does not say its port.
    pub fn start_in(zone: &str) -> Result<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .env("TZ", zone)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A browser is of its driver's group, and outlives a driver that is killed by itself.
            .process_group(0)
            .spawn()
            .context("could not start chromedriver")?;
        match first_line(&mut child, START_LIMIT, port_of) {
            Ok(port) => Ok(Self { child, port, profiles: tempfile::tempdir()? }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(self.child.id().try_into().ok()?)
    }

    /// Opens a browser with an empty profile.
    ///
    /// # Errors
    /// When Chromium does not start.
    pub async fn browser(&self) -> Result<Browser> {
        let profile = self.profiles.path().join("profile");
        let capabilities = json!({
            "goog:chromeOptions": {"args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1280,900", "--lang=en",
                format!("--user-data-dir={}", profile.display()),
            ]},
        });
        let Value::Object(capabilities) = capabilities else { bail!("capabilities are an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities as Capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await?;
        let limit = Duration::from_secs(120);
        client
            .update_timeouts(TimeoutConfiguration::new(Some(limit), Some(limit), Some(Duration::ZERO)))
            .await?;
        Ok(Browser { client })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // An error means that it is gone already.
        if let Some(group) = self.group() {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.wait().ok();
    }
}

fn port_of(line: &str) -> Option<u16> {
    line.split("started successfully on port ").nth(1)?.trim_end_matches('.').parse().ok()
}

/// One browser window.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
}

impl Browser {
    /// Opens an address and waits until the document is loaded.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// The value of a JavaScript expression in the page.
    ///
    /// # Errors
    /// When it throws.
    pub async fn value(&self, expression: &str) -> Result<Value> {
        Ok(self.client.execute(&format!("return {expression};"), Vec::new()).await?)
    }

    /// Runs a statement in the page.
    ///
    /// # Errors
    /// When it throws.
    pub async fn execute(&self, statement: &str) -> Result<()> {
        self.client.execute(statement, Vec::new()).await?;
        Ok(())
    }

    /// What the promise of a JavaScript expression becomes.
    ///
    /// # Errors
    /// When it is rejected.
    pub async fn settled(&self, expression: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             Promise.resolve({expression}).then((value) => done([value]), (error) => done(String(error)));"
        );
        match self.client.execute_async(&script, Vec::new()).await? {
            Value::Array(mut value) => value.pop().context("no value"),
            error => bail!("`{expression}` was rejected: {error}"),
        }
    }

    /// Waits until a JavaScript expression is truthy, looking at each change of the document.
    ///
    /// # Errors
    /// When `limit` passes first; the error tells what the page showed.
    pub async fn wait_until(&self, expression: &str, limit: Duration) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const look = () => {{ try {{ return ({expression}); }} catch (error) {{ return null; }} }};
             let over = false;
             const finish = (value) => {{ if (!over) {{ over = true; seen.disconnect(); done(value); }} }};
             const seen = new MutationObserver(() => {{ const value = look(); if (value) finish(value); }});
             seen.observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}});
             const first = look();
             if (first) finish(first); else setTimeout(() => {{ if (!over) finish(look() || null); }}, {});",
            limit.as_millis()
        );
        let value = self.client.execute_async(&script, Vec::new()).await?;
        if value.is_null() {
            let body = self.value("document.documentElement.outerHTML.slice(0, 6000)").await?;
            bail!("`{expression}` did not come true within {limit:?}; the page: {body}");
        }
        Ok(value)
    }

    /// Clicks the control with that test id once it can be.
    ///
    /// # Errors
    /// When `limit` passes first.
    pub async fn click(&self, control: &str, limit: Duration) -> Result<()> {
        let click = format!(
            "(() => {{
                const control = document.querySelector('[data-testid={control}]');
                if (!control || control.disabled) return false;
                control.click();
                return true;
            }})()"
        );
        self.wait_until(&click, limit).await?;
        Ok(())
    }

    /// The connection's status as the page marks it.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn status(&self) -> Result<String> {
        let status = self.value("document.documentElement.dataset.status || ''").await?;
        Ok(status.as_str().unwrap_or_default().to_owned())
    }

    /// Waits for a status.
    ///
    /// # Errors
    /// When `limit` passes first.
    pub async fn wait_for_status(&self, status: &str, limit: Duration) -> Result<()> {
        self.wait_until(&format!("document.documentElement.dataset.status === '{status}'"), limit).await?;
        Ok(())
    }

    /// The value of a card; `None` while it shows none.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn figure(&self, name: &str) -> Result<Option<i64>> {
        let value = self.value(&figure_expression(name)).await?;
        Ok(value.as_str().and_then(|text| text.parse().ok()))
    }

    /// Waits until a card shows a value.
    ///
    /// # Errors
    /// When `limit` passes first.
    pub async fn wait_for_figure(&self, name: &str, value: i64, limit: Duration) -> Result<()> {
        self.wait_until(&format!("{} === '{value}'", figure_expression(name)), limit).await?;
        Ok(())
    }

    /// The feed's entries, from above; a `game:` before an id is left out.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn entries(&self) -> Result<Vec<String>> {
        let ids = self
            .value("[...document.querySelectorAll('[data-entry]')].map((row) => row.dataset.entry)")
            .await?;
        let ids = ids.as_array().context("no list of entries")?;
        Ok(ids.iter().filter_map(Value::as_str).map(|id| id.trim_start_matches("game:").to_owned()).collect())
    }

    /// The text of the first element that a selector finds; empty when there is none.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn text_of(&self, selector: &str) -> Result<String> {
        let text =
            self.value(&format!("(document.querySelector('{selector}') || {{}}).textContent || ''")).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Saves what the window shows as `NAME.png` under the target folder's `screenshots`.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let image = self.client.screenshot().await?;
        let test = std::env::current_exe()?;
        let target = test.ancestors().nth(3).unwrap_or_else(|| Path::new("."));
        let folder = target.join("screenshots");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, image)?;
        Ok(path)
    }

    /// The connection to chromedriver.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the window.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

fn figure_expression(name: &str) -> String {
    format!("(document.querySelector('[data-figure=\"{name}\"]') || {{dataset: {{}}}}).dataset.value")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many processes of a group live; what is dead and not yet counted off does not.
    fn living(group: u32) -> usize {
        let is_living = |stat: &String| {
            // PID (NAME) STATE PARENT GROUP …
            let mut words = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            words.next() != Some("Z") && words.nth(1) == Some(group.to_string().as_str())
        };
        let all = fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok())
            .filter(is_living)
            .count()
    }

    /// Broken by: killing chromedriver alone
    #[test]
    fn a_test_that_panics_leaves_no_browser() {
        let (told, group) = std::sync::mpsc::channel();
        let test = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let driver = Driver::start().unwrap();
                let _browser = driver.browser().await.unwrap();
                let group = driver.child.id();
                told.send((group, living(group))).unwrap();
                panic!("as a test does");
            });
        });
        assert!(test.join().is_err());
        let (group, lived) = group.recv().unwrap();
        assert!(lived > 2, "{lived} processes");
        let start = std::time::Instant::now();
        while living(group) > 0 {
            assert!(start.elapsed() < START_LIMIT, "{} processes still live", living(group));
        }
    }

    #[test]
    fn the_port_is_read_from_the_drivers_line() {
        assert_eq!(port_of("ChromeDriver was started successfully on port 41217."), Some(41217));
        assert_eq!(port_of("Starting ChromeDriver"), None);
    }
}
