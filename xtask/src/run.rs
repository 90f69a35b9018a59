//! The demo season on this machine.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::build::{self, Kind};
use crate::workspace::Workspace;

const PORT: u16 = 7878;

/// Builds everything and serves until the server ends; answers only when it could not start.
pub(crate) fn run(workspace: &Workspace, kind: Kind, args: &[String]) -> Result<ExitCode> {
    let binary = build::all(workspace, kind)?;
    let database = workspace.target().join("demo.sqlite");
    remove_database(&database)?;
    let mut command = Command::new(binary);
    command.args(["serve", "--demo"]);
    if !args.iter().any(|a| a.starts_with("--database")) {
        command.arg("--database").arg(&database);
    }
    if !args.iter().any(|a| a.starts_with("--listen")) {
        command.arg("--listen").arg(listen_address());
    }
    // The server takes this process's place, so that every signal reaches it.
    Err(command.args(args).exec()).context("could not start the server")
}

fn listen_address() -> String {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok();
    format!("127.0.0.1:{}", if free { PORT } else { 0 })
}

/// The demo starts anew; SQLite's two side files belong to the database.
fn remove_database(database: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("could not remove the last demo"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_gives_way_to_a_free_one() {
        // Whether or not this succeeds, the port is busy afterwards.
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT));
        assert_eq!(listen_address(), "127.0.0.1:0");
    }

    #[test]
    fn removing_a_database_takes_its_side_files() {
        let path = std::env::temp_dir().join(format!("xtask-run-{}.sqlite", std::process::id()));
        let wal = path.with_extension("sqlite-wal");
        fs::write(&path, "x").unwrap();
        fs::write(&wal, "x").unwrap();
        remove_database(&path).unwrap();
        assert!(!path.exists() && !wal.exists());
        remove_database(&path).unwrap();
    }
}
