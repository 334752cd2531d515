//! A database worker: in line for the lead, on its way there, in it, out of it.

use std::collections::VecDeque;

use super::clients::{Admission, Clients, Over};
use super::opening::{Next, Obstacle, Opening};
use super::task::{ClientId, Task};
use super::telling::Telling;
use super::ticking::Ticking;
use crate::call::Epoch;
use crate::tab::Leader;

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It waits for the lock.
    Waiting,
    /// It has the lock, and the database is being opened.
    Opening,
    /// It leads.
    Leading(Leader),
    /// It has left, or is not wanted any more.
    Over,
}

/// All that a database worker knows. Each method is something that happened, `now` the time of it in milliseconds by a clock that never goes back;
/// what is to be done afterwards is in [`Candidate::next_task`], and [`Candidate::wake`] is to be called when [`Candidate::due`] says so.
#[derive(Clone, Debug)]
pub struct Candidate {
    phase: Phase,
    opening: Opening,
    clients: Clients,
    telling: Telling,
    ticking: Ticking,
    tasks: VecDeque<Task>,
}

impl Candidate {
    /// One that waits in line.
    pub fn new(opening: Opening) -> Self {
        Self {
            phase: Phase::Waiting,
            opening,
            clients: Clients::default(),
            telling: Telling::default(),
            ticking: Ticking::default(),
            tasks: VecDeque::new(),
        }
    }

    fn then(&mut self, task: Task) {
        self.tasks.push_back(task);
    }

    /// What is to be done next.
    pub fn next_task(&mut self) -> Option<Task> {
        self.tasks.pop_front()
    }

    /// When [`Candidate::wake`] has something to do.
    pub fn due(&self) -> Option<f64> {
        [self.opening.due(), self.telling.due(), self.ticking.due()].into_iter().flatten().reduce(f64::min)
    }

    /// It is that time.
    pub fn wake(&mut self, now: f64) {
        let is_due = |at: Option<f64>| at.is_some_and(|at| at <= now);
        match self.phase {
            Phase::Opening if is_due(self.opening.due()) => self.open(),
            Phase::Leading(leader) => {
                if is_due(self.telling.due()) {
                    self.tell(leader, now);
                }
                if is_due(self.ticking.due()) {
                    self.ticking.settle();
                    self.then(Task::Tick);
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self, leader: Leader, now: f64) {
        self.telling.told(now);
        self.then(Task::Tell(leader.epoch));
    }

    /// The lock is held.
    pub fn granted(&mut self) {
        if self.phase == Phase::Waiting {
            self.phase = Phase::Opening;
            self.open();
        } else {
            // It is not wanted any more.
            self.then(Task::Free);
        }
    }

    fn open(&mut self) {
        self.opening.settle();
        self.then(Task::Open(self.opening.place()));
    }

    /// The database is open: this worker leads.
    pub fn opened(&mut self, epoch: Epoch) {
        if self.phase == Phase::Opening {
            let storage = self.opening.place();
            self.phase = Phase::Leading(Leader { epoch, storage });
            self.then(Task::Lead { epoch, storage });
        } else {
            self.then(Task::Shut);
            self.then(Task::Free);
        }
    }

    /// An attempt to open it has failed.
    pub fn not_opened(&mut self, obstacle: Obstacle, now: f64) {
        if self.phase != Phase::Opening {
            return self.then(Task::Free);
        }
        match self.opening.failed(obstacle, now) {
            Next::Later => {}
            Next::InMemory => self.open(),
            Next::Fail(refusal) => {
                self.phase = Phase::Over;
                self.then(Task::Fail(refusal));
                self.then(Task::Free);
            }
        }
    }

    /// The lock was let go.
    pub fn freed(&mut self) {
        self.phase = Phase::Over;
        self.then(Task::Closed);
    }

    /// What this worker leads with, if it does.
    pub fn leads(&self) -> Option<Leader> {
        match self.phase {
            Phase::Leading(leader) => Some(leader),
            _ => None,
        }
    }

    /// A tab asks who leads.
    pub fn asked(&mut self) {
        if let Some(Leader { epoch, storage }) = self.leads() {
            self.then(Task::Announce { epoch, storage });
        }
    }

    /// A client wants to be taken in; `None` if it isn't. The n-th attempt undoes those before it, and that of the worker's own page is the last:
    /// a broker may still hold earlier ones, made when another tab led.
    pub fn connect(&mut self, client: ClientId, over: Over, attempt: u32) -> Option<Admission> {
        self.leads()?;
        let attempt = if over == Over::Page { u32::MAX } else { attempt };
        self.clients.connect(client, over, attempt)
    }

    /// Whether a call that came over the channel is to be heard: its client may have got a better way meanwhile.
    pub fn hears_on_channel(&self, client: ClientId) -> bool {
        self.leads().is_some() && self.clients.over(client) == Some(Over::Channel)
    }

    /// A client's tab is gone, however it went.
    pub fn gone(&mut self, client: ClientId) {
        if self.clients.remove(client) && self.leads().is_some() {
            self.then(Task::Disconnect(client));
        }
    }

    /// The engine has done something: whether it has committed what was not told yet, and the milliseconds until it wants to tick.
    pub fn served(&mut self, change: bool, wait: Option<f64>, now: f64) {
        let Some(leader) = self.leads() else { return };
        if change {
            self.telling.changed(now);
            if self.telling.due().is_some_and(|at| at <= now) {
                self.tell(leader, now);
            }
        }
        if let Some(wait) = wait {
            self.ticking.wanted(wait, now);
        }
    }

    /// The page wants lock and file back. Calls that come later stay without an answer: their clients send them to the next leader.
    pub fn close(&mut self, now: f64) {
        let pausing = self.opening.due().is_some();
        self.opening.settle();
        self.ticking.settle();
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Leading(leader) => {
                self.tell(leader, now);
                self.then(Task::Shut);
                self.then(Task::Free);
            }
            Phase::Opening if pausing => self.then(Task::Free),
            Phase::Waiting => {
                self.then(Task::Withdraw);
                self.then(Task::Closed);
            }
            // What is under way can't be stopped; its page needn't wait for that, and ends the worker.
            Phase::Opening | Phase::Over => self.then(Task::Closed),
        }
    }
}
