//! The browser database: one SQLite on OPFS for any number of tabs.
//!
//! One tab's worker is the leader and has the only connection; `docs/sqlite.md` has the protocol between tabs. Everything here but
//! `edge` is plain Rust and runs natively too.

pub mod call;
pub mod database;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod failure;
pub mod guard;
pub mod leader;
pub mod ledger;
pub mod migration;
pub mod named;
pub mod pack;
mod perform;
pub mod protocol;
pub mod session;
pub mod sql;
pub mod statement;
mod transaction;
mod transfer;
mod turns;
pub mod value;
