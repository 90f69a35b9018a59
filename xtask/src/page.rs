//! A page as files: WebAssembly, its bindings, style and the document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::assets::{Folder, Sizes, hashed_name, write_if_changed};
use crate::bindings::{Bound, bind};
use crate::build::Kind;
use crate::process::{cargo, output_of, run_aside, say};
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";

/// What one page is made of.
#[derive(Debug)]
pub(crate) struct Page {
    /// The package of its WebAssembly and its document.
    package: &'static str,
    /// The folder of its files under the target folder.
    folder: &'static str,
    /// The packages whose folder `style` goes in, in this order.
    styles: &'static [&'static str],
    /// The package whose folder `fonts` goes in, where the page brings fonts.
    fonts: Option<&'static str>,
    /// How large its WebAssembly may ship.
    gzip_max: Option<GzipMax>,
}

/// How much WebAssembly there may be, gzipped.
#[derive(Debug)]
struct GzipMax {
    /// What is loaded before the first figures.
    first: usize,
    /// What is loaded after them.
    late: usize,
}

/// The page of the binary.
pub(crate) const DASHBOARD: Page = Page {
    package: "gomafia-dashboard",
    folder: "page",
    styles: &["realtime-leptos", "gomafia-dashboard"],
    fonts: Some("gomafia-dashboard"),
    // A phone on a hall's network loads 300 KiB in a second.
    gzip_max: Some(GzipMax { first: 300 * 1024, late: 80 * 1024 }),
};

/// Every component in every state, for those who build and test them.
pub(crate) const GALLERY: Page = Page {
    package: "gomafia-gallery",
    folder: "gallery",
    styles: &["realtime-leptos", "gomafia-dashboard", "gomafia-gallery"],
    fonts: Some("gomafia-dashboard"),
    gzip_max: None,
};

/// The page of the example in another field.
pub(crate) const SERVER_STATS: Page = Page {
    package: "server-stats-page",
    folder: "server-stats",
    styles: &["realtime-leptos"],
    fonts: None,
    gzip_max: None,
};

impl Page {
    /// Builds the page; the folder holds `index.html` and `assets/`.
    pub(crate) fn build(&self, workspace: &Workspace, kind: Kind) -> Result<PathBuf> {
        ensure_target()?;
        let profile = kind.page_profile();
        run_aside(cargo().current_dir(workspace.root()).args([
            "rustc",
            "--quiet",
            "-p",
            self.package,
            "--bin",
            self.package,
            "--target",
            TARGET,
            "--profile",
            profile,
            // What belongs to which part of the page is found by what refers to what.
            "--",
            "-Clink-arg=--emit-relocs",
        ]))?;
        let module = workspace.target().join(TARGET).join(profile).join(format!("{}.wasm", self.package));
        let scratch = self.files(workspace, kind).join("parts");
        let bound = bind(workspace, &module, &scratch, kind)?;
        self.write(workspace, &bound, kind)?;
        Ok(self.files(workspace, kind))
    }

    /// Where its files are.
    pub(crate) fn files(&self, workspace: &Workspace, kind: Kind) -> PathBuf {
        workspace.target().join(self.folder).join(kind.page_profile())
    }

    fn write(&self, workspace: &Workspace, bound: &Bound, kind: Kind) -> Result<()> {
        let fonts = match self.fonts {
            Some(package) => fonts_of(&workspace.folder_of(package)?.join("fonts"))?,
            None => Vec::new(),
        };
        let mut style = String::new();
        for package in self.styles {
            style.push_str(&style_of(&workspace.folder_of(package)?.join("style"))?);
        }
        let style = with_fonts(style, &fonts)?;
        let template_path = workspace.folder_of(self.package)?.join("index.html");
        let template = fs::read_to_string(&template_path)
            .with_context(|| format!("could not read {}", template_path.display()))?;

        let script_name = hashed_name("app", "js", bound.script.as_bytes());
        let wasm_name = hashed_name("app", "wasm", &bound.wasm);
        let boot = boot_script(&script_name, &wasm_name);
        let boot_name = hashed_name("boot", "js", boot.as_bytes());
        let style_name = hashed_name("style", "css", style.as_bytes());

        let folder = self.files(workspace, kind);
        let mut assets = Folder::open(&folder.join("assets"), kind.brotli_quality())?;
        assets.put(&script_name, bound.script.as_bytes())?;
        assets.put(&boot_name, boot.as_bytes())?;
        assets.put(&style_name, style.as_bytes())?;
        for font in &fonts {
            assets.put_packed(&font.hashed, &font.content)?;
        }
        let first = assets.put(&wasm_name, &bound.wasm)?;
        let mut late = Sizes::default();
        for module in &bound.late {
            late += assets.put(&module.hashed, &module.wasm)?;
        }
        assets.sweep()?;
        let index = fill(&template, &style_name, &script_name, &boot_name)?;
        write_if_changed(&folder.join("index.html"), index.as_bytes())?;
        self.weigh(first, late, kind)
    }

