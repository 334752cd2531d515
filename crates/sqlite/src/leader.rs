//! The one writer: takes the clients' calls in turn, keeps a transaction to its client, tells what was changed.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::call::{Answer, Call, Condition, Request};
use crate::database::Database;
use crate::failure::{Code, Failure};
use crate::ledger::{self, CallId, ClientId};
use crate::migration::{self, Migration};
use crate::session::Session;
use crate::transaction::Open;
use crate::turns::Waiting;

/// Bytes before each page in a write-ahead log (<https://www.sqlite.org/fileformat2.html#walformat>).
const FRAME_HEAD: i64 = 24;

/// Where answers go.
pub trait Out {
    /// The answer to a call.
    fn answer(&mut self, client: ClientId, id: CallId, answer: Result<Answer, Failure>);
    /// A client's code knows an older schema than the database has by now.
    fn outdated(&mut self, client: ClientId, ours: i64, database: i64);
}

/// Tables that commits may have changed since the last time somebody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Commits of this epoch that changed something.
    pub sequence: u64,
    /// The tables' names; none for all.
    pub tables: Option<BTreeSet<String>>,
}

/// How patient the leader is, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// A call's wait for another transaction's end, for clients that name no other.
    pub busy: f64,
    /// A transaction's idleness while others wait.
    pub idle: f64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { busy: 1000.0, idle: 5000.0 }
    }
}

/// The leader's state.
#[derive(Debug)]
pub struct Leader {
    pub(crate) database: Database,
    pub(crate) epoch: i64,
    pub(crate) schema: i64,
    pub(crate) migrations: Vec<Migration>,
    pub(crate) sessions: HashMap<ClientId, Session>,
    pub(crate) open: Option<Open>,
    /// Clients that are gone and whose entries in the ledger the next write removes.
    pub(crate) departed: Vec<ClientId>,
    pub(crate) queue: VecDeque<Waiting>,
    pub(crate) patience: Patience,
    pub(crate) sequence: u64,
    pub(crate) change: Option<Change>,
}

impl Leader {
    /// Takes over a database. `live` are the clients of earlier leaders that may still ask, `at_least` the epoch's lowest value.
    pub fn new(database: Database, live: &[ClientId], at_least: i64, patience: Patience) -> Result<Self, Failure> {
        let epoch = database.own(|connection| ledger::open(connection, live, at_least))?;
        let schema = database.own(migration::version)?;
        Ok(Self {
            database,
            epoch,
            schema,
            migrations: Vec::new(),
            sessions: HashMap::new(),
            open: None,
            departed: Vec::new(),
            queue: VecDeque::new(),
            patience,
            sequence: 0,
            change: None,
        })
    }

    /// This leader's number: higher than all before it.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// A client is there, or there again: what it had open is given up, and it sends its calls anew.
    pub fn connect(&mut self, client: ClientId, busy: Option<f64>, out: &mut impl Out) {
        if self.sessions.contains_key(&client) {
            self.release(client, out);
        }
        self.departed.retain(|departed| *departed != client);
        let busy = busy.unwrap_or(self.patience.busy);
        self.sessions.insert(client, Session { busy, ..Session::default() });
    }

    /// A client is gone: its transaction is rolled back, its calls are forgotten.
    pub fn disconnect(&mut self, client: ClientId, out: &mut impl Out) {
        if self.sessions.contains_key(&client) {
            self.release(client, out);
            self.sessions.remove(&client);
            self.departed.push(client);
        }
    }

    fn release(&mut self, client: ClientId, out: &mut impl Out) {
        self.queue.retain(|waiting| waiting.client != client);
        if self.open.as_ref().is_some_and(|open| open.client == client) {
            self.roll_back();
            self.drain(out);
        }
    }

    /// Takes a call and answers it, now or when its turn comes.
    pub fn receive(&mut self, client: ClientId, request: Request, now: f64, out: &mut impl Out) {
        match &request.call {
            Call::Ping => return out.answer(client, request.id, Ok(Answer::Done)),
            Call::Status => return out.answer(client, request.id, self.condition().map(Answer::Condition)),
            Call::Cancel(id) => {
                let id = *id;
                return self.cancel(client, id, out);
            }
            Call::Next(cursor) => {
                let chunk = self.next_chunk(client, *cursor);
                return out.answer(client, request.id, chunk);
            }
            Call::Drop(cursor) => {
                if let Some(session) = self.sessions.get_mut(&client) {
                    session.cursors.remove(cursor);
                }
                return;
            }
            _ => {}
        }
        // Before it can be refused for whatever reason: that nothing was applied has to be true.
        if request.again {
            match self.recall(client, &request) {
                Ok(None) => {}
                Ok(Some(answer)) => return out.answer(client, request.id, Ok(answer)),
                Err(failure) => return out.answer(client, request.id, Err(Failure { unknown: true, ..failure })),
            }
        }
        if self.must_wait(client, &request) {
            self.queue.push_back(Waiting { client, request, since: now });
            return;
        }
        let was_open = self.open.is_some();
        self.serve(client, request, now, out);
        if was_open && self.open.is_none() {
            self.drain(out);
        }
    }

    pub(crate) fn serve(&mut self, client: ClientId, request: Request, now: f64, out: &mut impl Out) {
        let id = request.id;
        let before = self.schema;
        let answer = self.perform(client, request, now);
        // Not when the call began: a long statement is no idleness. Nor is a hello of another client a sign of this one's life.
        if let Some(open) = self.open.as_mut().filter(|open| open.client == client) {
            open.last = self.database.now();
        }
        out.answer(client, id, answer);
        if self.schema > before {
            for (client, session) in &self.sessions {
                if session.schema != 0 && session.schema < self.schema {
                    out.outdated(*client, session.schema, self.schema);
                }
            }
        }
    }

    /// Takes a call back that waits, or what it left here for a client that is done with it: rows to be fetched, a transaction.
    fn cancel(&mut self, client: ClientId, id: CallId, out: &mut impl Out) {
        if let Some(at) = self.queue.iter().position(|waiting| waiting.client == client && waiting.request.id == id) {
            self.queue.remove(at);
            return out.answer(client, id, Err(Failure::new(Code::Cancelled, "taken back before it was begun")));
        }
        if let Some(session) = self.sessions.get_mut(&client) {
            session.cursors.remove(&id);
        }
        if self.open.as_ref().is_some_and(|open| open.client == client && open.name == id) {
            self.roll_back();
            self.drain(out);
        }
    }

    /// What was committed since the last call of this.
    pub fn take_change(&mut self) -> Option<Change> {
        self.change.take()
    }

    /// Whether there is something to take.
    pub fn has_change(&self) -> bool {
        self.change.is_some()
    }

    fn condition(&self) -> Result<Condition, Failure> {
        let [pages, size, frames] = self.database.own(|connection| {
            let number = |sql: &str, column| connection.query_row(sql, [], |row| row.get::<_, i64>(column));
            // A database in memory has no log, and says so with -1.
            let frames = number("PRAGMA wal_checkpoint(NOOP)", 1)?;
            Ok([number("PRAGMA page_count", 0)?, number("PRAGMA page_size", 0)?, frames.max(0)])
        })?;
        Ok(Condition {
            database: pages * size,
            wal: frames * (size + FRAME_HEAD),
            waiting: self.queue.len(),
            transaction: self.open.is_some(),
            clients: self.sessions.len(),
            schema: self.schema,
        })
    }

    /// Rolls back what is open, moves the log into the file and closes it.
    pub fn close(mut self) -> Result<(), Failure> {
        self.roll_back();
        self.database.close()
    }
}
