//! How a database is opened by who holds its lock: where, how often, and what it failed for.

use crate::refusal::Refusal;
use crate::status::Storage;

/// Milliseconds between two attempts at a file whose handles are still held.
const AGAIN: f64 = 5.0;

/// The name of the error that says that SQLite can't be loaded, and from where.
pub const NO_ENGINE: &str = "NoEngineError";

/// Where a client wants its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// In OPFS, and nowhere else.
    Opfs,
    /// In OPFS, or in memory where there is none.
    OpfsOrMemory,
    /// In memory.
    Memory,
}

impl Wanted {
    /// From the option's name, `opfs` if it is none of the others.
    pub fn named(name: &str) -> Self {
        match name {
            "memory" => Self::Memory,
            "opfs-or-memory" => Self::OpfsOrMemory,
            _ => Self::Opfs,
        }
    }
}

/// What stood in the way of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The engine refused, in its own words.
    Told(Refusal),
    /// The browser threw this.
    Thrown {
        /// The error's name, by which it is known.
        name: String,
        /// The error's message.
        message: String,
    },
}

impl Obstacle {
    /// The file's last owner may outlive its lock by some milliseconds.
    fn is_still_held(&self) -> bool {
        matches!(self, Self::Thrown { name, .. } if name == "NoModificationAllowedError" || name == "InvalidStateError")
    }

    /// The same as a client hears it.
    pub fn into_refusal(self) -> Refusal {
        let (name, message) = match self {
            Self::Told(refusal) => return refusal,
            Self::Thrown { name, message } => (name, message),
        };
        let said = format!("{name}: {message}");
        let (code, message) = match name.as_str() {
            // The server's or the network's fault, and not the browser's want of OPFS.
            NO_ENGINE => ("no_engine", message),
            "QuotaExceededError" => ("quota_exceeded", format!("the browser gave no room for the database ({said})")),
            "SecurityError" | "NotSupportedError" | "UnknownError" | "TypeError" => {
                let lack = "this browser, or its private mode, has no OPFS with sync access handles";
                ("no_opfs", format!("{lack} ({said})"))
            }
            _ => ("io", format!("the database can't be opened: {said}")),
        };
        Refusal::Told { code: code.into(), message, sqlite: None }
    }
}

/// What becomes of an attempt that has failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Another when [`Opening::due`] says so.
    Later,
    /// Another at once, in memory.
    InMemory,
    /// None: this is why.
    Fail(Refusal),
}

/// The opening of one database.
#[derive(Clone, Debug)]
pub struct Opening {
    wanted: Wanted,
    within: f64,
    /// Known once the file was found to be held.
    until: Option<f64>,
    again_at: Option<f64>,
}

impl Opening {
    /// One that waits `within` milliseconds for a file that is held.
    pub fn new(wanted: Wanted, within: f64) -> Self {
        Self { wanted, within, until: None, again_at: None }
    }

    /// Where the next attempt is made.
    pub fn place(&self) -> Storage {
        if self.wanted == Wanted::Memory { Storage::Memory } else { Storage::Opfs }
    }

    /// An attempt has failed.
    pub fn failed(&mut self, obstacle: Obstacle, now: f64) -> Next {
        if obstacle.is_still_held() && now < *self.until.get_or_insert(now + self.within) {
            self.again_at = Some(now + AGAIN);
            return Next::Later;
        }
        let refusal = obstacle.into_refusal();
        if self.wanted == Wanted::OpfsOrMemory && refusal.code() == "no_opfs" {
            // In memory there is nothing else to fall back to.
            self.wanted = Wanted::Memory;
            return Next::InMemory;
        }
        Next::Fail(refusal)
    }

    /// When another attempt is to be made.
    pub fn due(&self) -> Option<f64> {
        self.again_at
    }

    /// That attempt is made, or none is wanted any more.
    pub fn settle(&mut self) {
        self.again_at = None;
    }
}
