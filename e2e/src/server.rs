//! The server as a child process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::http::Http;
use crate::process::{binary, first_line};

/// The ingest key of every server here.
pub const KEY: &str = "a key for tests";

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running server; it is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    database: PathBuf,
    port: u16,
}

impl Server {
    /// Starts on a free port, with the key.
    ///
    /// # Errors
    /// When it does not say that it listens.
    pub fn start(database: &Path, args: &[&str]) -> Result<Self> {
        Self::start_on(0, database, args, Some(KEY))
    }

    /// Starts on that port (0: a free one), with or without an ingest key.
    ///
    /// # Errors
    /// When it does not say that it listens.
    pub fn start_on(port: u16, database: &Path, args: &[&str], key: Option<&str>) -> Result<Self> {
        let mut command = Command::new(binary()?);
        command
            .arg("serve")
            .arg("--database")
            .arg(database)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(args)
            .env_remove("GOMAFIA_INGEST_KEY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(key) = key {
            command.env("GOMAFIA_INGEST_KEY", key);
        }
        let mut child = command.spawn().context("could not start the server")?;
        let line = first_line(&mut child, START_LIMIT, |line| Some(line.to_owned()));
        let port = line.and_then(|line| port_of(&line));
        match port {
            Ok(port) => Ok(Self { child, database: database.to_owned(), port }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// Starts another server on the same port and database.
    ///
    /// # Errors
    /// When it does not say that it listens.
    pub fn again(&self) -> Result<Self> {
        Self::start_on(self.port, &self.database, &[], Some(KEY))
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its HTTP interface, with the key.
    #[must_use]
    pub fn http(&self) -> Http {
        Http::new(&self.url(), Some(KEY))
    }

    /// Memory of the process that is resident.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }

    /// `kill -9`, and waits until the process is gone.
    ///
    /// # Errors
    /// When it was gone before.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM; answers how it ended and how long that took, up to `limit`.
    ///
    /// # Errors
    /// When it still runs after `limit`.
    pub fn terminate(&mut self, limit: Duration) -> Result<(ExitStatus, Duration)> {
        let start = Instant::now();
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        if !told.success() {
            bail!("kill ended with {told}");
        }
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status, start.elapsed()));
            }
            if start.elapsed() > limit {
                bail!("the server still runs {limit:?} after SIGTERM");
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn port_of(line: &str) -> Result<u16> {
    line.strip_prefix("listening on http://127.0.0.1:")
        .and_then(|port| port.parse().ok())
        .with_context(|| format!("not the line of a listening server: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_the_line() {
        assert_eq!(port_of("listening on http://127.0.0.1:7878").unwrap(), 7878);
        assert!(port_of("hello").is_err());
    }
}
