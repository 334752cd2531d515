//! Names of locks that tabs share. `key` is what the database is known by among them.

use std::fmt::Display;

/// The lock that says that a client is there. A leader looks for it in `js/sqlite/channel.js`, by the same name.
pub fn client_lock(key: &str, id: impl Display) -> String {
    format!("{key}:client:{id}")
}

/// The lock that says that a client's n-th worker is there: the worker is told its name.
pub fn worker_lock(key: &str, id: u64, count: u32) -> String {
    format!("{key}:worker:{id}:{count}")
}
