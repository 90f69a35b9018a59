//! How a session is given the rows that it asks for, as `ws` and `reader` do.

use realtime_server::read_rows;
use realtime_server::rows::{Rows, frames};
use realtime_server::session::Read;

use super::{Machine, What};
use crate::rows::Plain;
use crate::watch::{Broken, Rule};

impl Machine {
    /// A session wants rows; they come soon, or when others have had theirs.
    pub(super) fn ask_rows(&mut self, id: u64, read: Read) {
        let is_late = self.rng.u8(..10) == 0;
        self.after_ms(if is_late { 100..2_000 } else { 0..10 }, What::Rows(id, read));
    }

    /// The rows were read: from what the hub keeps, else from the log.
    pub(super) fn rows(&mut self, id: u64, read: &Read) -> Result<(), Broken> {
        let Read { join, selection, from, to } = read;
        let Some(hub) = self.hub_of(id) else { return Ok(()) };
        let recent = hub.recent(selection, *from, *to);
        let (kind, rows) = match recent {
            Some(commits) => {
                let to = commits.last().map_or(*to, |commit| commit.offset);
                let frames = frames(&Plain, selection, *from, commits.iter().map(|commit| &**commit), to);
                let frames = frames.map_err(|error| self.fault_of(Rule::Server, error.to_string()))?;
                ("rows kept", Rows::Frames { to, frames })
            }
            None => {
                let mut log = self.truth()?.log.clone();
                let rows = read_rows(&mut log, &Plain, selection, *from, *to);
                let rows = rows.map_err(|error| self.fault_of(Rule::Server, error.to_string()))?;
                (if matches!(rows, Rows::Expired) { "rows expired" } else { "rows read" }, rows)
            }
        };
        self.trace.note(kind, id, &from.to_le_bytes());
        self.hand_rows(id, *join, rows)
    }
}
