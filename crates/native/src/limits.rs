//! Every limit of the driver, each with its reason.

use std::time::Duration;

/// Commands that wait: a program gives them one at a time.
pub const COMMANDS_MAX: usize = 64;
/// Notices that wait for the program; when it is slower, the socket waits too and the server merges.
pub const NOTICES_MAX: usize = 256;
/// Messages read ahead of the manager: enough for one write of the server to all topics.
pub const INCOMING_MAX: usize = 64;
/// Messages that wait to be written: joins of every topic at once, and some.
pub const OUTGOING_MAX: usize = 1024;
/// How long a closing handshake may take before the socket is dropped.
pub const CLOSE_WAIT: Duration = Duration::from_secs(1);
