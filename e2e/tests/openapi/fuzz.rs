//! Requests made from the document by schemathesis, where that program is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{KEY, Server};

use crate::document::Document;

const PROGRAM: &str = "schemathesis";
/// The same requests in every run.
const SEED: &str = "20261124";
/// Made-up requests of one operation in one phase; all phases together make about 1,500 requests.
const EXAMPLES_MAX: &str = "15";
/// A run takes half of it on two busy cores.
const RUN_MAX: Duration = Duration::from_secs(60);

/// Where the program stands on `PATH`.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(PROGRAM)).find(|file| file.is_file())
}

#[test]
fn requests_made_from_the_document_are_answered_as_it_says() -> Result<()> {
    let Some(program) = installed() else {
        println!("skipped: no {PROGRAM} on PATH");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("fuzz.sqlite"), &[])?;
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi");
    let mut child = Command::new(program)
        .arg("--config-file")
        .arg(own.join("schemathesis.toml"))
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", server.url()))
        .args(["--header", &format!("Authorization: Bearer {KEY}")])
        .args(["--seed", SEED, "--max-examples", EXAMPLES_MAX, "--workers", "1"])
        .args(["--generation-database", "none", "--no-color"])
        .env("SCHEMATHESIS_HOOKS", own.join("schemathesis_hooks.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let mut output = child.stdout.take().context("stdout is not a pipe")?;
    let (sender, told) = mpsc::channel();
    let reader = thread::spawn(move || sender.send(std::io::read_to_string(&mut output)));
    let Ok(report) = told.recv_timeout(RUN_MAX) else {
        child.kill()?;
        child.wait()?;
        anyhow::bail!("{PROGRAM} still ran after {RUN_MAX:?}");
    };
    reader.join().ok().context("the reading thread failed")??;
    let (report, ended) = (report?, child.wait()?);
    ensure!(ended.success(), "{PROGRAM} found something:\n{report}");
    // It leaves out the address from which it took the document.
    let others = Document::of(&server)?.operations()?.len() - 1;
    ensure!(report.contains(&format!("Tested: {others}\n")), "not every operation was tried:\n{report}");
    Ok(())
}
