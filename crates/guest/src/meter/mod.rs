//! Writes into a core module the bounds that V8 doesn't keep: fuel, memory, tables, and the depth of calls.
//!
//! docs/metering.md says what the pass does and what a host has to do. In short: a first look validates (`module`, `facts`), the call graph
//! tells who pays for whom (`graph`), every function is cut into regions with a cost each (`regions`, `account`), and the module is
//! written again with the charges in it (`body`, `encode`).

mod account;
mod body;
mod encode;
mod facts;
mod graph;
mod module;
mod names;
mod regions;
pub mod schedule;
mod state;

use crate::{PlatformLimits, Refusal};

/// Words of the host's stack that nested calls may take by default: what a host sets `hashi:stack` to before a call.
///
/// Its estimate, 320 KB, is a third of what V8 gives; frames are sometimes larger than their estimate.
pub const DEFAULT_STACK: i32 = 40_000;

/// Where a core module has its state: fuel, stack, pages, dirty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The module defines the state and exports it.
    Owner,
    /// The module imports it from module `hashi`, so that several core modules of one component have the same.
    Sharer,
}

/// Meters a core module: the same module with its work, memory, tables and stack bounded.
///
/// The result depends on the arguments alone, byte for byte.
///
/// # Errors
/// Bytes that aren't a valid core module of our feature set, names that are reserved, an operator that the meter doesn't know, more memory
/// or larger tables from the beginning than the platform takes, more code than V8 or the platform takes once the charges are in it.
pub fn meter(core: &[u8], limits: &PlatformLimits, role: Role) -> Result<Vec<u8>, Refusal> {
    let module = module::Module::read(core)?;
    names::refuse_reserved(&module)?;
    encode::encode(&module, limits, role)
}
