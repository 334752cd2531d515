//! Several statements that go as one message.

use js_sys::{Array, Object};
use serde::Serialize;

use crate::error::Error;
use crate::options::set;
use crate::parameters::{parameter, parameters};

/// Statements in their order.
#[derive(Debug)]
pub struct Batch(pub(crate) Array);

impl Default for Batch {
    fn default() -> Self {
        Self(Array::new())
    }
}

impl Batch {
    /// Adds any number of statements without parameters, which have one result.
    pub fn script(self, sql: &str) -> Self {
        self.0.push(&sql.into());
        self
    }

    /// Adds a statement with its parameters.
    pub fn statement(self, sql: &str, params: impl Serialize) -> Result<Self, Error> {
        let statement = Object::new();
        set(&statement, "sql", &sql.into());
        set(&statement, "params", &parameters(&params)?);
        self.0.push(&statement);
        Ok(self)
    }

    /// Adds a statement that is run for each of the rows, tuples or lists; their changes are summed.
    pub fn each<R: Serialize>(self, sql: &str, rows: impl IntoIterator<Item = R>) -> Result<Self, Error> {
        let list = rows.into_iter().map(|row| parameter(&row)).collect::<Result<Array, _>>()?;
        let statement = Object::new();
        set(&statement, "sql", &sql.into());
        set(&statement, "rows", &list);
        self.0.push(&statement);
        Ok(self)
    }
}
