//! Requests, read from the host only as far as a handler asks.

use std::ops::Range;
use std::rc::Rc;

use super::Method;
use super::host_body::HostBody;
use super::host_request::HostRequest;

/// A request. A clone is the same request: its body can be read once.
#[derive(Clone, Debug)]
pub struct Request(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    method: Method,
    /// The method's name, where [`Method`] doesn't know it.
    other: Option<Box<str>>,
    url: String,
    path: Range<usize>,
    source: Source,
}

/// Where headers and body come from.
#[derive(Debug)]
pub(super) enum Source {
    /// The host, asked when a handler asks.
    Host(HostRequest),
    /// Values, for native tests and for calls that never left the Worker.
    Made { headers: Vec<(String, String)>, body: Vec<u8> },
}

impl Request {
    /// The request for `url`, which is absolute, with the method that the host names.
    pub(super) fn new(method: &str, url: String, source: Source) -> Request {
        let path = path_of(&url);
        let known = Method::parse(method);
        let other = if known.is_none() { Some(method.into()) } else { None };
        Request(Rc::new(Inner { method: known.unwrap_or(Method::Other), other, url, path, source }))
    }

    /// A request made of values. Header names are in lower case.
    pub fn made(method: Method, url: impl Into<String>, headers: Vec<(String, String)>, body: Vec<u8>) -> Request {
        Request::new(method.as_str(), url.into(), Source::Made { headers, body })
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.0.method
    }

    /// The method's name as the client sent it.
    pub fn method_name(&self) -> &str {
        self.0.other.as_deref().unwrap_or(self.0.method.as_str())
    }

    /// The absolute URL as the client sent it.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Scheme and host, such as `https://example.org`.
    pub fn origin(&self) -> &str {
        &self.0.url[..self.0.path.start]
    }

    /// The path as the client sent it, not decoded; it begins with `/`.
    pub fn path(&self) -> &str {
        match &self.0.url[self.0.path.clone()] {
            "" => "/",
            path => path,
        }
    }

    /// The query as the client sent it, without its `?`; empty if there is none.
    pub fn query(&self) -> &str {
        let query = self.0.url[self.0.path.end..].split('#').next().unwrap_or_default();
        query.strip_prefix('?').unwrap_or_default()
    }

    /// The value of the header `name`, which is in lower case; several are joined by `, `.
    pub fn header(&self, name: &str) -> Option<String> {
        match &self.0.source {
            Source::Host(request) => request.header(name),
            Source::Made { headers, .. } => {
                let values: Vec<&str> =
                    headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
                (!values.is_empty()).then(|| values.join(", "))
            }
        }
    }

    /// How many bytes the body has, if the client declares it; the host holds it to that.
    pub fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// The body as the host has it, to be passed on without ever entering our memory; `None` if there is none.
    pub fn host_body(&self) -> Option<HostBody> {
        match &self.0.source {
            Source::Host(request) => request.body(),
            Source::Made { .. } => None,
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.0.source
    }
}

/// Where the path stands in an absolute URL. The host has parsed the URL already: this only finds the places.
fn path_of(url: &str) -> Range<usize> {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let start = url[authority..].find(['/', '?', '#']).map_or(url.len(), |at| authority + at);
    let end = url[start..].find(['?', '#']).map_or(url.len(), |at| start + at);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_without_copies() {
        for (url, origin, path, query) in [
            ("http://h/a/b?x=1&y=/", "http://h", "/a/b", "x=1&y=/"),
            ("http://h:8787", "http://h:8787", "/", ""),
            ("http://h?x", "http://h", "/", "x"),
            ("http://h/a#f", "http://h", "/a", ""),
            ("http://h/a?q#f?", "http://h", "/a", "q"),
            ("http://h//a", "http://h", "//a", ""),
        ] {
            let request = Request::made(Method::Get, url, vec![], vec![]);
            assert_eq!((request.origin(), request.path(), request.query()), (origin, path, query), "{url}");
        }
    }

    #[test]
    fn a_repeated_header_is_joined() {
        let headers = vec![("accept".into(), "a".into()), ("accept".into(), "b".into())];
        let request = Request::made(Method::Get, "http://h/", headers, vec![]);
        assert_eq!(request.header("accept").as_deref(), Some("a, b"));
        assert_eq!(request.header("cookie"), None);
    }
}
