//! A page's own worker: the one that waits to lead, started anew when it is gone.

/// Milliseconds within which a new worker's script has to run.
const ALIVE_WITHIN: f64 = 10_000.0;

/// Milliseconds until a worker that could not open the file is replaced.
const FAILED_AGAIN: f64 = 1000.0;

/// Which worker there is, and when it is to be replaced.
#[derive(Clone, Debug, Default)]
pub struct Worker {
    /// How many there were; the number of the one that is there.
    pub count: u32,
    replace_at: Option<f64>,
}

impl Worker {
    /// A new one starts; its number.
    pub fn start(&mut self, now: f64) -> u32 {
        self.count += 1;
        self.replace_at = Some(now + ALIVE_WITHIN);
        self.count
    }

    /// Its script runs.
    pub fn alive(&mut self) {
        self.replace_at = None;
    }

    /// It could not open the file; what stood in the way may pass.
    pub fn failed(&mut self, now: f64) {
        self.replace_at = Some(now + FAILED_AGAIN);
    }

    /// None is wanted any more.
    pub fn stop(&mut self) {
        self.replace_at = None;
    }

    /// When it is to be replaced.
    pub fn due(&self) -> Option<f64> {
        self.replace_at
    }
}
