//! A program in a terminal: what it shows, and keys for it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use pty_process::{Size, blocking};
use rustix::termios::{LocalModes, tcgetattr};

use crate::process::binary;

const SIZE: (u16, u16) = (24, 120);
const PATIENCE: Duration = Duration::from_secs(30);

/// The program under test in a terminal of its own; it is killed when dropped.
pub struct Terminal {
    child: Child,
    keyboard: File,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("lines", &self.lines()).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Starts the program under test.
    ///
    /// # Errors
    /// When there is no terminal or no program.
    pub fn run(args: &[&str]) -> Result<Self> {
        let (pty, inner) = blocking::open()?;
        let (rows, columns) = SIZE;
        pty.resize(Size::new(rows, columns))?;
        let child = blocking::Command::new(binary()?).args(args).spawn(inner)?;
        let keyboard = File::from(OwnedFd::from(pty));
        let mut shown = keyboard.try_clone()?;
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end of the program is an error here, and the end of what there is to read.
            while let Ok(read @ 1..) = shown.read(&mut bytes) {
                if sender.send(bytes.iter().take(read).copied().collect()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(rows.try_into()?, columns.try_into()?, 0);
        Ok(Self { child, keyboard, output, screen })
    }

    /// Presses keys.
    ///
    /// # Errors
    /// When the program is gone.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        Ok(self.keyboard.write_all(keys.as_bytes())?)
    }

    /// Waits until `wanted` accepts the lines that the screen shows, those without text left out.
    ///
    /// # Errors
    /// When that does not come about.
    pub fn wait_for(&mut self, wanted: impl Fn(&[String]) -> bool) -> Result<Vec<String>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let lines = self.lines();
            if wanted(&lines) {
                return Ok(lines);
            }
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    bail!("the screen never showed it:\n{}", lines.join("\n"))
                }
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let lines = self.screen.screen().rows(0, SIZE.1);
        lines.map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// Whether keys are echoed and lines edited, as a shell expects it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn is_cooked(&self) -> Result<bool> {
        let modes = tcgetattr(&self.keyboard)?.local_modes;
        Ok(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG))
    }

    /// Whether the cursor can be seen, once everything that was printed is on the screen.
    pub fn has_cursor(&mut self) -> bool {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
        }
        !self.screen.screen().hide_cursor()
    }

    /// Sends SIGTERM.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn terminate(&self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        told.success().then_some(()).with_context(|| format!("kill ended with {told}"))
    }

    /// Waits until the program has ended.
    ///
    /// # Errors
    /// When it does not end.
    pub fn end(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("the program does not end");
            }
            thread::yield_now();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // An error means that it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
