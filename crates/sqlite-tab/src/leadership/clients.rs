//! The clients of a leader, and what each one's calls come over.

use super::task::ClientId;

/// What a client's calls come over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The worker's own page speaks to it.
    Page,
    /// A MessagePort.
    Port,
    /// The channel of all tabs.
    Channel,
}

/// How a client was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// For the first time: its end is to be watched for.
    New,
    /// Once more: what came before on another way is given up.
    Again,
}

#[derive(Clone, Debug)]
struct Client {
    id: ClientId,
    over: Over,
    attempt: u32,
}

/// All clients that are taken in: as many as there are tabs.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    all: Vec<Client>,
}

impl Clients {
    /// A client wants to be taken in; `None` for an attempt that came later than a newer one.
    pub fn connect(&mut self, id: ClientId, over: Over, attempt: u32) -> Option<Admission> {
        let Some(known) = self.all.iter_mut().find(|client| client.id == id) else {
            self.all.push(Client { id, over, attempt });
            return Some(Admission::New);
        };
        if attempt <= known.attempt {
            return None;
        }
        (known.over, known.attempt) = (over, attempt);
        Some(Admission::Again)
    }

    /// What a client's calls come over, if it is taken in.
    pub fn over(&self, id: ClientId) -> Option<Over> {
        self.all.iter().find(|client| client.id == id).map(|client| client.over)
    }

    /// A client is gone; whether it was taken in.
    pub fn remove(&mut self, id: ClientId) -> bool {
        let before = self.all.len();
        self.all.retain(|client| client.id != id);
        self.all.len() < before
    }
}
