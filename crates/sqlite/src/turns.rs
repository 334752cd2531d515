//! Whose turn it is: the calls that wait while another client's transaction is open, and for how long they do.

use std::collections::VecDeque;

use crate::call::{Call, Request};
use crate::failure::{Code, Failure};
use crate::leader::{Leader, Out};
use crate::ledger::ClientId;
use crate::transaction::Open;

/// A call in the line.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) client: ClientId,
    pub(crate) request: Request,
    pub(crate) since: f64,
}

impl Leader {
    /// Whether another transaction is open; a call that names one that isn't fails at once.
    pub(crate) fn must_wait(&self, client: ClientId, request: &Request) -> bool {
        // Who only says hello changes nothing: it must not fail because somebody's transaction takes long.
        if let Call::Hello(migrations) = &request.call
            && migrations.last().is_none_or(|last| last.version <= self.schema)
        {
            return false;
        }
        let own = self.open.as_ref().is_none_or(|open| open.client == client && open.name == request.transaction);
        !own && request.transaction == 0
    }

    /// Serves those who wait, until one of them opens a transaction.
    pub(crate) fn drain(&mut self, out: &mut impl Out) {
        while self.open.is_none() {
            let Some(Waiting { client, request, .. }) = self.queue.pop_front() else { return };
            self.serve(client, request, self.database.now(), out);
        }
    }

    /// When `tick` has something to do next, in milliseconds since 1970.
    pub fn next_tick(&self) -> Option<f64> {
        let calls = self.queue.iter().map(|waiting| self.patient_until(waiting));
        let idle = self.open.as_ref().filter(|_| !self.queue.is_empty()).map(|open| open.last + self.patience.idle);
        calls.chain(idle).filter(|at| at.is_finite()).min_by(f64::total_cmp)
    }

    fn patient_until(&self, waiting: &Waiting) -> f64 {
        if let Call::Hello(_) = waiting.request.call {
            return f64::INFINITY;
        }
        let busy = self.sessions.get(&waiting.client).map_or(self.patience.busy, |session| session.busy);
        (waiting.since + busy).min(waiting.request.deadline)
    }

    /// Ends what has waited too long.
    pub fn tick(&mut self, now: f64, out: &mut impl Out) {
        let idle = |open: &Open| now - open.last >= self.patience.idle;
        if let Some(open) = self.open.take_if(|open| !self.queue.is_empty() && idle(open)) {
            let (client, name) = (open.client, open.name);
            self.open = Some(open);
            self.roll_back();
            if let Some(session) = self.sessions.get_mut(&client) {
                session.expired = name;
            }
            self.drain(out);
        }
        let mut patient = VecDeque::new();
        for waiting in std::mem::take(&mut self.queue) {
            if self.patient_until(&waiting) > now {
                patient.push_back(waiting);
                continue;
            }
            let own = self.open.as_ref().is_some_and(|open| open.client == waiting.client);
            let whose = if own {
                "this tab's own transaction is open (inside it, use tx)"
            } else {
                "another tab's transaction is open"
            };
            let failure = if waiting.request.deadline <= now {
                Failure::new(Code::Timeout, format!("the deadline passed while {whose}; nothing was applied"))
            } else {
                let waited = now - waiting.since;
                Failure::new(
                    Code::Busy,
                    format!("{whose}, for longer than busyTimeout ({waited:.0} ms); nothing was applied"),
                )
            };
            out.answer(waiting.client, waiting.request.id, Err(failure));
        }
        self.queue = patient;
    }
}
