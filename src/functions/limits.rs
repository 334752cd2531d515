//! What a function's settings may be at most, and are where nothing is said.

use std::time::Duration;

/// The memory of a call, in pages of 64 KiB.
pub const MEMORY_PAGES: Limit = Limit { name: "memory_pages", default: 256, most: 1024 };
/// The time of a call, in milliseconds.
pub const EXECUTION_MS: Limit = Limit { name: "max_execution_ms", default: 5_000, most: 30_000 };
/// The fuel of a call.
pub const FUEL: Limit = Limit { name: "max_fuel", default: 1_000_000_000, most: 100_000_000_000 };
/// The outbound requests of a call, once they are enabled.
pub const HTTP_REQUESTS: Limit = Limit { name: "permissions.max_http_requests", default: 100, most: 100 };

/// The most bytes of a module.
pub const MODULE_BYTES: usize = 10 * 1024 * 1024;
/// How many bytes a module of `size` bytes takes while it is prepared, on its way to the isolate that does it and back: the largest were seen to take 58 to 74 MiB.
pub fn preparing(size: u64) -> u64 {
    size.saturating_mul(7)
}
/// How long an upload waits for room to be prepared.
pub const ROOM_WAIT: Duration = Duration::from_secs(10);
/// How long preparing takes at most: two tries of 30 seconds, and what is read, noted and stored around them, of which each step has its own time.
pub const PREPARE_WAIT: Duration = Duration::from_secs(240);
/// How long after its last byte came an upload may still use what it stored.
pub const AFTER_UPLOAD: Duration = ROOM_WAIT.saturating_add(PREPARE_WAIT);
/// The most host patterns of a function.
pub const HOST_PATTERNS: usize = 64;

/// A setting that is a whole number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The setting.
    pub name: &'static str,
    /// What it is where nothing is said.
    pub default: u64,
    /// What it may be.
    pub most: u64,
}

impl Limit {
    /// Whether `value` is in range; otherwise what would be right.
    pub fn check(&self, value: u64) -> Result<(), String> {
        if (1..=self.most).contains(&value) {
            return Ok(());
        }
        Err(format!("{}: expected a whole number from 1 to {}, got {value}", self.name, self.most))
    }
}
