//! One worker with its clock.

use hashi_sqlite_tab::leadership::candidate::Candidate;
use hashi_sqlite_tab::leadership::opening::{Obstacle, Opening, Wanted};
use hashi_sqlite_tab::leadership::task::Task;

/// Milliseconds within which it is to open.
pub const WITHIN: f64 = 100.0;
pub const EPOCH: u64 = 4;
pub const CLIENT: u64 = 7;
pub const OTHER: u64 = 8;

pub struct Rig {
    pub worker: Candidate,
    pub now: f64,
}

/// What a browser throws.
pub fn thrown(name: &str) -> Obstacle {
    Obstacle::Thrown { name: name.into(), message: "no".into() }
}

impl Rig {
    /// One that waits for the lock.
    pub fn waiting(wanted: Wanted) -> Self {
        Self { worker: Candidate::new(Opening::new(wanted, WITHIN)), now: 1000.0 }
    }

    /// One that has the lock and SQLite, and makes its first attempt to open.
    pub fn opening(wanted: Wanted) -> Self {
        let mut rig = Self::waiting(wanted);
        rig.worker.granted();
        rig
    }

    /// One that leads.
    pub fn leading() -> Self {
        let mut rig = Self::opening(Wanted::Opfs);
        rig.worker.opened(EPOCH);
        rig.tasks();
        rig
    }

    /// What is to be done.
    pub fn tasks(&mut self) -> Vec<Task> {
        std::iter::from_fn(|| self.worker.next_task()).collect()
    }

    pub fn fails(&mut self, obstacle: Obstacle) -> Vec<Task> {
        self.worker.not_opened(obstacle, self.now);
        self.tasks()
    }

    pub fn served(&mut self, change: bool, wait: Option<f64>) -> Vec<Task> {
        self.worker.served(change, wait, self.now);
        self.tasks()
    }

    pub fn close(&mut self) -> Vec<Task> {
        self.worker.close(self.now);
        self.tasks()
    }

    /// Lets time pass, with all that is due in it; what was to be done meanwhile, and when.
    pub fn pass(&mut self, milliseconds: f64) -> Vec<(f64, Task)> {
        let end = self.now + milliseconds;
        let mut done = Vec::new();
        while let Some(due) = self.worker.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.worker.wake(self.now);
            done.extend(self.tasks().into_iter().map(|task| (self.now, task)));
        }
        self.now = end;
        done
    }
}
