//! The embedded page: hashed files with their compressed forms.

use std::path::Path;
use std::{fs, io};

use tokio::sync::watch;

/// One file of the page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name, with a hash of its content in it.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub plain: &'static [u8],
    /// Its content compressed with brotli; none where that saves nothing.
    pub brotli: Option<&'static [u8]>,
    /// Its content compressed with gzip; none where that saves nothing.
    pub gzip: Option<&'static [u8]>,
}

/// The page as it is served.
#[derive(Debug, Clone)]
pub struct Page {
    /// The document; `{{mode}}` in it is filled with `mode` at each request.
    pub index: &'static str,
    /// The mark of the data that are shown.
    pub mode: watch::Receiver<&'static str>,
    /// The files below `/assets/`.
    pub assets: &'static [Asset],
}

impl Page {
    /// The page in a folder with an `index.html` and `assets/`; the files are read once and kept as long as
    /// the process lives.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub fn of_folder(folder: &Path, mode: watch::Receiver<&'static str>) -> io::Result<Self> {
        let index: &'static str = String::leak(fs::read_to_string(folder.join("index.html"))?);
        let mut assets = Vec::new();
        for file in fs::read_dir(folder.join("assets"))? {
            let path = file?.path();
            let (Some(name), Some(content_type)) = (path.file_name(), content_type(&path)) else { continue };
            let name: &'static str = String::leak(name.to_string_lossy().into_owned());
            let plain: &'static [u8] = Vec::leak(fs::read(&path)?);
            assets.push(Asset { name, content_type, plain, brotli: None, gzip: None });
        }
        Ok(Self { index, mode, assets: Vec::leak(assets) })
    }
}

/// The media type of a file of a page; nothing for other files, such as compressed forms.
fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "woff2" => Some("font/woff2"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// The form of a file that a client accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

impl Encoding {
    pub(crate) fn accepted(header: &str) -> Self {
        let accepts = |name: &str| {
            header.split(',').map(str::trim).any(|item| {
                let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
                coding.trim().eq_ignore_ascii_case(name) && weight.trim() != "q=0"
            })
        };
        if accepts("br") {
            Self::Brotli
        } else if accepts("gzip") {
            Self::Gzip
        } else {
            Self::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_what_its_folder_holds() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        fs::write(folder.path().join("index.html"), "<p>{{mode}}").unwrap();
        for (name, content) in [("a-1.css", "a{}"), ("a-1.css.br", "?"), ("b-2.js", "b()")] {
            fs::write(folder.path().join("assets").join(name), content).unwrap();
        }
        let page = Page::of_folder(folder.path(), watch::channel("live").1).unwrap();
        let mut names: Vec<_> = page.assets.iter().map(|asset| (asset.name, asset.content_type)).collect();
        names.sort_unstable();
        assert_eq!(page.index, "<p>{{mode}}");
        let (css, js) = ("text/css; charset=utf-8", "text/javascript; charset=utf-8");
        assert_eq!(names, [("a-1.css", css), ("b-2.js", js)]);
        assert!(Page::of_folder(&folder.path().join("none"), watch::channel("live").1).is_err());
    }

    #[test]
    fn the_smallest_accepted_form_is_chosen() {
        assert_eq!(Encoding::accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(Encoding::accepted("gzip;q=0.8, br;q=0"), Encoding::Gzip);
        assert_eq!(Encoding::accepted("identity"), Encoding::Plain);
    }
}
