//! A query that is being built.

use super::{Client, Complete, Expected, Many, Operation, Shape, encode, prefer::Prefer};
use crate::bridge::{Method, Outbound};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// A query on its way to a request: what it does is `O`, what its reply holds is `S`.
///
/// Every method consumes it and gives the next one, so a query can't be half changed. Keys never show in `Debug`.
#[must_use = "a query does nothing until it is built and sent"]
pub struct Query<O, S = Many> {
    pub(super) request: Request,
    marker: PhantomData<fn() -> (O, S)>,
}

impl<O: Operation, S: Shape> Query<O, S> {
    pub(super) fn new(request: Request) -> Query<O, S> {
        Query { request, marker: PhantomData }
    }

    /// The same request, seen as another operation or shape.
    pub(super) fn turn<O2: Operation, S2: Shape>(self) -> Query<O2, S2> {
        Query::new(self.request)
    }
}

impl<O: Complete, S: Shape> Query<O, S> {
    /// The request, ready to be sent.
    pub fn build(self) -> Outbound {
        let accept = if self.request.strip_nulls { S::ACCEPT_STRIPPED } else { S::ACCEPT };
        self.request.finish(accept)
    }

    /// The request, and what reads its reply.
    pub fn prepare(self) -> (Outbound, Expected<S>) {
        (self.build(), Expected::new())
    }
}

impl<O, S> fmt::Debug for Query<O, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("method", &self.request.method)
            .field("path", &self.request.path)
            .field("params", &self.request.params)
            .finish_non_exhaustive()
    }
}

/// What all queries are made of.
pub(super) struct Request {
    client: Client,
    pub(super) method: Method,
    /// Below the base URL, encoded, with its leading slash.
    path: String,
    params: Vec<(Cow<'static, str>, String)>,
    pub(super) prefer: Prefer,
    pub(super) strip_nulls: bool,
    pub(super) body: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn new(client: Client, method: Method, segments: &[&str]) -> Request {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            encode::segment(&mut path, segment);
        }
        Request { client, method, path, params: Vec::new(), prefer: Prefer::default(), strip_nulls: false, body: None }
    }

    /// Adds a parameter beside any of the same name, as `URLSearchParams.append`.
    pub(super) fn append(&mut self, key: impl Into<Cow<'static, str>>, value: String) {
        self.params.push((key.into(), value));
    }

    /// Gives a parameter its one value, in the place of the first of that name, as `URLSearchParams.set`.
    pub(super) fn set(&mut self, key: impl Into<Cow<'static, str>>, value: String) {
        let key = key.into();
        match self.params.iter().position(|(name, _)| *name == key) {
            Some(first) => {
                self.params[first].1 = value;
                let mut index = 0;
                self.params.retain(|(name, _)| {
                    index += 1;
                    *name != key || index == first + 1
                });
            }
            None => self.params.push((key, value)),
        }
    }

    /// Gives a parameter its one value, before all others.
    pub(super) fn set_first(&mut self, key: &'static str, value: String) {
        self.params.retain(|(name, _)| name != key);
        self.params.insert(0, (Cow::Borrowed(key), value));
    }

    /// Adds to the comma-separated value of a parameter.
    pub(super) fn extend(&mut self, key: String, value: String) {
        let existing =
            self.params.iter().find(|(name, _)| *name == key).map(|(_, old)| old.as_str()).unwrap_or_default();
        let value = if existing.is_empty() { value } else { format!("{existing},{value}") };
        self.set(key, value);
    }

    fn finish(self, accept: Option<&str>) -> Outbound {
        let mut url = String::with_capacity(self.client.base().len() + self.path.len() + 64);
        url.push_str(self.client.base());
        url.push_str(&self.path);
        for (index, (key, value)) in self.params.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            encode::form(&mut url, key);
            url.push('=');
            encode::form(&mut url, value);
        }
        let reads = matches!(self.method, Method::Get | Method::Head);
        // In the order in which the host's `Headers` lists them.
        let mut headers = Vec::with_capacity(7);
        let mut header = |name: &str, value: String| headers.push((name.to_owned(), value));
        if let Some(accept) = accept {
            header("accept", accept.to_owned());
        }
        if reads {
            header("accept-profile", self.client.schema_name().to_owned());
        }
        header("apikey", self.client.apikey().to_owned());
        header("authorization", format!("Bearer {}", self.client.bearer()));
        if !reads {
            header("content-profile", self.client.schema_name().to_owned());
            header("content-type", "application/json".to_owned());
        }
        if let Some(prefer) = self.prefer.header() {
            header("prefer", prefer);
        }
        Outbound { method: self.method, url, headers, body: self.body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::new(Client::new("http://localhost", "key"), Method::Get, &["books"])
    }

    #[test]
    fn set_replaces_the_first_and_drops_the_rest() {
        let mut request = request();
        for (key, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
            request.append(key, value.to_owned());
        }
        request.set("a", "4".to_owned());
        assert_eq!(request.finish(None).url, "http://localhost/rest/v1/books?a=4&b=2");
    }

    #[test]
    fn extend_joins_with_what_is_there() {
        let mut request = request();
        request.extend("order".to_owned(), "a.asc".to_owned());
        request.extend("order".to_owned(), "b.desc".to_owned());
        assert_eq!(request.finish(None).url, "http://localhost/rest/v1/books?order=a.asc%2Cb.desc");
    }
}
