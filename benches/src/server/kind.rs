//! The servers that are compared, each at its best settings.

use std::path::{Path, PathBuf};

use anyhow::Result;
use realtime_protocol::message::{DeltaPush, event};
use realtime_protocol::{Delta, Frame, StateHash};

use super::check::Stream;
use super::crowd::Wish;
use super::process::{Publisher, rivals};

/// A server that publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ours with viewers of a view: what waits for a viewer is one delta.
    View,
    /// Ours with viewers of a table: each message arrives as a row of its own.
    Table,
    /// A loop that writes each message to each socket: the least work a server without merging can do.
    Loop,
    /// A loop that writes all that waits to each socket at once: the least work there is.
    Coalescing,
    /// axum's WebSocket behind a broadcast channel.
    Axum,
    /// Bun's `publish`.
    Bun,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Table => "table",
            Self::Loop => "loop",
            Self::Coalescing => "coalescing_loop",
            Self::Axum => "axum",
            Self::Bun => "bun",
        }
    }

    pub(crate) fn wish(self) -> Wish {
        let (stream, topic) = match self {
            Self::View => (Stream::View, "view:bench"),
            Self::Table => (Stream::Table, "table:bench"),
            Self::Loop | Self::Coalescing | Self::Axum | Self::Bun => (Stream::Numbered, ""),
        };
        Wish { stream, topic, throttle_ms: 0 }
    }

    /// Starts it; `bun` is the path of that program.
    pub(crate) fn start(self, bun: Option<&Path>) -> Result<Option<Publisher>> {
        let bytes = message_bytes()?.to_string();
        if self == Self::Bun {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals/bun.ts");
            let script = script.to_string_lossy();
            return bun.map(|bun| Publisher::start(bun, &[&script, &bytes])).transpose();
        }
        Publisher::start(&rivals()?, &[self.name(), &bytes]).map(Some)
    }
}

/// Where Bun is, as `cargo xtask bench` found it.
pub(crate) fn bun() -> Option<PathBuf> {
    std::env::var_os("GOMAFIA_BUN").map(PathBuf::from)
}

/// Bytes of a message: those of a delta of ours with one key, so that everybody sends as much.
///
/// Ours has a number of six digits, because the bench server's log begins at 100,000.
pub(crate) fn message_bytes() -> Result<usize> {
    let mut delta = Delta::default();
    delta.put("n", 100_001);
    let hash = StateHash(u64::MAX);
    let push = DeltaPush {
        from: 100_000,
        to: 100_001,
        commits: 1,
        hash,
        delta,
        at_ms: Some(1_800_000_000_000),
        last: true,
    };
    Ok(Frame::encode(None, None, "view:bench", event::DELTA, &push)?.len())
}
