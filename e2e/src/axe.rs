//! What makes a page usable for everybody, checked in the page: the rules of axe-core, and its width.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::browser::Browser;

/// Every rule of WCAG 2.1 A and AA, and what is good practice besides.
const TAGS: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']";

/// axe-core as one script.
#[derive(Debug)]
pub struct Axe {
    script: String,
}

impl Axe {
    /// Reads the file that `GOMAFIA_AXE` names; `None` where there is none, which `CI=true` forbids.
    ///
    /// # Errors
    /// When the file cannot be read, or must be there and is not.
    pub fn load() -> Result<Option<Self>> {
        let Some(path) = std::env::var_os("GOMAFIA_AXE").map(PathBuf::from) else {
            if std::env::var_os("CI").is_some_and(|value| value == "true") {
                bail!("GOMAFIA_AXE is not set: `cargo xtask test` fetches axe-core and sets it");
            }
            return Ok(None);
        };
        let script =
            fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(Some(Self { script }))
    }

    /// Puts axe-core into every document that this window opens from now on.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn bring_to(&self, browser: &Browser) -> Result<()> {
        browser.run_at_start(&self.script).await
    }
}

/// Checks the document as it is; every violation is one line: rule, what it asks for, where.
///
/// # Errors
/// When axe-core is not in the page or fails.
pub async fn violations(browser: &Browser) -> Result<Vec<String>> {
    let script = format!(
        "axe.run(document, {{
             runOnly: {{type: 'tag', values: {TAGS}}}, resultTypes: ['violations'],
         }}).then((results) => results.violations.flatMap((rule) => rule.nodes.map((node) =>
             `${{rule.id}}: ${{rule.help}}: ${{node.target.join(' ')}}: ${{node.any.concat(node.all, node.none).map((check) => check.message).join('; ')}}`)))"
    );
    let lines = browser.settled(&script).await?;
    let lines = lines.as_array().context("axe gave no list")?;
    Ok(lines.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What is wider than the window, each element as a line; nothing when nothing scrolls sideways.
///
/// # Errors
/// When the page does not answer.
pub async fn too_wide(browser: &Browser) -> Result<Vec<String>> {
    let lines = browser.value(TOO_WIDE).await?;
    let lines = lines.as_array().context("no list of elements")?;
    Ok(lines.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

const TOO_WIDE: &str = "(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && (box.right > width + 0.5 || box.left < -0.5);
    });
    return [`${document.documentElement.scrollWidth} > ${width}`, ...wide.map((element) =>
        `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}`)];
})()";