    fn weigh(&self, first: Sizes, late: Sizes, kind: Kind) -> Result<()> {
        for (what, sizes) in [("WebAssembly", first), ("loaded later", late)] {
            say(&format!(
                "{}: {what} {} KB, {} KB gzip, {} KB brotli",
                self.folder,
                sizes.plain.div_ceil(1024),
                sizes.gzip.div_ceil(1024),
                sizes.brotli.div_ceil(1024)
            ));
        }
        let Some(max) = self.gzip_max.as_ref().filter(|_| kind == Kind::Release) else { return Ok(()) };
        for (what, sizes, max) in
            [("before the first figures", first, max.first), ("after the first figures", late, max.late)]
        {
            if sizes.gzip > max {
                bail!(
                    "the page loads {} bytes of gzipped WebAssembly {what}; the limit is {max} bytes",
                    sizes.gzip
                );
            }
        }
        Ok(())
    }
}

/// Adds the WebAssembly target to the tool chain when it is not there.
pub(crate) fn ensure_target() -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libdir = output_of(Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(&libdir).is_dir() {
        return Ok(());
    }
    say(&format!("the target {TARGET} is missing; adding it"));
    run_aside(Command::new("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!(
            "the page needs the standard library for {TARGET}: run `rustup target add {TARGET}` or install it"
        )
    })
}

/// All style sheets of the folder, one after the other in the order of their names.
fn style_of(folder: &Path) -> Result<String> {
    let mut paths = fs::read_dir(folder)
        .with_context(|| format!("could not read {}", folder.display()))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "css"));
    paths.sort();
    let mut style = String::new();
    for path in paths {
        style.push_str(&fs::read_to_string(&path)?);
        style.push('\n');
    }
    Ok(style)
}

/// A font that ships with the page.
#[derive(Debug)]
struct Font {
    name: String,
    hashed: String,
    content: Vec<u8>,
}

fn fonts_of(folder: &Path) -> Result<Vec<Font>> {
    let mut fonts = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let path = entry?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "woff2") {
            let content = fs::read(&path)?;
            let hashed = hashed_name(stem, "woff2", &content);
            fonts.push(Font { name: format!("{stem}.woff2"), hashed, content });
        }
    }
    fonts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(fonts)
}

/// The style with the fonts' hashed addresses; every font must be used, and none may be missing.
fn with_fonts(style: String, fonts: &[Font]) -> Result<String> {
    let mut style = style;
    for Font { name, hashed, .. } in fonts {
        let mark = format!("../fonts/{name}");
        if !style.contains(&mark) {
            bail!("no style sheet uses the font {name}");
        }
        style = style.replace(&mark, &format!("/assets/{hashed}"));
    }
    if style.contains("../fonts/") {
        bail!("a style sheet names a font that is not in the folder `fonts`");
    }
    Ok(style)
}

fn boot_script(script: &str, wasm: &str) -> String {
    format!("import init from '/assets/{script}';\ninit({{ module_or_path: '/assets/{wasm}' }});\n")
}

fn fill(template: &str, style: &str, script: &str, boot: &str) -> Result<String> {
    let mut page = template.to_owned();
    for (mark, name) in [("{{style}}", style), ("{{script}}", script), ("{{boot}}", boot)] {
        if !page.contains(mark) {
            bail!("the page's index.html lacks {mark}");
        }
        let plain = format!("/assets/{name}");
        // A template may write the folder itself or leave it to us.
        page = page.replace(&format!("/assets/{mark}"), &plain).replace(mark, &plain);
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_gets_its_three_names_and_keeps_the_mode() {
        let template = "<html data-mode={{mode}}><link href=\"{{style}}\"><link href=\"/assets/{{script}}\"><script src=\"{{boot}}\">";
        assert_eq!(
            fill(template, "s.css", "a.js", "b.js").unwrap(),
            "<html data-mode={{mode}}><link href=\"/assets/s.css\"><link href=\"/assets/a.js\"><script src=\"/assets/b.js\">"
        );
    }

    #[test]
    fn a_font_is_named_by_its_content_and_neither_missing_nor_unused() {
        let font =
            || Font { name: "a.woff2".to_owned(), hashed: "a-1.woff2".to_owned(), content: Vec::new() };
        let style = |text: &str| with_fonts(text.to_owned(), &[font()]).map_err(|error| error.to_string());
        assert_eq!(style("url(../fonts/a.woff2)"), Ok("url(/assets/a-1.woff2)".to_owned()));
        assert!(style("").unwrap_err().contains("a.woff2"));
        assert!(style("url(../fonts/a.woff2) url(../fonts/b.woff2)").is_err());
    }

    #[test]
    fn a_document_without_a_mark_is_refused() {
        let error = fill("{{style}}{{script}}", "s", "a", "b").unwrap_err();
        assert_eq!(error.to_string(), "the page's index.html lacks {{boot}}");
    }

    #[test]
    fn the_boot_script_loads_both_from_the_assets() {
        assert_eq!(
            boot_script("app-1.js", "app-2.wasm"),
            "import init from '/assets/app-1.js';\ninit({ module_or_path: '/assets/app-2.wasm' });\n"
        );
    }
}
