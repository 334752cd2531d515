//! The browser database's tab: who leads, how calls get there, and what becomes of them when the leader goes.
//!
//! Every page that opens a database has one of these, SQLite only the one that leads. `docs/sqlite.md` has the protocol. Everything here but
//! `edge` is plain Rust: it takes what happened and the time, and says what is to be done.

pub mod asking;
pub mod broker;
pub mod call;
pub mod calls;
mod closing;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod effect;
mod election;
pub mod handover;
pub mod leadership;
pub mod link;
pub mod names;
pub mod op;
pub mod protocol;
pub mod pulse;
pub mod refusal;
pub mod settings;
pub mod status;
pub mod tab;
pub mod worker;
