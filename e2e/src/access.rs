//! What makes a page usable for everybody, checked in the page: the rules of axe-core, its width, its marks
//! in the colours of the system.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::browser::Browser;
use crate::devtools::Media;

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
    lines(&browser.settled(&script).await?)
}

/// What is wider than the window, each element as a line; nothing when nothing scrolls sideways.
///
/// # Errors
/// When the page does not answer.
pub async fn too_wide(browser: &Browser) -> Result<Vec<String>> {
    lines(&browser.value(TOO_WIDE).await?)
}

/// Marks without words that can be seen, and no longer when the system forces its colours.
///
/// # Errors
/// When the page does not answer, or the browser cannot force colours.
pub async fn lost_in_forced_colors(browser: &Browser) -> Result<Vec<String>> {
    browser
        .execute(&format!(
            "window.marks = ({}); window.isSeen = {IS_SEEN};",
            SEEN_MARKS.replace("IS_SEEN", IS_SEEN)
        ))
        .await?;
    browser.set_media(Media { forced_colors: true, ..Media::default() }).await?;
    ensure!(
        browser.value("matchMedia('(forced-colors: active)').matches").await? == true,
        "no forced colours"
    );
    let lost = "window.marks.filter((mark) => mark.isConnected && !window.isSeen(mark))
        .map((mark) => `${mark.tagName.toLowerCase()} in ${mark.parentElement.className.baseVal ?? mark.parentElement.className}`)";
    let lost = lines(&browser.value(lost).await?)?;
    browser.set_media(Media::default()).await?;
    Ok(lost)
}

fn lines(list: &Value) -> Result<Vec<String>> {
    let list = list.as_array().context("no list")?;
    Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Whether an element without text stands out from its ground.
const IS_SEEN: &str = "(mark) => {
    const clear = (color) => color === 'none' || /^rgba\\(.*, 0\\)$/.test(color);
    let ground = 'rgb(0, 0, 0)';
    for (let above = mark.parentElement; above; above = above.parentElement) {
        const color = getComputedStyle(above).backgroundColor;
        if (!clear(color)) { ground = color; break; }
    }
    const style = getComputedStyle(mark);
    const colors = mark instanceof SVGElement
        ? [style.fill, style.stroke]
        : [style.backgroundColor, ...(parseFloat(style.borderTopWidth) > 0 ? [style.borderTopColor] : [])];
    return colors.some((color) => !clear(color) && color !== ground);
}";

const SEEN_MARKS: &str = "(() => {
    const isSeen = IS_SEEN;
    const marks = document.querySelectorAll(
        'body :is(svg :is(path, circle, rect, line, polyline, polygon), :not(svg, svg *):empty)');
    return [...marks].filter((mark) => {
        const box = mark.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && isSeen(mark);
    });
})()";

const TOO_WIDE: &str = "(() => {
    const root = document.documentElement;
    const name = (element) => `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}`;
    const boxes = [...document.querySelectorAll('body *')].map((element) => [element, element.getBoundingClientRect()]);
    // What is over the left edge cannot even be scrolled to; texts for screen readers have one pixel.
    const cut = boxes.filter(([, box]) => box.width > 1 && box.left < -0.5 && box.right > 0);
    if (root.scrollWidth <= root.clientWidth) return cut.map(([element]) => name(element));
    const wide = boxes.filter(([, box]) => box.width > 1 && box.right > root.clientWidth + 0.5);
    return [`${root.scrollWidth} > ${root.clientWidth}`, ...[...cut, ...wide].map(([element]) => name(element))];
})()";
