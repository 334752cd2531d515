//! The pass-through proxy: `/rest/v1/…` as Supabase's own clients call it, streamed both ways.

use std::rc::Rc;

use crate::bridge::fetch::{self, FetchError};
use crate::bridge::{Kind, Method, Outbound, Problem, Request, Response};

/// What of a caller's headers PostgREST gets to see. `apikey` is ours, whatever the caller sent.
const REQUEST_HEADERS: [&str; 11] = [
    "accept",
    "accept-profile",
    "authorization",
    "content-profile",
    "content-type",
    "if-match",
    "if-none-match",
    "prefer",
    "range",
    "range-unit",
    "x-client-info",
];

/// What of PostgREST's headers the caller gets to see.
const RESPONSE_HEADERS: [&str; 9] = [
    "content-length",
    "content-profile",
    "content-range",
    "content-type",
    "etag",
    "preference-applied",
    "range-unit",
    "retry-after",
    "www-authenticate",
];

/// Those that hold an address: the caller sees it as one of ours, or not at all.
const ADDRESS_HEADERS: [&str; 2] = ["content-location", "location"];

/// Where the proxy sends what it gets, and as whom a caller without a token speaks.
pub struct Upstream {
    /// The project's address without a slash at its end.
    pub url: Rc<str>,
    /// The anon key.
    pub anon_key: Rc<str>,
    /// How long the upstream, or a caller who sends a body, may keep the other waiting. Neither body has a limit of its own.
    pub deadline_ms: u32,
}

impl Upstream {
    /// Passes `request` on and its answer back. Neither body enters our memory.
    pub async fn pass(&self, request: Request) -> Result<Response, Problem> {
        let outbound = self.outbound(&request);
        let body = match request.method() {
            Method::Get | Method::Head => None,
            _ => request.host_body(),
        };
        let length = body.as_ref().and_then(|_| request.content_length());
        let inbound = fetch::send_stream(&outbound, body, length, self.deadline_ms).await.map_err(problem)?;
        let mut response = Response::new(inbound.status(), crate::bridge::Body::Empty);
        let encoded = inbound.header("content-encoding").is_some();
        for name in RESPONSE_HEADERS {
            // The host has decoded a compressed body: its length is another one now.
            if name == "content-length" && (encoded || request.method() != Method::Head) {
                continue;
            }
            if let Some(value) = inbound.header(name) {
                response.headers.set(name, value);
            }
        }
        for name in ADDRESS_HEADERS {
            if let Some(address) = inbound.header(name).as_deref().and_then(|address| self.ours(address)) {
                response.headers.set(name, address.to_owned());
            }
        }
        response.body = inbound.into_body(self.deadline_ms).map_err(problem)?;
        Ok(response)
    }

    /// An address of the upstream as one of ours, which is its path; `None` if it leads elsewhere.
    fn ours<'a>(&self, address: &'a str) -> Option<&'a str> {
        let path = address.strip_prefix(&*self.url).unwrap_or(address);
        let elsewhere = path.starts_with("//") || path.starts_with("/\\");
        (path.starts_with('/') && !elsewhere).then_some(path)
    }

    fn outbound(&self, request: &Request) -> Outbound {
        let mut headers = vec![("apikey".to_owned(), self.anon_key.to_string())];
        for name in REQUEST_HEADERS {
            if let Some(value) = request.header(name) {
                headers.push((name.to_owned(), value));
            }
        }
        if request.header("authorization").is_none() {
            headers.push(("authorization".to_owned(), format!("Bearer {}", self.anon_key)));
        }
        // The router has refused dot segments: what is appended stays below /rest/v1/.
        let query = if request.query().is_empty() { String::new() } else { format!("?{}", request.query()) };
        let url = format!("{}{}{query}", self.url, request.path());
        Outbound { method: request.method(), url, headers, body: None }
    }
}

fn problem(error: FetchError) -> Problem {
    let (kind, detail) = match error {
        FetchError::Timeout => (Kind::UPSTREAM_TIMEOUT, "the database did not answer in time; try again later"),
        FetchError::Stalled => (Kind::REQUEST_TIMEOUT, "no more of the body came in time; send it without a break"),
        _ => (Kind::BAD_UPSTREAM, "the database can't be reached; try again later"),
    };
    Problem::new(kind).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_upstream_becomes_ours_and_any_other_is_kept_from_the_caller() {
        let upstream = Upstream { url: "https://p.supabase.co".into(), anon_key: "anon".into(), deadline_ms: 1 };
        for (address, ours) in [
            ("https://p.supabase.co/rest/v1/note?id=eq.1", Some("/rest/v1/note?id=eq.1")),
            ("/note?id=eq.1", Some("/note?id=eq.1")),
            ("https://p.supabase.co.evil.example/x", None),
            ("https://p.supabase.co", None),
            ("https://p.supabase.co//evil.example/", None),
            ("https://other.example/x", None),
            ("//other.example/x", None),
            ("/\\other.example/x", None),
            ("note", None),
        ] {
            assert_eq!(upstream.ours(address), ours, "{address}");
        }
    }

    fn outbound(path: &str, headers: &[(&str, &str)]) -> Outbound {
        let upstream = Upstream { url: "https://p.supabase.co".into(), anon_key: "anon".into(), deadline_ms: 1 };
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        upstream.outbound(&Request::made(Method::Get, format!("http://h{path}"), headers, vec![]))
    }

    fn header<'a>(outbound: &'a Outbound, name: &str) -> Vec<&'a str> {
        outbound.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    #[test]
    fn the_address_is_kept_byte_for_byte() {
        let sent = outbound("/rest/v1/earthquake?select=*&place=ilike.%2523%25&x=a+b", &[]);
        assert_eq!(sent.url, "https://p.supabase.co/rest/v1/earthquake?select=*&place=ilike.%2523%25&x=a+b");
        assert_eq!(outbound("/rest/v1/a%2Fb", &[]).url, "https://p.supabase.co/rest/v1/a%2Fb");
    }

    #[test]
    fn a_caller_without_a_token_is_anonymous_and_one_with_a_token_is_itself() {
        assert_eq!(header(&outbound("/rest/v1/x", &[]), "authorization"), ["Bearer anon"]);
        assert_eq!(
            header(&outbound("/rest/v1/x", &[("authorization", "Bearer jwt")]), "authorization"),
            ["Bearer jwt"]
        );
    }

    #[test]
    fn only_listed_headers_pass_and_the_key_is_ours() {
        let sent = outbound(
            "/rest/v1/x",
            &[("cookie", "a=1"), ("apikey", "stolen"), ("x-forwarded-for", "::1"), ("prefer", "count=exact")],
        );
        assert_eq!(header(&sent, "apikey"), ["anon"]);
        assert_eq!(header(&sent, "prefer"), ["count=exact"]);
        assert!(header(&sent, "cookie").is_empty() && header(&sent, "x-forwarded-for").is_empty());
    }
}
