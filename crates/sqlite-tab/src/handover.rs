//! What becomes of a call under way when another leader has come.

use crate::call::{Call, CallId, Epoch};
use crate::op;
use crate::refusal::Refusal;

/// Leaders that may go while a call is under way: a call that takes its leader with it must not take all of them.
pub const MOST_LEADERS: u8 = 4;

/// What the new leader is, seen from a call.
#[derive(Clone, Copy, Debug)]
pub struct Successor {
    /// Its epoch.
    pub epoch: Epoch,
    /// Whether its database is not the one that earlier calls were about: that was in memory.
    pub emptied: bool,
}

/// Why a call is not sent to this leader, if it isn't; its outcome is unknown where the second part says so.
pub fn lost(call: &Call, to: Successor) -> Option<(Refusal, bool)> {
    if call.sent > 0 && to.emptied {
        return Some((Refusal::MemoryLost, true));
    }
    if call.sent >= MOST_LEADERS {
        return Some((Refusal::LeadersLost(MOST_LEADERS), true));
    }
    call.epoch.filter(|epoch| *epoch != to.epoch)?;
    strayed(call.op, call.transaction).map(|refusal| (refusal, false))
}

/// Why a call that is bound to one leader fails at another, if it does. `transaction` is 0 for none.
pub fn strayed(op: u8, transaction: CallId) -> Option<Refusal> {
    match op {
        op::NEXT => Some(Refusal::SnapshotLost),
        // Whether it was done is worth a question.
        op::COMMIT => None,
        _ => (transaction != 0).then_some(Refusal::TransactionLost),
    }
}
