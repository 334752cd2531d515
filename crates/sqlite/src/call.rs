//! What a client asks and what it is answered.

use std::rc::Rc;

use crate::database::{Ran, Wanted};
use crate::ledger::CallId;
use crate::migration::Migration;
use crate::pack::Pack;
use crate::sql::Sql;
use crate::statement::Facts;
use crate::value::Parameters;

/// One statement of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A statement with its parameters.
    Once(String, Parameters),
    /// A statement for each row in a packed block (see [`crate::pack::Unpack`]), and how many values a row has.
    Each(String, Vec<u8>, usize),
    /// Any number of statements without parameters.
    Script(String),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// The first message of a client: the schema that it knows.
    Hello(Vec<Migration>),
    /// One statement whose rows are wanted.
    Query {
        /// The statement.
        sql: Sql,
        /// Its parameters.
        parameters: Parameters,
        /// How many rows.
        wanted: Wanted,
    },
    /// One statement that is run for what it changes.
    Run(Sql, Parameters),
    /// Several statements, one transaction.
    Batch(Vec<Item>),
    /// A statement's columns, kind and tables.
    Prepare(String),
    /// One statement whose rows are fetched chunk by chunk, from one snapshot.
    Iterate(String, Parameters),
    /// The next chunk of the iteration that a call began.
    Next(CallId),
    /// No more chunks of it.
    Drop(CallId),
    /// Opens a transaction, whose name is this call's id.
    Begin,
    /// Ends it with what it did.
    Commit,
    /// Ends it without.
    Rollback,
    /// The whole database as a file.
    Export,
    /// Replaces the whole database.
    Import(Vec<u8>),
    /// How the leader is.
    Status,
    /// Whether it is there.
    Ping,
    /// Takes back a call that has not begun, and drops the iteration or the transaction that one has.
    Cancel(CallId),
}

/// A call with what surrounds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its id; ids of a client grow.
    pub id: CallId,
    /// All calls of the client below this id have their answers.
    pub acked: CallId,
    /// The transaction it belongs to, named by the id of its Begin; 0 for none.
    pub transaction: CallId,
    /// When the client gives up, in milliseconds since 1970; infinity for never.
    pub deadline: f64,
    /// Whether it was sent to an earlier leader, which may have applied it.
    pub again: bool,
    /// What is asked.
    pub call: Call,
}

/// The state that a client's `status()` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Bytes of the database.
    pub database: i64,
    /// Bytes of the write-ahead log.
    pub wal: i64,
    /// Calls that wait for a transaction's end.
    pub waiting: usize,
    /// Whether a transaction is open.
    pub transaction: bool,
    /// Clients connected.
    pub clients: usize,
    /// The schema's version.
    pub schema: i64,
}

/// What is answered.
#[derive(Debug)]
pub enum Answer {
    /// Nothing but that it is done.
    Done,
    /// The client may go on; the schema's version in the database.
    Welcome(i64),
    /// Rows.
    Rows(Rc<Facts>, Pack),
    /// A chunk of rows as a packed block, and whether it is the last.
    Chunk(Rc<Facts>, Vec<u8>, bool),
    /// What a statement did.
    Ran(Ran),
    /// What the statements of a batch did.
    Batch(Vec<Ran>),
    /// What is known of a statement.
    Prepared(Rc<Facts>),
    /// A database file.
    File(Vec<u8>),
    /// How the leader is.
    Condition(Condition),
}
