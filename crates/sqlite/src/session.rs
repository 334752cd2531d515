//! What the leader keeps of a client.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use crate::ledger::CallId;
use crate::sql::Sql;
use crate::statement::Facts;

/// Packed blocks of rows that wait to be fetched.
#[derive(Debug)]
pub struct Cursor {
    /// The statement's facts.
    pub facts: Rc<Facts>,
    /// The chunks that are left.
    pub chunks: VecDeque<Vec<u8>>,
}

/// A connected client.
#[derive(Debug, Default)]
pub struct Session {
    /// Version of the schema that its code knows; 0 if it named none.
    pub schema: i64,
    /// Milliseconds that its calls wait for a transaction's end.
    pub busy: f64,
    /// Entries in the ledger that it may be done with.
    pub noted: u32,
    /// Its iterations, by the id of the call that began them.
    pub cursors: HashMap<CallId, Cursor>,
    /// Texts of statements by the numbers that it gave them.
    pub statements: Vec<Option<Sql>>,
    /// Its last transaction that was rolled back for its idleness.
    pub expired: CallId,
}
