//! What a worker has to do after something happened, in this order.

use crate::call::Epoch;
use crate::refusal::Refusal;
use crate::status::Storage;

/// The number of a client, among all tabs.
pub type ClientId = u64;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Load SQLite if it isn't, and open the database there.
    Open(Storage),
    /// Take the page's own client in, and say to page, brokers and tabs that this worker leads.
    Lead {
        /// This leader's number.
        epoch: Epoch,
        /// Where its database is.
        storage: Storage,
    },
    /// Say to all tabs who leads.
    Announce {
        /// As above.
        epoch: Epoch,
        /// As above.
        storage: Storage,
    },
    /// Tell all tabs what was changed.
    Tell(Epoch),
    /// Have the engine end what has waited too long.
    Tick,
    /// Tell the engine that a client is gone.
    Disconnect(ClientId),
    /// Close the engine, which gives the file back.
    Shut,
    /// Say to the page that the database can't be opened.
    Fail(Refusal),
    /// Leave the line.
    Withdraw,
    /// Let the lock go.
    Free,
    /// Say to the page that nothing is held any more.
    Closed,
}
