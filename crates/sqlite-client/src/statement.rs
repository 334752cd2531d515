//! A statement with its text at hand.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::DatabaseClient;
use crate::error::Error;
use crate::package::Prepared;
use crate::queries::{RunResult, Table};
use crate::rows::Rows;

/// A statement that the leader keeps prepared, whoever that is. Its calls have the deadline and signal of the handle that prepared it.
#[derive(Clone, Debug)]
pub struct Statement {
    client: DatabaseClient,
    sql: String,
    js: Prepared,
}

impl Statement {
    pub(crate) fn new(client: DatabaseClient, js: Prepared) -> Self {
        Self { client, sql: js.sql(), js }
    }

    /// Its text.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Names of the columns it answers with; empty for a statement that gives no rows.
    pub fn columns(&self) -> Vec<String> {
        self.js.columns()
    }

    /// Whether it only reads.
    pub fn readonly(&self) -> bool {
        self.js.readonly()
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> u32 {
        self.js.parameters()
    }

    /// The first row, if there is one.
    pub async fn get<R: DeserializeOwned>(&self, params: impl Serialize) -> Result<Option<R>, Error> {
        self.client.get(&self.sql, params).await
    }

    /// All rows.
    pub async fn all<R: DeserializeOwned>(&self, params: impl Serialize) -> Result<Vec<R>, Error> {
        self.client.all(&self.sql, params).await
    }

    /// All rows without names.
    pub async fn values<R: DeserializeOwned>(&self, params: impl Serialize) -> Result<Table<R>, Error> {
        self.client.values(&self.sql, params).await
    }

    /// Rows one by one from one consistent snapshot.
    pub fn iterate<R: DeserializeOwned>(&self, params: impl Serialize) -> Result<Rows<R>, Error> {
        self.client.iterate(&self.sql, params)
    }

    /// Runs it for what it changes.
    pub async fn run(&self, params: impl Serialize) -> Result<RunResult, Error> {
        self.client.run(&self.sql, params).await
    }
}
