//! The version of the protocol between tabs.

/// What this side speaks; a HELLO and its answer carry it. 0 is what a side speaks that names none.
///
/// It grows when a tab of the one version and a leader of the other can't do with each other, and then `crates/sqlite/src/protocol.rs` has the
/// same.
pub const VERSION: u32 = 1;
