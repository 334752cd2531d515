//! How a database is, from a tab's point of view.

use serde::Deserialize;

/// What a client is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It looks for a leader.
    Connecting,
    /// A leader answers.
    Ready,
    /// The leader gives no sign of life.
    Unresponsive,
    /// Another tab has brought a newer schema: the page wants to be reloaded.
    Outdated,
    /// It is closed.
    Closed,
}

/// Whether this tab's worker has the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It has.
    Leader,
    /// Another tab's has, or none yet.
    Follower,
}

/// How a tab's calls travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To its own worker.
    Worker,
    /// Through a port to another tab's worker.
    Port,
    /// Over a BroadcastChannel.
    Broadcast,
}

/// Bytes of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Sizes {
    /// Of the database.
    pub database: u64,
    /// Of its write-ahead log.
    pub wal: u64,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Queue {
    /// Calls of this tab that have no answer yet.
    pub pending: u32,
    /// Calls of all tabs that wait for a transaction's end; none while the leader doesn't answer.
    pub waiting: Option<u32>,
    /// Whether a transaction is open; none while the leader doesn't answer.
    pub transaction: Option<bool>,
}

/// A client's view of its database.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// What the client is doing.
    pub state: State,
    /// Whether this tab leads.
    pub role: Role,
    /// Whether the database is in memory, and not in OPFS; none while there is no leader yet.
    #[serde(rename = "storage", deserialize_with = "in_memory")]
    pub in_memory: Option<bool>,
    /// How this tab's calls travel.
    #[serde(rename = "transport")]
    pub way: Option<Way>,
    /// The leader's number.
    pub epoch: Option<u64>,
    /// The schema's version in the database.
    pub schema: Option<u32>,
    /// Bytes; none while the leader doesn't answer.
    pub sizes: Option<Sizes>,
    /// What waits.
    pub queue: Queue,
    /// Tabs connected to the leader, itself included.
    pub clients: Option<u32>,
    /// Milliseconds since the leader last gave a sign of life; 0 while it answers.
    pub silent_for: f64,
    /// What a person can do about an unresponsive leader.
    pub advice: Option<String>,
}

fn in_memory<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(|storage| storage == "memory"))
}

/// What a browser, in its mode, has of what a database needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Support {
    /// OPFS with sync access handles.
    pub opfs: bool,
    /// SharedWorker; without it a BroadcastChannel carries the calls.
    pub shared_worker: bool,
    /// Web Locks.
    pub locks: bool,
}
