//! What of the options of `open()` decides how a tab behaves.

/// Milliseconds may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Until a leader that owes an answer counts as unresponsive.
    pub unresponsive_after: f64,
    /// Until a tab replaces its own worker that hangs as leader.
    pub hang_after: f64,
    /// Until opening fails.
    pub open_timeout: f64,
    /// Whether there are SharedWorkers, and they may be used.
    pub brokered: bool,
    /// Whether a database that is only in memory is to be refused.
    pub only_opfs: bool,
}

impl Settings {
    /// Milliseconds between two questions whether the leader is there.
    pub fn pulse(&self) -> f64 {
        (self.unresponsive_after / 4.0).clamp(20.0, 250.0)
    }

    /// Milliseconds that closing waits for answers that are under way.
    pub fn patience(&self) -> f64 {
        self.unresponsive_after.max(100.0) * 2.0
    }
}
