//! The calls of the protocol that a tab tells apart, by their numbers; `docs/sqlite.md` lists all.

/// What a statement is and reads.
pub const PREPARE: u8 = 5;
/// Rows chunk by chunk.
pub const ITERATE: u8 = 6;
/// The next chunk.
pub const NEXT: u8 = 7;
/// Opens a transaction.
pub const BEGIN: u8 = 9;
/// Ends a transaction with what it did.
pub const COMMIT: u8 = 10;
/// The whole database as a file.
pub const EXPORT: u8 = 12;
/// How the leader is.
pub const STATUS: u8 = 14;

/// Whether a call only reads, whatever its text is.
pub fn only_reads(op: u8) -> bool {
    matches!(op, PREPARE | ITERATE | NEXT | EXPORT | STATUS)
}
