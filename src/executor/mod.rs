//! Running functions: from a request for a call to its outcome, and what is remembered of it.
//!
//! `resolve function → access check → bundle (kept, or from the object store and verified) → isolate → outcome → history`

pub mod api;
pub mod cache;
pub mod call;
pub mod called;
pub mod changing;
pub mod entry;
pub mod failure;
pub mod flight;
pub mod gateway;
pub mod history;
pub mod known;
pub mod limits;
pub mod outcome;
pub mod record;
pub mod runnable;
pub mod scheduled;
pub mod slots;

pub use call::Executor;
pub use runnable::{Permitted, Runnable};
