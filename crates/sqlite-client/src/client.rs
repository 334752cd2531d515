//! A database that is open.

use std::ops::Deref;
use std::time::Duration;

use js_sys::Uint8Array;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::from_value;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::error::Error;
use crate::options::{CallOptions, OpenOptions};
use crate::package::{Client, Package, load};
use crate::parameters::parameters;
use crate::queries::Queries;
use crate::rows::Rows;
use crate::statement::Statement;
use crate::status::{Status, Support};
use crate::subscription::Subscription;

async fn package() -> Result<Package, Error> {
    let said = |thrown: JsValue| match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{thrown:?}"),
    };
    load().await.map(JsValue::unchecked_into).map_err(|thrown| Error::Package(said(thrown)))
}

/// Opens a database as `OpenOptions::default()` says, or joins the tabs that have it open.
pub async fn open(name: &str) -> Result<DatabaseClient, Error> {
    OpenOptions::default().open(name).await
}

/// Removes a database from OPFS. Fails with `in_use` while a tab has it open.
pub async fn remove(name: &str) -> Result<(), Error> {
    package().await?.remove(name).await.map(drop).map_err(Error::thrown)
}

/// Whether this browser, in this mode, can keep a database.
pub async fn supported() -> Result<Support, Error> {
    let support = package().await?.supported().await.map_err(Error::thrown)?;
    from_value(support).map_err(Error::rows)
}

impl OpenOptions {
    /// Opens a database or joins the tabs that have it open.
    pub async fn open(self, name: &str) -> Result<DatabaseClient, Error> {
        let client: Client = package().await?.open(name, &self.0).await.map_err(Error::thrown)?.unchecked_into();
        Ok(DatabaseClient::new(client, CallOptions::default()))
    }
}

/// Tables that a commit may have changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// Grows with each leader.
    pub epoch: u64,
    /// Grows by one with each commit of an epoch; a gap means that several were told at once.
    pub sequence: u64,
    /// The tables' names; none: assume all.
    pub tables: Option<Vec<String>>,
}

/// A handle to a database that is open; clones share it. It stays open until `close`, or the page's end.
#[derive(Clone, Debug)]
pub struct DatabaseClient {
    pub(crate) js: Client,
    queries: Queries,
}

impl Deref for DatabaseClient {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.queries
    }
}

impl DatabaseClient {
    fn new(js: Client, options: CallOptions) -> Self {
        let queries = Queries::new(js.clone().into(), options);
        Self { js, queries }
    }

    fn with(&self, options: CallOptions) -> Self {
        Self::new(self.js.clone(), options)
    }

    /// The database's name.
    pub fn name(&self) -> String {
        self.js.name()
    }

    /// Identifies this client in the protocol.
    pub fn id(&self) -> String {
        self.js.id()
    }

    /// The same with a deadline for each call and each transaction as a whole, which fails with `timeout` then.
    pub fn with_timeout(&self, time: Duration) -> Self {
        self.with(self.options.with_timeout(Some(time)))
    }

    /// The same without deadlines.
    pub fn without_timeout(&self) -> Self {
        self.with(self.options.with_timeout(None))
    }

    /// The same with a signal that takes its calls and transactions back. A write that was done meanwhile resolves as if
    /// nothing had happened.
    pub fn with_signal(&self, signal: &AbortSignal) -> Self {
        self.with(self.options.with_signal(signal))
    }

    /// The same whose transactions are run again, this often at most, if the leader is lost before COMMIT.
    pub fn with_retries(&self, retries: u32) -> Self {
        self.with(self.options.with_retries(retries))
    }

    /// Rows one by one from one consistent snapshot; dropped early, what is left of them is dropped at the leader.
    pub fn iterate<R: DeserializeOwned>(&self, sql: &str, params: impl Serialize) -> Result<Rows<R>, Error> {
        Ok(Rows::new(self.js.iterate(sql, &parameters(&params)?, &self.options.value())))
    }

    /// Looks at a statement, which the leader keeps prepared.
    pub async fn prepare(&self, sql: &str) -> Result<Statement, Error> {
        let prepared = self.js.prepare(sql, &self.options.value()).await.map_err(Error::thrown)?;
        Ok(Statement::new(self.clone(), prepared.unchecked_into()))
    }

    /// Calls back with the rows now and after each commit, of any tab, that may have changed a table the query reads, until the
    /// subscription is dropped. A re-run that fails is told too, and the subscription goes on.
    pub fn subscribe<R: DeserializeOwned + 'static>(
        &self,
        sql: &str,
        params: impl Serialize,
        callback: impl FnMut(Result<Vec<R>, Error>) + 'static,
    ) -> Result<Subscription, Error> {
        Subscription::rows(&self.js, sql, &parameters(&params)?, callback)
    }

    /// Calls back after each commit of any tab that changed something, until the subscription is dropped.
    pub fn on_change(&self, callback: impl FnMut(Change) + 'static) -> Subscription {
        Subscription::changes(&self.js, callback)
    }

    /// The whole database as a file that the sqlite3 command opens.
    pub async fn export(&self) -> Result<Vec<u8>, Error> {
        let file = self.js.export(&self.options.value()).await.map_err(Error::thrown)?;
        Ok(Uint8Array::new(&file).to_vec())
    }

    /// Replaces the whole content with a database file's, atomically.
    pub async fn import(&self, file: &[u8]) -> Result<(), Error> {
        self.js.import(&file.into(), &self.options.value()).await.map(drop).map_err(Error::thrown)
    }

    /// Who leads, how this tab reaches it, and how it is. Never waits for long.
    pub async fn status(&self) -> Result<Status, Error> {
        from_value(self.js.status().await.map_err(Error::thrown)?).map_err(Error::rows)
    }

    /// Lets what was sent finish, then frees worker, lock and file; later calls fail with `closed`.
    pub async fn close(&self) -> Result<(), Error> {
        self.js.close().await.map(drop).map_err(Error::thrown)
    }
}
