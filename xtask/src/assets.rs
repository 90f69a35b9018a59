//! Hashed names, compressed twins, and files that are rewritten only when they change.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A folder that is brought to hold exactly what was put into it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    brotli_quality: u32,
    kept: BTreeSet<PathBuf>,
}

/// What compression made of one file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sizes {
    pub(crate) plain: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

impl AddAssign for Sizes {
    fn add_assign(&mut self, other: Self) {
        self.plain += other.plain;
        self.gzip += other.gzip;
        self.brotli += other.brotli;
    }
}

impl Folder {
    /// Opens the folder; `brotli_quality` is 0 (quick) to 11 (small).
    pub(crate) fn open(path: &Path, brotli_quality: u32) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("could not make {}", path.display()))?;
        Ok(Self { path: path.to_owned(), brotli_quality, kept: BTreeSet::new() })
    }

    /// Stores `content` under its name with its `.gz` and `.br` twins.
    ///
    /// A file that stands there unchanged keeps its twins: the hashed name makes that the usual case.
    pub(crate) fn put(&mut self, name: &str, content: &[u8]) -> Result<Sizes> {
        let path = self.path.join(name);
        let gzip_path = self.path.join(format!("{name}.gz"));
        let brotli_path = self.path.join(format!("{name}.br"));
        let changed = write_if_changed(&path, content)?;
        if changed || !gzip_path.exists() {
            write_if_changed(&gzip_path, &gzip(content)?)?;
        }
        if changed || !brotli_path.exists() {
            write_if_changed(&brotli_path, &brotli(content, self.brotli_quality)?)?;
        }
        let sizes = Sizes { plain: content.len(), gzip: len_of(&gzip_path)?, brotli: len_of(&brotli_path)? };
        self.kept.extend([path, gzip_path, brotli_path]);
        Ok(sizes)
    }

    /// Stores `content`, which is compressed already, under its name.
    pub(crate) fn put_packed(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        write_if_changed(&path, content)?;
        self.kept.insert(path);
        Ok(())
    }

    /// Removes what earlier builds left.
    pub(crate) fn sweep(self) -> Result<()> {
        sweep(&self.path, &self.kept)
    }
}

fn sweep(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sweep(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// `stem-HASH.extension`, with the first eight hex digits of the content's SHA-256.
pub(crate) fn hashed_name(stem: &str, extension: &str, content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{stem}-{hash}.{extension}")
}

/// Writes unless the file already holds this; tells whether it wrote.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content).with_context(|| format!("could not write {}", path.display()))?;
    Ok(true)
}

fn len_of(path: &Path) -> Result<usize> {
    usize::try_from(fs::metadata(path)?.len()).context("file too large")
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn brotli(content: &[u8], quality: u32) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut out, 4096, quality, 22);
        writer.write_all(content)?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("xtask-assets-{}-{name}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        path
    }

    #[test]
    fn the_name_carries_the_first_eight_digits_of_the_content() {
        assert_eq!(hashed_name("app", "js", b"abc"), "app-ba7816bf.js");
    }

    #[test]
    fn the_twins_decode_to_the_content() {
        let folder = scratch("twins");
        let content = "карточка ".repeat(300);
        let sizes = Folder::open(&folder, 5).unwrap().put("a.css", content.as_bytes()).unwrap();
        assert!(sizes.gzip < sizes.plain && sizes.brotli < sizes.plain);
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&fs::read(folder.join("a.css.gz")).unwrap()[..])
            .read_to_string(&mut plain)
            .unwrap();
        assert_eq!(plain, content);
        let mut plain = Vec::new();
        let packed = fs::read(folder.join("a.css.br")).unwrap();
        brotli::BrotliDecompress(&mut &packed[..], &mut plain).unwrap();
        assert_eq!(plain, content.as_bytes());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn sweeping_leaves_only_what_was_put() {
        let path = scratch("sweep");
        let mut first = Folder::open(&path, 5).unwrap();
        first.put("old.js", b"1").unwrap();
        first.sweep().unwrap();
        let mut second = Folder::open(&path, 5).unwrap();
        second.put("new.js", b"2").unwrap();
        second.sweep().unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["new.js", "new.js.br", "new.js.gz"]);
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn an_unchanged_file_is_not_written_again() {
        let path = scratch("same").join("x");
        assert!(write_if_changed(&path, b"1").unwrap());
        assert!(!write_if_changed(&path, b"1").unwrap());
        assert!(write_if_changed(&path, b"2").unwrap());
    }
}
