//! What an import of real files takes, and that its memory does not grow with the file.

use std::ffi::OsString;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::figure::{Figures, Target};
use crate::games::game;

const SMALL: u64 = 10_000;
const LARGE: u64 = 100_000;
const LOOK_EVERY: Duration = Duration::from_millis(10);
const KIB_IN_MIB: f64 = 1024.0;

/// The folder of `GOMAFIA_DATA_DIR`, all formats, into a new database.
pub(crate) fn recorded(figures: &Figures) -> Result<()> {
    let Some(data) = std::env::var_os("GOMAFIA_DATA_DIR") else {
        writeln!(std::io::stderr(), "import_recorded_data: not measured, GOMAFIA_DATA_DIR is not set")?;
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let (status, _) = import(&folder.path().join("recorded.sqlite"), Path::new(&data))?;
    anyhow::ensure!(status.success(), "the import ended with {status}");
    figures.print("import_recorded_data", began.elapsed().as_secs_f64(), "s", Target::AtMost(5.0))?;
    Ok(())
}

/// Peak memory with a file and with one ten times as long.
pub(crate) fn memory(figures: &Figures) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut peaks = Vec::new();
    for games in [SMALL, LARGE] {
        let file = folder.path().join(format!("{games}.jsonl"));
        let mut out = BufWriter::new(fs::File::create(&file)?);
        for n in 0..games {
            writeln!(out, "{}", game(n))?;
        }
        out.flush()?;
        let (status, peak) = import(&folder.path().join(format!("{games}.sqlite")), &file)?;
        anyhow::ensure!(status.success(), "the import of {games} games ended with {status}");
        peaks.push(peak);
    }
    let [small, large] = peaks[..] else { anyhow::bail!("two imports have two peaks") };
    figures.print("import_peak_memory_100000", large / KIB_IN_MIB, "MiB", Target::None)?;
    figures.print("import_peak_memory_10000", small / KIB_IN_MIB, "MiB", Target::None)?;
    Ok(())
}

/// How the import ended, and the most memory that was resident, in KiB.
fn import(database: &Path, file: &Path) -> Result<(ExitStatus, f64)> {
    let args: [OsString; 4] =
        ["import".into(), "--database".into(), database.as_os_str().into(), file.as_os_str().into()];
    let child =
        Command::new(e2e::binary()?).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    watch(child)
}

/// The kernel keeps the high-water mark; the last look before the end is near it.
fn watch(mut child: Child) -> Result<(ExitStatus, f64)> {
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, peak));
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            let number = line.trim().trim_end_matches("kB").trim();
            peak = number.parse().context("the kernel tells VmHWM in kB")?;
        }
        thread::sleep(LOOK_EVERY);
    }
}
