//! Every limit of the protocol, each with its reason.

/// Longest frame a server reads: joins and heartbeats are far below, a flood is cut early.
pub const CLIENT_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Longest frame a client reads: a state of ten years of days and hours is below 4 MiB.
pub const SERVER_FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest topic: parameters are short, and a topic is echoed in each frame.
pub const TOPIC_BYTES_MAX: usize = 1024;
/// Conditions of one filter: the widest table has 26 columns.
pub const FILTER_CONDITIONS_MAX: usize = 32;
/// Values of one list in a filter: each row is compared with them all.
pub const FILTER_VALUES_MAX: usize = 100;
