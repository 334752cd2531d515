//! Names of locks that tabs share. `key` is what the database is known by among them.

const CLIENT: &str = ":client:";

/// The lock that says that a client is there.
pub fn client_lock(key: &str, id: u64) -> String {
    format!("{key}{CLIENT}{id}")
}

/// The client that a lock says is there, if the lock is one of those.
pub fn client_of(key: &str, lock: &str) -> Option<u64> {
    lock.strip_prefix(key)?.strip_prefix(CLIENT)?.parse().ok()
}

/// The lock that says that a client's n-th worker is there: the worker is told its name.
pub fn worker_lock(key: &str, id: u64, count: u32) -> String {
    format!("{key}:worker:{id}:{count}")
}
