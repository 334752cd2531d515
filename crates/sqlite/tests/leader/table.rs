//! A database file for a test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Rig;

pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("hashi-sqlite-{}-{next}.db", std::process::id())))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// Closes the leader and counts a table's rows from outside.
    pub(crate) fn count(&self, table: &str, rig: Rig) -> i64 {
        rig.leader.close().unwrap();
        let outside = rusqlite::Connection::open(&self.0).unwrap();
        outside.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            // Where there is no such file there is nothing to remove.
            let _ = std::fs::remove_file(path);
        }
    }
}
