//! What a page looks like, for whoever wants to see it.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::browser::Browser;

/// A desk, a tablet, the narrowest phone.
const SIZES: [(u32, u32); 3] = [(1_440, 900), (768, 1_024), (320, 640)];

/// Pictures of what is shown now, in three sizes and both themes: `NAME-WIDTH-THEME.png` under the target
/// folder's `screenshots`.
///
/// # Errors
/// When one cannot be taken or written, or has another width.
pub async fn take_pictures(browser: &Browser, name: &str) -> Result<()> {
    for (width, height) in SIZES {
        browser.set_size(width, height).await?;
        for theme in ["dark", "light"] {
            browser.execute(&format!("document.documentElement.dataset.theme = '{theme}';")).await?;
            let path = browser.screenshot(&format!("{name}-{width}-{theme}")).await?;
            let picture = fs::read(path)?;
            let shown = u32::from_be_bytes(picture.get(16..20).context("no picture")?.try_into()?);
            ensure!(shown == width, "{name}: {shown} px instead of {width}");
        }
    }
    Ok(())
}
