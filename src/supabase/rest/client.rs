//! Where queries start.

use super::{CountOnly, Error, Many, Query, Rpc, Table, query::Request, rpc};
use crate::bridge::Method;
use serde::Serialize;
use std::fmt;

/// A Supabase project's data API, as seen with one key: the start of every query.
///
/// It is plain data without a connection; cloning it costs a few strings. `Debug` shows neither key nor token.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    base: String,
    apikey: String,
    bearer: Option<String>,
    schema: String,
}

impl Client {
    /// The data API of the project at `url` (such as `https://project.supabase.co`) with an anon, publishable, secret
    /// or service key, in the schema `public`.
    pub fn new(url: &str, key: impl Into<String>) -> Client {
        let base = format!("{}/rest/v1", url.trim_end_matches('/'));
        Client { base, apikey: key.into(), bearer: None, schema: "public".to_owned() }
    }

    /// Speaks for the user whose access token `token` is, instead of for the key alone.
    pub fn with_bearer(self, token: impl Into<String>) -> Client {
        Client { bearer: Some(token.into()), ..self }
    }

    /// Uses the schema `name`, which the project must expose.
    pub fn schema(self, name: impl Into<String>) -> Client {
        Client { schema: name.into(), ..self }
    }

    /// A table or view.
    pub fn from(&self, relation: &str) -> Table {
        Table::new(self.clone(), relation)
    }

    /// Calls the function `name` by `POST`, with `arguments` (a struct or map) as its named arguments.
    ///
    /// # Errors
    /// [`Error::Encode`] if `arguments` can't be written as JSON.
    pub fn rpc(&self, name: &str, arguments: &impl Serialize) -> Result<Query<Rpc, Many>, Error> {
        let mut request = Request::new(self.clone(), Method::Post, &["rpc", name]);
        request.body = Some(serde_json::to_vec(arguments).map_err(Error::Encode)?);
        Ok(Query::new(request))
    }

    /// Calls the function `name` by `GET`, with `arguments` in the URL: for functions marked `stable` or `immutable`,
    /// whose calls may then be repeated and cached.
    ///
    /// Sequences become Postgres arrays and maps become JSON. An argument that PostgREST would take for a filter or a
    /// modifier there (a text such as `eq.1`, a name such as `limit`) makes the call a `POST`.
    ///
    /// # Errors
    /// [`Error::Encode`] if `arguments` isn't a struct or map that can be written as JSON.
    pub fn rpc_get(&self, name: &str, arguments: &impl Serialize) -> Result<Query<Rpc, Many>, Error> {
        let given = rpc::arguments(arguments)?;
        if given.iter().any(|(_, argument)| argument.misread) {
            return self.rpc(name, arguments);
        }
        Ok(Query::new(self.call(Method::Get, name, given)))
    }

    /// Calls the function `name` for the count of its rows alone: by `HEAD`, or, where an argument doesn't fit into a
    /// URL, by `POST` without asking for rows.
    ///
    /// # Errors
    /// [`Error::Encode`] if `arguments` isn't a struct or map that can be written as JSON.
    pub fn rpc_head(&self, name: &str, arguments: &impl Serialize) -> Result<Query<Rpc, CountOnly>, Error> {
        let given = rpc::arguments(arguments)?;
        if given.iter().any(|(_, argument)| argument.holds_map || argument.misread) {
            let mut query = self.rpc(name, arguments)?;
            query.request.prefer.minimal = true;
            return Ok(query.turn());
        }
        Ok(Query::new(self.call(Method::Head, name, given)))
    }

    fn call(&self, method: Method, name: &str, arguments: Vec<(String, rpc::Argument)>) -> Request {
        let mut request = Request::new(self.clone(), method, &["rpc", name]);
        for (key, argument) in arguments {
            request.append(key, argument.text);
        }
        request
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn apikey(&self) -> &str {
        &self.apikey
    }

    pub(super) fn bearer(&self) -> &str {
        self.bearer.as_deref().unwrap_or(&self.apikey)
    }

    pub(super) fn schema_name(&self) -> &str {
        &self.schema
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let client = Client::new("https://project.supabase.co/", "the-key").with_bearer("the-token");
        let query = client.from("books").update(&serde_json::json!({"a": 1})).expect("JSON").eq("id", 1);
        for text in [format!("{client:?}"), format!("{:?}", client.from("books")), format!("{query:?}")] {
            assert!(!text.contains("the-key") && !text.contains("the-token"), "{text}");
        }
    }

    #[test]
    fn a_token_replaces_the_key_as_bearer_but_not_as_apikey() {
        let client = Client::new("https://project.supabase.co/", "the-key").with_bearer("the-token").schema("archive");
        let outbound = client.from("books").select("*").build();
        assert_eq!(outbound.url, "https://project.supabase.co/rest/v1/books?select=*");
        let header = |name: &str| outbound.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(header("apikey"), Some("the-key"));
        assert_eq!(header("authorization"), Some("Bearer the-token"));
        assert_eq!(header("accept-profile"), Some("archive"));
    }
}
