//! One answer, new or kept.

use std::hash::{DefaultHasher, Hasher};

use serde::{Deserialize, Serialize};

use crate::bridge::{Body, Request, Response};

use super::Freshness;

/// An answer that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The body.
    pub body: Vec<u8>,
    /// Its content type.
    pub content_type: String,
    /// The cursor of the next page, if the answer is a list that goes on.
    pub next: Option<String>,
}

/// What is kept beside an answer's body: less than the 1,024 bytes of JSON that KV keeps as metadata.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Meta {
    /// The body's content type.
    pub content_type: String,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// The body's entity tag, with its quotes.
    pub etag: String,
    /// When the answer was made, in milliseconds since 1970.
    pub stored_ms: f64,
}

/// An answer as it was kept.
#[derive(Debug)]
pub struct Kept {
    /// What is kept beside the body.
    pub meta: Meta,
    /// The body, on the host's side if it came from there.
    pub body: Body,
}

/// Why an answer that isn't new is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staleness {
    /// It is fresh.
    None,
    /// A new one is being made.
    Revalidating,
    /// No new one could be made.
    Failed,
}

impl Meta {
    /// What is kept beside `fresh`, made at `now_ms`.
    pub fn of(fresh: &Fresh, now_ms: f64) -> Meta {
        Meta {
            content_type: fresh.content_type.clone(),
            next: fresh.next.clone(),
            etag: etag(&fresh.body),
            stored_ms: now_ms,
        }
    }

    /// How old the answer is, in whole seconds.
    pub fn age(&self, now_ms: f64) -> u32 {
        ((now_ms - self.stored_ms) / 1000.0).max(0.0) as u32
    }

    /// The response with this answer: 304 without a body if `request` names its entity tag. `list` is the address of a list without its
    /// cursor, as the client wrote it or could have.
    pub fn respond(
        self,
        body: Body,
        request: &Request,
        list: Option<&str>,
        freshness: &Freshness,
        now_ms: f64,
        staleness: Staleness,
    ) -> Response {
        let unchanged = request.header("if-none-match").is_some_and(|tags| names(&tags, &self.etag));
        let mut response = if unchanged { Response::new(304, Body::Empty) } else { Response::new(200, body) };
        let headers = &mut response.headers;
        headers.set("age", self.age(now_ms).to_string());
        headers.set("cache-control", freshness.cache_control());
        headers.set("etag", self.etag);
        match staleness {
            Staleness::None => {}
            Staleness::Revalidating => headers.set("warning", "110 - \"Response is Stale\""),
            Staleness::Failed => headers.set("warning", "111 - \"Revalidation Failed\""),
        }
        if let (Some(list), Some(cursor)) = (list, self.next) {
            let and = if list.ends_with('?') { "" } else { "&" };
            headers.set("link", format!("<{list}{and}cursor={cursor}>; rel=\"next\""));
        }
        if !unchanged {
            headers.set("content-type", self.content_type);
        }
        response
    }
}

/// A strong entity tag: the same for the same bytes, as long as this program isn't built anew.
fn etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("\"{:016x}\"", hasher.finish())
}

/// Whether the list of an `If-None-Match` names `etag`, compared weakly (RFC 9110 section 13.1.2).
fn names(list: &str, etag: &str) -> bool {
    list.trim() == "*" || list.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Method;

    const FRESHNESS: Freshness = Freshness { fresh: 30, while_revalidate: 300, if_error: 86_400 };

    fn respond(headers: Vec<(String, String)>, staleness: Staleness) -> Response {
        let fresh = Fresh { body: b"[]".to_vec(), content_type: "application/json".into(), next: Some("abc".into()) };
        let meta = Meta::of(&fresh, 1000.0);
        let request = Request::made(Method::Get, "http://h/", headers, vec![]);
        meta.respond(Body::Bytes(fresh.body), &request, Some("/x?limit=1"), &FRESHNESS, 43_500.0, staleness)
    }

    #[test]
    fn an_answer_says_how_old_it_is_and_whether_it_is_stale() {
        let response = respond(vec![], Staleness::Failed);
        assert_eq!((response.status, response.headers.get("age")), (200, Some("42")));
        assert_eq!(response.headers.get("warning"), Some("111 - \"Revalidation Failed\""));
        assert_eq!(response.headers.get("link"), Some("</x?limit=1&cursor=abc>; rel=\"next\""));
        assert_eq!(respond(vec![], Staleness::None).headers.get("warning"), None);
    }

    #[test]
    fn a_client_that_has_it_gets_304() {
        let etag = respond(vec![], Staleness::None).headers.get("etag").expect("an entity tag").to_owned();
        for tags in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
            let response = respond(vec![("if-none-match".into(), tags.clone())], Staleness::None);
            assert_eq!((response.status, matches!(response.body, Body::Empty)), (304, true), "{tags}");
            assert_eq!(response.headers.get("content-type"), None);
            assert_eq!(response.headers.get("etag"), Some(etag.as_str()));
        }
        assert_eq!(respond(vec![("if-none-match".into(), "\"x\"".into())], Staleness::None).status, 200);
    }
}
