//! The browser database for a page that is written in Rust.
//!
//! Types over `@hashi/sqlite`, which does the work: what a tab needs before it leads is JavaScript
//! (`docs/decisions/0038-rust-calls-the-javascript.md`). The package is imported when the first database is opened, by its
//! name: a bundler resolves it, or the page's import map. `docs/sqlite.md` has an example, and says what each call does.

mod batch;
mod client;
mod error;
mod options;
mod package;
mod parameters;
mod queries;
mod rows;
mod statement;
mod status;
mod subscription;
mod transaction;
mod value;

pub use batch::Batch;
pub use client::{Change, DatabaseClient, open, remove, supported};
pub use error::{Code, DatabaseError, Error, Outcome};
pub use options::{Migration, OpenOptions, Storage, Synchronous, Transport};
pub use queries::{Queries, RunResult, Table};
pub use rows::Rows;
pub use statement::Statement;
pub use status::{Queue, Role, Sizes, State, Status, Support, Way};
pub use subscription::Subscription;
pub use transaction::Transaction;
pub use value::{Blob, Value};
