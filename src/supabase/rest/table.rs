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

    fn write(self, method: Method, values: &impl Serialize) -> Result<Request, Error> {
        let mut request = self.request(method);
        request.body = Some(serde_json::to_vec(values).map_err(Error::Encode)?);
        Ok(request)
    }

    fn add(self, rows: &impl Serialize) -> Result<Request, Error> {
        let mut request = self.write(Method::Post, rows)?;
        let columns = request.body.as_deref().map(body::columns).transpose()?.flatten();
        if let Some(columns) = columns {
            request.set("columns", columns);
        }
        Ok(request)
    }

    /// Adds one row, or a sequence of rows in one statement, which may differ in their fields.
    ///
    /// # Errors
    /// [`Error::Encode`] if `rows` isn't a struct or map, or a sequence of them, that can be written as JSON.
    pub fn insert(self, rows: &impl Serialize) -> Result<Query<Insert, Minimal>, Error> {
        self.add(rows).map(Query::new)
    }

    /// Adds one row or a sequence of rows in one statement, or changes those with the same primary key.
    ///
    /// # Errors
    /// [`Error::Encode`] if `rows` isn't a struct or map, or a sequence of them, that can be written as JSON.
    pub fn upsert(self, rows: &impl Serialize) -> Result<Query<Upsert, Minimal>, Error> {
        let mut request = self.add(rows)?;
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
        self.write(Method::Patch, values).map(Query::new)
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
