//! Requests that leave the Worker.

use std::fmt;

use super::Method;

/// A request to another server, complete but not sent: plain values that native tests can compare.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The request's method.
    pub method: Method,
    /// The absolute URL, already percent-encoded.
    pub url: String,
    /// Header names in lower case with their values, in the order in which they were set.
    pub headers: Vec<(String, String)>,
    /// The body, or `None` for a request without one.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers hold keys and tokens, bodies hold people's rows.
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Outbound")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_keys_nor_rows() {
        let headers = vec![("apikey".to_owned(), "secret-key".to_owned())];
        let outbound =
            Outbound { method: Method::Post, url: "http://h/x".into(), headers, body: Some(b"secret-row".to_vec()) };
        let shown = format!("{outbound:?}");
        assert!(shown.contains("apikey") && !shown.contains("secret"), "{shown}");
    }
}
