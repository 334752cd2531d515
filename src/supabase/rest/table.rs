//! A table or view, before it is said what to do with it.

use super::{
    Client, Delete, Error, Insert, Many, Minimal, Query, Select, Unfiltered, Update, Upsert, body, modifiers,
    query::Request,
};
use crate::bridge::Method;
use serde::Serialize;

/// A table or view; each method starts a query on it.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    relation: String,
}

impl Table {
    pub(super) fn new(client: Client, relation: &str) -> Table {
        Table { client, relation: relation.to_owned() }
    }

    fn request(self, method: Method) -> Request {
        Request::new(self.client, method, &[&self.relation])
    }

    /// Reads `columns`: a list in PostgREST's grammar, such as `id, title, author:authors(name)`, or `*`.
    ///
    /// White space outside double quotes is dropped.
    pub fn select(self, columns: &str) -> Query<Select, Many> {
        let mut request = self.request(Method::Get);
        request.set("select", modifiers::columns(columns));
        Query::new(request)
    }

    fn write(self, method: Method, body: Vec<u8>) -> Request {
        let mut request = self.request(method);
        request.body = Some(body);
        request
    }

    fn write_many<T: Serialize>(self, rows: &[T]) -> Result<Request, Error> {
        let body = serde_json::to_vec(rows).map_err(Error::Encode)?;
        let columns = body::columns(&body)?;
        let mut request = self.write(Method::Post, body);
        if let Some(columns) = columns {
            request.set("columns", columns);
        }
        Ok(request)
    }

    /// Adds one row.
    ///
    /// # Errors
    /// [`Error::Encode`] if `row` can't be written as JSON.
    pub fn insert(self, row: &impl Serialize) -> Result<Query<Insert, Minimal>, Error> {
        Ok(Query::new(self.write(Method::Post, serde_json::to_vec(row).map_err(Error::Encode)?)))
    }

    /// Adds rows in one statement; they may differ in their fields.
    ///
    /// # Errors
    /// [`Error::Encode`] if `rows` can't be written as JSON.
    pub fn insert_many<T: Serialize>(self, rows: &[T]) -> Result<Query<Insert, Minimal>, Error> {
        Ok(Query::new(self.write_many(rows)?))
    }

    /// Adds one row, or changes the one with the same primary key.
    ///
    /// # Errors
    /// [`Error::Encode`] if `row` can't be written as JSON.
    pub fn upsert(self, row: &impl Serialize) -> Result<Query<Upsert, Minimal>, Error> {
        let mut request = self.write(Method::Post, serde_json::to_vec(row).map_err(Error::Encode)?);
        request.prefer.resolution = Some("merge");
        Ok(Query::new(request))
    }

    /// Adds rows, or changes those with the same primary key, in one statement.
    ///
    /// # Errors
    /// [`Error::Encode`] if `rows` can't be written as JSON.
    pub fn upsert_many<T: Serialize>(self, rows: &[T]) -> Result<Query<Upsert, Minimal>, Error> {
        let mut request = self.write_many(rows)?;
        request.prefer.resolution = Some("merge");
        Ok(Query::new(request))
    }

    /// Changes the fields in `values`, in the rows that the filters to come choose.
    ///
    /// Stricter than supabase-js: without a filter or [`all_rows`](Query::all_rows) it can't be built.
    ///
    /// ```compile_fail,E0599
    /// # use hashi::supabase::rest::Client;
    /// # let client = Client::new("https://project.supabase.co", "key");
    /// client.from("books").update(&serde_json::json!({"year": 2000})).unwrap().build();
    /// ```
    ///
    /// # Errors
    /// [`Error::Encode`] if `values` can't be written as JSON.
    pub fn update(self, values: &impl Serialize) -> Result<Query<Unfiltered<Update>, Minimal>, Error> {
        Ok(Query::new(self.write(Method::Patch, serde_json::to_vec(values).map_err(Error::Encode)?)))
    }

    /// Removes the rows that the filters to come choose.
    ///
    /// Stricter than supabase-js: without a filter or [`all_rows`](Query::all_rows) it can't be built.
    ///
    /// ```compile_fail,E0599
    /// # use hashi::supabase::rest::Client;
    /// # let client = Client::new("https://project.supabase.co", "key");
    /// client.from("books").delete().build();
    /// ```
    pub fn delete(self) -> Query<Unfiltered<Delete>, Minimal> {
        Query::new(self.request(Method::Delete))
    }
}
