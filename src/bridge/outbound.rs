//! Requests that leave the Worker.

use super::Method;

/// A request to another server, complete but not sent: plain values that native tests can compare.
#[derive(Clone, Debug, PartialEq, Eq)]
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
