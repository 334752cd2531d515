//! The calls that a database and a transaction have in common.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::from_value;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use crate::batch::Batch;
use crate::error::{Code, Error};
use crate::options::CallOptions;
use crate::package::Queryable;
use crate::parameters::parameters;

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// Rows that this statement inserted, updated or deleted, triggers not counted.
    pub changes: u64,
    /// The connection's last inserted rowid after this statement.
    pub last_insert_rowid: i64,
}

/// Rows without names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Table<R> {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each a tuple or a list.
    pub rows: Vec<R>,
}

/// A handle to a database or a transaction, with the deadline and the signal that its calls have.
#[derive(Clone, Debug)]
pub struct Queries {
    js: Queryable,
    pub(crate) options: CallOptions,
    /// In a transaction: what a call was rejected with because the leader was lost.
    pub(crate) lost: Rc<RefCell<Option<JsValue>>>,
}

impl Queries {
    pub(crate) fn new(js: Queryable, options: CallOptions) -> Self {
        Self { js, options, lost: Rc::default() }
    }

    pub(crate) fn with(&self, options: CallOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// The same with a deadline for each call, which fails with `timeout` then.
    pub fn with_timeout(&self, time: Duration) -> Self {
        self.with(self.options.with_timeout(Some(time)))
    }

    /// The same without deadlines.
    pub fn without_timeout(&self) -> Self {
        self.with(self.options.with_timeout(None))
    }

    /// The same with a signal that takes its calls back. A write that was done meanwhile resolves as if nothing had happened.
    pub fn with_signal(&self, signal: &AbortSignal) -> Self {
        self.with(self.options.with_signal(signal))
    }

    fn settled(&self, result: Result<JsValue, JsValue>) -> Result<JsValue, Error> {
        result.map_err(|thrown| {
            let error = Error::thrown(thrown.clone());
            if error.code() == Some(Code::TransactionLost) {
                self.lost.replace(Some(thrown));
            }
            error
        })
    }

    /// Runs any number of statements without parameters. Outside a transaction they are one transaction.
    pub async fn exec(&self, sql: &str) -> Result<(), Error> {
        self.settled(self.js.exec(sql, &self.options.value()).await).map(drop)
    }

    /// The first row, if there is one.
    pub async fn get<R: DeserializeOwned>(&self, sql: &str, params: impl Serialize) -> Result<Option<R>, Error> {
        let row = self.settled(self.js.get(sql, &parameters(&params)?, &self.options.value()).await)?;
        if row.is_undefined() { Ok(None) } else { from_value(row).map(Some).map_err(Error::rows) }
    }

    /// All rows.
    pub async fn all<R: DeserializeOwned>(&self, sql: &str, params: impl Serialize) -> Result<Vec<R>, Error> {
        let rows = self.settled(self.js.all(sql, &parameters(&params)?, &self.options.value()).await)?;
        from_value(rows).map_err(Error::rows)
    }

    /// All rows without names: for tuples, and cheaper for many rows.
    pub async fn values<R: DeserializeOwned>(&self, sql: &str, params: impl Serialize) -> Result<Table<R>, Error> {
        let table = self.settled(self.js.values(sql, &parameters(&params)?, &self.options.value()).await)?;
        from_value(table).map_err(Error::rows)
    }

    /// Runs one statement that changes something.
    pub async fn run(&self, sql: &str, params: impl Serialize) -> Result<RunResult, Error> {
        let ran = self.settled(self.js.run(sql, &parameters(&params)?, &self.options.value()).await)?;
        from_value(ran).map_err(Error::rows)
    }

    /// Runs several statements with one message and, outside a transaction, as one transaction.
    pub async fn batch(&self, batch: Batch) -> Result<Vec<RunResult>, Error> {
        let ran = self.settled(self.js.batch(&batch.0, &self.options.value()).await)?;
        from_value(ran).map_err(Error::rows)
    }
}
