//! Viewers that read slowly, of themselves and also when nothing is wrong.

use std::time::Duration;

use super::{Machine, What};

/// How many bytes a reader that is quick takes in a second.
const QUICK: u64 = 5_000_000;

/// How a viewer reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    /// A slow one is still given the largest push of rows, and what waits before a join, in the time that its manager
    /// waits for them.
    pub(super) bytes_per_s: u64,
    /// It is too slow for a table that grows by whole imports.
    pub(super) is_slow: bool,
    /// It stops for a while now and then.
    is_halting: bool,
}

impl Reader {
    pub(super) fn new(rng: &mut fastrand::Rng) -> Self {
        let (kind, slow) = (rng.u8(..3), rng.u64(8_000..40_000));
        Self { bytes_per_s: if kind == 0 { slow } else { QUICK }, is_slow: kind == 0, is_halting: kind == 1 }
    }
}

impl Machine {
    /// A reader stops: so that with the silence before it its manager still waits, or for long when nobody looks at it.
    pub(super) fn stall(&mut self, n: usize) {
        let client = &self.clients[n];
        if self.is_over || !client.reader.is_halting {
            return;
        }
        let range = if client.is_hidden && !self.is_calm { 5_000..50_000 } else { 100..2_700 };
        let conn = client.conn.map(|(id, _)| id);
        let span = Duration::from_millis(self.rng.u64(range));
        if let Some(conn) = conn.and_then(|id| self.conns.get_mut(&id)) {
            conn.wire.stall(self.now, span);
            self.trace.note("stalled", n as u64, &[]);
        }
        let at = self.now + span + Duration::from_millis(self.rng.u64(500..10_000));
        self.queue.push(at, What::Stall(n));
    }
}
