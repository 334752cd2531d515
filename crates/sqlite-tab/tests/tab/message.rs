//! What goes to and fro between tabs and the leader, and what happens at some time.

use hashi_sqlite_tab::asking::Answer;

pub type Client = u64;
pub type Id = u64;

/// A way of messages between a client and a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The n-th that was made.
    Made(u64),
    Channel(Client),
    /// To the n-th worker of a client's page.
    Worker(Client, u32),
}

#[derive(Clone, Debug)]
pub enum Message {
    /// A port comes, with the number of the attempt.
    Connect(u32),
    Hello,
    Ping,
    Cancel(Id),
    Call {
        id: Id,
        acked: Id,
        again: bool,
        op: u8,
        tx: Id,
        deadline: f64,
        text: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Welcome,
    Pong,
    Settled(Id, Answer),
}

#[derive(Clone, Debug)]
pub enum Event {
    WorkerAlive(Client),
    WorkerGone(Client, u32),
    Elect,
    Elected(Client, u32, u64),
    Announced(Client, u64, Client),
    WhoLeads,
    SilenceTold(Client, Option<u64>),
    Connected(Client, u32, u64, Port),
    ToLeader(Client, Port, Message),
    ToTab(Client, Port, Reply),
    Thawed,
    Disconnected(Client),
    BrokerAlive(Client),
    BrokerGone(Client, u32),
    Released(Client),
}

/// Messages of one lane come in the order in which they were posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    None,
    Up(Port),
    Down(Port),
    Broker,
    Channel(Client),
}
