//! The terminal: raw while it is held, lines that scroll above lines that are drawn again.

use std::io::{self, Write as _};
use std::sync::Once;

use crossterm::cursor::{Hide, MoveToColumn, MoveUp, Show};
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode, size};
use crossterm::{execute, queue};

/// A terminal in raw mode; dropped, it is as it was.
#[derive(Debug)]
pub(super) struct Terminal {
    /// How many lines stand below.
    drawn: u16,
}

impl Terminal {
    /// Takes the terminal of this process.
    ///
    /// # Errors
    /// When it refuses.
    pub(super) fn enter() -> io::Result<Self> {
        restore_on_panic();
        enable_raw_mode()?;
        let terminal = Self { drawn: 0 };
        execute!(io::stdout(), Hide)?;
        Ok(terminal)
    }

    /// The columns that a line may fill.
    pub(super) fn columns(&self) -> usize {
        // The last column stays free: after it, terminals differ in where the cursor is.
        size().map_or(79, |(columns, _)| usize::from(columns).saturating_sub(1))
    }

    /// Lets `above` scroll and draws `below` anew under it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn draw(&mut self, above: &[String], below: &[String]) -> io::Result<()> {
        let rows = size().map_or(24, |(_, rows)| usize::from(rows));
        let below = below.get(below.len().saturating_sub(rows)..).unwrap_or_default();
        // One write for all of it, so that no half of it is ever seen.
        let mut out = Vec::new();
        queue!(out, MoveToColumn(0))?;
        // Moving up by nothing would still move up by one.
        if self.drawn > 1 {
            queue!(out, MoveUp(self.drawn - 1))?;
        }
        queue!(out, Clear(ClearType::FromCursorDown))?;
        for line in above {
            queue!(out, Print(line), Print("\r\n"))?;
        }
        queue!(out, Print(below.join("\r\n")))?;
        self.drawn = u16::try_from(below.len()).unwrap_or(u16::MAX);
        let mut stdout = io::stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// The cursor back on a line of its own, and the modes as they were.
fn restore() {
    // When the terminal is gone there is nothing to restore, and nobody to tell.
    execute!(io::stdout(), Print("\r\n"), Show).ok();
    disable_raw_mode().ok();
}

/// A panic is told on a terminal that can show it.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            told(panic);
        }));
    });
}
