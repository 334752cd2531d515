//! When all tabs are told of commits.

/// Commits that follow one another within these milliseconds are told together.
const EVERY: f64 = 8.0;

/// The last time that it was told, and the next.
#[derive(Clone, Debug)]
pub struct Telling {
    told_at: f64,
    at: Option<f64>,
}

impl Default for Telling {
    fn default() -> Self {
        Self { told_at: f64::NEG_INFINITY, at: None }
    }
}

impl Telling {
    /// Something was committed: it is to be told when [`Telling::due`] says so.
    pub fn changed(&mut self, now: f64) {
        self.at.get_or_insert((self.told_at + EVERY).max(now));
    }

    /// It is told.
    pub fn told(&mut self, now: f64) {
        (self.told_at, self.at) = (now, None);
    }

    /// When it is to be told.
    pub fn due(&self) -> Option<f64> {
        self.at
    }
}
