//! What is to be imported: files, folders, the standard input, each perhaps packed.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use mafia::formats::HEAD_BYTES;

/// The name that means the standard input.
const STANDARD_INPUT: &str = "-";
const GZIP: &[u8] = b"\x1f\x8b";

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// Named by the user himself and not found in a folder.
    pub(crate) is_named: bool,
}

/// All files behind the names, folders by the order of their names at every depth.
///
/// Entries that begin with a dot and links to folders are left out.
pub(crate) fn find(names: &[PathBuf]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in names {
        let failed = || format!("failed to open {}", path.display());
        if path.as_os_str() == STANDARD_INPUT {
            found.push(Found { path: path.clone(), bytes: 0, is_named: true });
        } else if fs::metadata(path).with_context(failed)?.is_dir() {
            find_in(path, &mut found)?;
        } else {
            let bytes = File::open(path).and_then(|file| file.metadata()).with_context(failed)?.len();
            found.push(Found { path: path.clone(), bytes, is_named: true });
        }
    }
    Ok(found)
}

fn find_in(folder: &Path, found: &mut Vec<Found>) -> anyhow::Result<()> {
    let failed = |path: &Path| format!("failed to read {}", path.display());
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let is_folder =
            path == folder || fs::symlink_metadata(&path).with_context(|| failed(&path))?.is_dir();
        if is_folder {
            let entries = fs::read_dir(&path).with_context(|| failed(&path))?;
            let mut inner: Vec<PathBuf> =
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
            inner.retain(|path| {
                !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
            });
            inner.sort_unstable();
            // The next one is taken from the end.
            open.extend(inner.into_iter().rev());
            continue;
        }
        let metadata = fs::metadata(&path).with_context(|| failed(&path))?;
        if metadata.is_file() {
            found.push(Found { path, bytes: metadata.len(), is_named: false });
        }
    }
    Ok(())
}

/// An open file, unpacked, of which the beginning was looked at.
pub(crate) struct Opened {
    /// The first [`HEAD_BYTES`], or all when there are fewer.
    pub(crate) head: Vec<u8>,
    rest: Box<dyn Read>,
}

impl Opened {
    /// Opens a file; what is read of it moves `progress`.
    pub(crate) fn new(file: &Found, progress: &ProgressBar) -> io::Result<Self> {
        let raw: Box<dyn Read> = if file.path.as_os_str() == STANDARD_INPUT {
            Box::new(io::stdin())
        } else {
            Box::new(progress.wrap_read(File::open(&file.path)?))
        };
        let packed = Self::of(raw)?;
        if packed.head.starts_with(GZIP) {
            return Self::of(Box::new(MultiGzDecoder::new(packed.into_reader())));
        }
        Ok(packed)
    }

    fn of(mut rest: Box<dyn Read>) -> io::Result<Self> {
        let mut head = Vec::new();
        rest.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        Ok(Self { head, rest })
    }

    /// The whole file from its beginning.
    pub(crate) fn into_reader(self) -> impl BufRead + 'static {
        BufReader::with_capacity(HEAD_BYTES, Cursor::new(self.head).chain(self.rest))
    }
}

/// Whether reading failed for what is in the file, such as a damaged archive, and not for the disk.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
    )
}
