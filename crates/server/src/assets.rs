//! The embedded page: hashed files with their compressed forms.

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
    fn the_smallest_accepted_form_is_chosen() {
        assert_eq!(Encoding::accepted("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(Encoding::accepted("gzip;q=0.8, br;q=0"), Encoding::Gzip);
        assert_eq!(Encoding::accepted("identity"), Encoding::Plain);
    }
}
