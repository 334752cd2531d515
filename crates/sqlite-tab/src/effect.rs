//! What is to be done after something happened, in this order.

use crate::call::{CallId, Epoch};
use crate::refusal::Refusal;

/// A way to a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To this page's own worker.
    Worker,
    /// A port that the broker hands to the leader; the number of the attempt.
    Broker(u32),
    /// The channel of all tabs; the number of the attempt.
    Channel(u32),
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Start a worker, the n-th, and give the broker a port to it; one that is there is ended, and with it lock and file if it leads.
    StartWorker(u32),
    /// Start or find the broker, the n-th time, and give it a port to the worker; a link to another is given up.
    StartBroker(u32),
    /// Ask on the channel who leads.
    AskWhoLeads,
    /// Take a way to the leader of an epoch instead of the one there is, and say hello on it. Texts of statements go first there.
    Attach(Way, Epoch),
    /// Give up the way there is.
    Detach,
    /// Send a call to the leader.
    Send {
        /// Which.
        id: CallId,
        /// The lowest id without an answer.
        acked: CallId,
        /// Whether an earlier leader may have applied it.
        again: bool,
    },
    /// Tell the leader that a call is taken back.
    Cancel(CallId),
    /// Ask the leader whether it is there.
    Ping,
    /// Tell all tabs that nothing is heard of the leader.
    TellSilence(Option<Epoch>),
    /// A call has failed.
    Reject {
        /// Which.
        id: CallId,
        /// Why.
        refusal: Refusal,
        /// Whether it may have been applied all the same.
        unknown: bool,
    },
    /// A call has failed because its caller took it back, whose reason it is.
    TakeBack(CallId),
    /// A leader has welcomed this client.
    Opened,
    /// Nobody will, and why.
    NotOpened(Refusal),
    /// Find out whether some tab holds the database, for [`crate::tab::Tab::open_timed_out`].
    FindHolder,
    /// Assume all tables changed: a new leader, of this epoch.
    Changed(Epoch),
    /// Another tab brought a newer schema.
    Outdated {
        /// The version that this tab knows.
        ours: u64,
        /// The version that the database has.
        database: u64,
    },
    /// Have the worker give lock and file back.
    Release,
    /// Free everything: the client is closed.
    Free,
}
