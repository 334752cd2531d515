//! What `status()` shows of a tab.

/// What a client is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It looks for a leader, or waits for its welcome.
    Connecting,
    /// A leader has welcomed it.
    Ready,
    /// The leader owes an answer for too long.
    Unresponsive,
    /// It is closed.
    Closed,
}

/// Where the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In the origin's private file system.
    Opfs,
    /// In the leader's memory.
    Memory,
}

impl Storage {
    /// From its name.
    pub fn named(name: &str) -> Self {
        if name == "memory" { Self::Memory } else { Self::Opfs }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opfs => "opfs",
            Self::Memory => "memory",
        }
    }
}
