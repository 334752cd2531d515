//! A call that has no answer.

use crate::op;

/// Names a call of a client; ids grow from 1. A transaction has the id of its BEGIN.
pub type CallId = u64;

/// Names a leader; each is higher than those before. An in-memory database takes the time.
pub type Epoch = u64;

/// What this side knows of a call; what it asks is the page's.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Which call of the protocol ([`op`]).
    pub op: u8,
    /// The transaction it belongs to; 0 for none.
    pub transaction: CallId,
    /// The last leader it was sent to, or the one that it is bound to.
    pub epoch: Option<Epoch>,
    /// When it is given up, by this tab's clock; infinity for never.
    pub deadline: f64,
    /// How many leaders it was sent to.
    pub sent: u8,
    /// Whether an earlier one may have applied it.
    pub again: bool,
    /// Whether it surely only reads.
    pub reads: bool,
    /// Whether its caller has taken it back.
    pub taken_back: bool,
}

impl Call {
    /// Notes that it is sent to a leader.
    pub fn send(&mut self, epoch: Option<Epoch>) {
        // BEGIN leaves nothing behind that could be applied twice.
        self.again = self.sent > 0 && self.op != op::BEGIN;
        self.sent = self.sent.saturating_add(1);
        self.epoch = epoch;
    }

    /// Whether it may have been applied, as far as is known on this side.
    pub fn unknown(&self) -> bool {
        self.sent > 0 && !self.reads
    }
}
