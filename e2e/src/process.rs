//! Child processes and the lines they print.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::server::KEY;

/// The program under test: `GOMAFIA_BIN`, else the one that was built beside this test.
///
/// # Errors
/// When there is none.
pub fn binary() -> Result<PathBuf> {
    let path = match std::env::var_os("GOMAFIA_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            let test = std::env::current_exe()?;
            // target/debug/deps/test → target/debug/gomafia
            let folder =
                test.parent().and_then(|deps| deps.parent()).context("the test has no target folder")?;
            folder.join("gomafia")
        }
    };
    if !path.is_file() {
        bail!("there is no binary at {}: `cargo xtask build` makes it", path.display());
    }
    Ok(path)
}

/// A process that ran to its end.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Everything it printed.
    pub stdout: String,
    /// Everything it logged.
    pub stderr: String,
}

impl Finished {
    /// The last line of stdout as JSON.
    ///
    /// # Errors
    /// When there is none, or it is no JSON.
    pub fn last_json(&self) -> Result<Value> {
        let line = self.stdout.lines().last().with_context(|| format!("no output; {}", self.stderr))?;
        serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))
    }
}

/// Runs the program under test to its end.
///
/// # Errors
/// When it cannot be started.
pub fn run(args: &[&str]) -> Result<Finished> {
    finish(Command::new(binary()?).args(args))
}

/// The same with the ingest key of every server here.
///
/// # Errors
/// When it cannot be started.
pub fn run_with_key(args: &[&str]) -> Result<Finished> {
    finish(Command::new(binary()?).args(args).env("GOMAFIA_INGEST_KEY", KEY))
}

fn finish(command: &mut Command) -> Result<Finished> {
    let output = command.stdin(Stdio::null()).output()?;
    Ok(Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Waits for the first line of a child's stdout that `wanted` accepts.
///
/// What comes after is read to its end, so that the child never blocks on a full pipe.
///
/// # Errors
/// When the output ends or `limit` passes first.
pub fn first_line<T: Send + 'static>(
    child: &mut Child,
    limit: Duration,
    wanted: impl Fn(&str) -> Option<T> + Send + 'static,
) -> Result<T> {
    let stdout: ChildStdout = child.stdout.take().context("stdout is not a pipe")?;
    let (found, answer) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(value) = wanted(&line)
                && found.send(value).is_err()
            {
                // Nobody waits any more; reading on keeps the pipe empty.
            }
        }
    });
    answer.recv_timeout(limit).context("the line that was waited for did not come")
}
