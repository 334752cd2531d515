//! Kept answers: fresh, stale while they are made anew, and stale when they can't be.

pub mod entry;
pub mod flow;
pub mod freshness;
pub mod store;

pub use entry::Fresh;
pub use flow::{Cache, Lookup};
pub use freshness::{Freshness, State};
