//! Calls: made, answered, taken back, given up.

use crate::call::{Call, CallId, Epoch};
use crate::effect::Effect;
use crate::handover::{self, Successor};
use crate::op;
use crate::refusal::Refusal;
use crate::status::State;
use crate::tab::Tab;

/// Milliseconds that a leader's own word on a deadline is waited for: it knows whether the call was begun.
const GRACE: f64 = 150.0;

/// A call as it is made.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Which call of the protocol ([`op`]).
    pub op: u8,
    /// The transaction that it belongs to; 0 for none.
    pub transaction: CallId,
    /// The leader that began the transaction or the iteration, where it belongs to one.
    pub epoch: Option<Epoch>,
    /// Whether its text surely only reads.
    pub reads: bool,
    /// Milliseconds until it fails; infinity for never.
    pub timeout: f64,
}

/// What is to be done with a call that is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// To be sent; all calls below the second id have their answers.
    Send(CallId, CallId),
    /// To be kept until [`Effect::Send`] says so.
    Keep(CallId),
    /// Nothing: it fails.
    Refused(Refusal),
}

/// The kinds of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was asked for.
    Done,
    /// A failure.
    Failed,
    /// The leader keeps no text under the statement's number, and has done nothing.
    UnknownStatement,
    /// It was taken back before it was begun.
    Cancelled,
}

/// What is to be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing: nobody waits for it any more.
    Dropped,
    /// The call resolves to it.
    Resolve,
    /// The call rejects with it.
    Reject,
    /// The call rejects with the reason of who took it back.
    TakenBack,
    /// The call is sent once more, with its text.
    SendText {
        /// The lowest id without an answer.
        acked: CallId,
        /// Whether an earlier leader may have applied it.
        again: bool,
    },
}

impl Tab {
    /// A call is made.
    pub fn begin(&mut self, asked: Asked, now: f64) -> Begun {
        if self.state == State::Closed {
            return Begun::Refused(Refusal::Closed);
        }
        if let Some(refusal) = &self.refused {
            return Begun::Refused(refusal.clone());
        }
        let here = self.welcomed.map(|leader| leader.epoch);
        if asked.epoch != here
            && let Some(refusal) = handover::strayed(asked.op, asked.transaction)
        {
            return Begun::Refused(refusal);
        }
        let mut call = Call {
            id: 0,
            op: asked.op,
            transaction: asked.transaction,
            epoch: asked.epoch,
            deadline: now + asked.timeout,
            sent: 0,
            again: false,
            reads: asked.reads || op::only_reads(asked.op),
            taken_back: false,
        };
        let deadline = call.deadline;
        let sent = matches!(self.state, State::Ready | State::Unresponsive);
        if sent {
            call.send(here);
        }
        let id = self.calls.add(call);
        self.pulse.start(deadline, now);
        if sent { Begun::Send(id, self.calls.acked()) } else { Begun::Keep(id) }
    }

    /// A call can't be sent at all: it was never made.
    pub fn withdraw(&mut self, id: CallId) {
        self.calls.remove(id);
        self.settle_down();
    }

    /// A sign of life from the leader.
    pub fn heard(&mut self) {
        self.pulse.heard();
        if self.state == State::Unresponsive {
            self.state = State::Ready;
        }
    }

    /// An answer has come.
    pub fn settle(&mut self, id: CallId, answer: Answer) -> Settled {
        self.heard();
        if answer == Answer::UnknownStatement {
            let acked = self.calls.acked();
            match self.calls.find(id) {
                Some(call) if !call.taken_back => return Settled::SendText { acked, again: call.again },
                _ => {}
            }
        }
        if self.calls.remove(id).is_none() {
            return Settled::Dropped;
        }
        self.settle_down();
        match answer {
            Answer::Done => Settled::Resolve,
            Answer::Failed => Settled::Reject,
            Answer::UnknownStatement | Answer::Cancelled => Settled::TakenBack,
        }
    }

    /// The caller takes a call back.
    pub fn abort(&mut self, id: CallId, now: f64) {
        // Of a write the leader knows what became of it. A leader that is silent is not waited for.
        let soon = now + self.settings.unresponsive_after;
        let Some(call) = self.calls.find(id) else { return };
        call.taken_back = true;
        call.deadline = call.deadline.min(soon);
        let (sent, unknown, deadline) = (call.sent > 0, call.unknown(), call.deadline);
        if sent {
            self.then(Effect::Cancel(id));
        }
        if unknown {
            return self.pulse.start(deadline, now);
        }
        self.calls.remove(id);
        self.then(Effect::TakeBack(id));
        self.settle_down();
    }

    /// Regularly, while calls wait.
    pub(crate) fn beat(&mut self, now: f64) {
        self.then(Effect::Ping);
        let silent = self.pulse.silent_for(now);
        let deaf = silent > self.settings.unresponsive_after;
        let no_leader = deaf || self.state == State::Connecting;
        let mut next = f64::INFINITY;
        let mut kept = self.calls.take();
        kept.retain(|call| {
            let until = if call.sent > 0 && !deaf { call.deadline + GRACE } else { call.deadline };
            if now < until {
                next = next.min(until);
                return true;
            }
            self.give_up(call, no_leader);
            false
        });
        self.calls.put_back(kept);
        self.settle_down();
        // Closing may have waited for the last of them.
        if self.state == State::Closed {
            return;
        }
        if deaf {
            if self.state == State::Ready {
                self.state = State::Unresponsive;
            }
            self.then(Effect::TellSilence(self.welcomed.map(|leader| leader.epoch)));
        }
        self.pulse.next(deaf || !self.calls.is_empty(), next, now);
        if self.link.is_own() && silent > self.settings.hang_after {
            self.replace_worker(now);
        }
    }

    fn give_up(&mut self, call: &Call, no_leader: bool) {
        if call.sent > 0 {
            self.then(Effect::Cancel(call.id));
        }
        if call.taken_back {
            return self.then(Effect::TakeBack(call.id));
        }
        let refusal = if no_leader { Refusal::Unresponsive } else { Refusal::Timeout };
        self.then(Effect::Reject { id: call.id, refusal, unknown: call.unknown() });
    }

    /// A leader has welcomed this client: what has no answer goes to it, in order.
    pub(crate) fn send_all(&mut self, to: Successor) {
        let mut kept = self.calls.take();
        kept.retain(|call| {
            let Some((refusal, unknown)) = handover::lost(call, to) else { return true };
            self.then(Effect::Reject { id: call.id, refusal, unknown });
            false
        });
        let acked = kept.front().map(|call| call.id);
        for call in &mut kept {
            call.send(Some(to.epoch));
            self.then(Effect::Send { id: call.id, acked: acked.unwrap_or(call.id), again: call.again });
        }
        self.calls.put_back(kept);
        self.settle_down();
    }

    /// All calls fail, and what may have been applied of each is said as far as it is known here.
    pub(crate) fn fail_all(&mut self, refusal: &Refusal) {
        // The leader that says so refuses before it begins anything; an earlier one may have done it.
        let here =
            self.link.leader().filter(|_| matches!(refusal, Refusal::Outdated { .. })).map(|leader| leader.epoch);
        for call in self.calls.take() {
            let elsewhere = here.is_none() || call.epoch != here || call.again;
            let unknown = call.unknown() && elsewhere;
            self.then(Effect::Reject { id: call.id, refusal: refusal.clone(), unknown });
        }
        self.settle_down();
    }
}
