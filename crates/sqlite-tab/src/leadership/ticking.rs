//! When the engine is asked to end what has waited too long.

/// Milliseconds that one tick may be earlier or later than it has to.
const SLACK: f64 = 1.0;

/// The next tick.
#[derive(Clone, Debug, Default)]
pub struct Ticking {
    at: Option<f64>,
}

impl Ticking {
    /// The engine has something to do in `wait` milliseconds; an earlier tick stays, for it asks again after that.
    pub fn wanted(&mut self, wait: f64, now: f64) {
        let at = now + wait.max(SLACK);
        if self.at.is_none_or(|set| at + SLACK < set) {
            self.at = Some(at);
        }
    }

    /// It has ticked, or is not to any more.
    pub fn settle(&mut self) {
        self.at = None;
    }

    /// When it is to tick.
    pub fn due(&self) -> Option<f64> {
        self.at
    }
}
