//! Errors that a client sees: problem documents after RFC 9457.

use std::borrow::Cow;

use serde::Serialize;

use super::pairs::PairsError;
use super::path::PathError;
use super::{Body, Headers, Response};

/// A kind of problem: what `status`, `code` and `title` a client sees. `code` is stable; docs/problems.md explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The HTTP status.
    pub status: u16,
    /// The stable name that programs match on.
    pub code: &'static str,
    /// The same for a person, the same for every occurrence.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $title:literal;)*) => {
        impl Kind {
            $($(#[$doc])* pub const $name: Kind = Kind { status: $status, code: $code, title: $title };)*

            /// Every kind that Hashi answers with.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];
        }
    };
}

kinds! {
    /// The path can't be decoded.
    MALFORMED_PATH = 400 "malformed_path" "The path is malformed";
    /// A parameter of the path or the query has a wrong value.
    INVALID_PARAMETER = 400 "invalid_parameter" "A parameter is invalid";
    /// The body is not what its content type says, or not of the wanted shape.
    INVALID_BODY = 400 "invalid_body" "The body is invalid";
    /// Nobody is signed in where somebody must be, or the token is not valid.
    UNAUTHORIZED = 401 "unauthorized" "Authentication is required";
    /// The caller is known and may not do this.
    FORBIDDEN = 403 "forbidden" "This is not allowed";
    /// Nothing is at this path.
    NOT_FOUND = 404 "not_found" "Nothing is here";
    /// Something is here, but not for this method.
    METHOD_NOT_ALLOWED = 405 "method_not_allowed" "The method is not allowed here";
    /// The client stopped sending in the middle of its body.
    REQUEST_TIMEOUT = 408 "request_timeout" "The request came too slowly";
    /// The function was changed since the caller read it.
    CONFLICT = 409 "conflict" "The function was changed, or the request answered, meanwhile";
    /// Another function has the name.
    NAME_TAKEN = 409 "name_taken" "The name is taken";
    /// The request's condition doesn't hold.
    PRECONDITION_FAILED = 412 "precondition_failed" "The condition doesn't hold";
    /// The body is larger than the route takes.
    BODY_TOO_LARGE = 413 "body_too_large" "The body is too large";
    /// The body is of a content type that the route doesn't read.
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported_media_type" "The content type is not supported";
    /// The range that was asked for lies outside.
    RANGE_NOT_SATISFIABLE = 416 "range_not_satisfiable" "The range lies outside";
    /// The bytes have another hash than the client says.
    DIGEST_MISMATCH = 422 "digest_mismatch" "The digest doesn't match";
    /// An idempotency key came with another request before.
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency_key_reused" "The idempotency key was used for another request";
    /// The module is none that can be run.
    INVALID_MODULE = 422 "invalid_module" "The module is refused";
    /// The caller has as much as they may.
    QUOTA_EXCEEDED = 403 "quota_exceeded" "The quota is used up";
    /// There is no such function, or it has no module to run.
    MODULE_NOT_FOUND = 404 "module_not_found" "There is no such module";
    /// The function's module has no such export.
    EXPORT_NOT_FOUND = 404 "export_not_found" "There is no such export";
    /// The arguments of a call don't fit the types of the export.
    INVALID_ARGUMENT = 400 "invalid_argument" "An argument is invalid";
    /// A guest passed more than the platform takes.
    VALUE_TOO_LARGE = 502 "value_too_large" "The function gave too much";
    /// What a guest answered is no HTTP.
    INVALID_RESPONSE = 502 "invalid_response" "The function's answer is not HTTP";
    /// A guest returned an error.
    GUEST_ERROR = 502 "guest_error" "The function failed";
    /// A guest returned an error after a request of its own was refused, because its permissions don't allow it.
    PERMISSION_DENIED = 502 "permission_denied" "The function asked for what it may not";
    /// A guest trapped.
    TRAP = 502 "trap" "The function crashed";
    /// A guest used up its fuel.
    FUEL_EXHAUSTED = 502 "fuel_exhausted" "The function used up its fuel";
    /// A guest wanted more memory than it may have.
    MEMORY_LIMIT_EXCEEDED = 502 "memory_limit_exceeded" "The function needs more memory";
    /// A guest nested its calls too deep.
    CALL_DEPTH_EXCEEDED = 502 "call_depth_exceeded" "The function nested its calls too deep";
    /// A call took longer than it may.
    EXECUTION_TIMEOUT = 504 "execution_timeout" "The function took too long";
    /// A module can't be compiled or linked.
    COMPILATION_FAILED = 500 "compilation_failed" "The module can't be compiled";
    /// A function has as many calls under way and waiting as it may, or all requests hold as many bytes.
    OVERLOADED = 503 "overloaded" "Too much is under way";
    /// The client of a call left before its end; seen in the history alone.
    CLIENT_LEFT = 499 "client_left" "The client left";
    /// Too many requests.
    RATE_LIMITED = 429 "rate_limited" "Too many requests";
    /// Stored bytes don't have their hash.
    ARTIFACT_CORRUPT = 500 "artifact_corrupt" "The stored module is damaged";
    /// A fault of this server.
    INTERNAL = 500 "internal" "The server failed";
    /// A setting of this deployment is missing or wrong.
    CONFIGURATION = 500 "configuration" "The server is not configured";
    /// The upstream can't be reached or answers what can't be used.
    BAD_UPSTREAM = 502 "bad_upstream" "The upstream gave no usable answer";
    /// Something that this server needs can't be used now.
    UNAVAILABLE = 503 "unavailable" "The server can't do this now";
    /// The upstream did not answer in time.
    UPSTREAM_TIMEOUT = 504 "upstream_timeout" "The upstream did not answer in time";
}

/// An error on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: Option<Cow<'static, str>>,
    /// Further members of the document, as JSON with a comma before each.
    members: String,
    headers: Headers,
}

/// What of a problem is JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    code: &'a str,
    request_id: &'a str,
}

impl Problem {
    /// A problem of `kind` without details.
    pub const fn new(kind: Kind) -> Problem {
        Problem { kind, detail: None, members: String::new(), headers: Headers::new() }
    }

    /// The same with a sentence about this occurrence: what was wrong and what would be right.
    ///
    /// A client reads it: no key, no upstream address and no stack trace belongs here.
    pub fn with_detail(self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem { detail: Some(detail.into()), ..self }
    }

    /// The same with a further member (RFC 9457 section 3.2) of this name, whose value is the JSON text `value`.
    pub fn with_member(mut self, name: &'static str, value: &str) -> Problem {
        for part in [",\"", name, "\":", value] {
            self.members.push_str(part);
        }
        self
    }

    /// The same with a header on the response.
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Problem {
        self.headers.set(name, value);
        self
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence about this occurrence.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The response that tells the client, as `application/problem+json`.
    pub fn into_response(self, request_id: &str) -> Response {
        let document = Document {
            r#type: format!("urn:hashi:problem:{}", self.kind.code),
            title: self.kind.title,
            status: self.kind.status,
            detail: self.detail.as_deref(),
            code: self.kind.code,
            request_id,
        };
        // Strings and a number always serialize.
        let mut text = serde_json::to_string(&document).unwrap_or_default();
        text.insert_str(text.len().saturating_sub(1), &self.members);
        let mut response = Response::new(self.kind.status, Body::Text(text.into()));
        response.headers = self.headers;
        response.headers.set("content-type", "application/problem+json");
        response.headers.set("cache-control", "no-store");
        response
    }
}

impl From<PathError> for Problem {
    fn from(error: PathError) -> Problem {
        Problem::new(Kind::MALFORMED_PATH).with_detail(error.to_string())
    }
}

impl From<PairsError> for Problem {
    fn from(error: PairsError) -> Problem {
        Problem::new(Kind::INVALID_PARAMETER).with_detail(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_rendered_after_rfc_9457() {
        let response = Problem::new(Kind::INVALID_PARAMETER)
            .with_detail("limit: expected 1 to 100, got \"0\"")
            .into_response("r-1");
        assert_eq!(response.status, 400);
        assert_eq!(response.headers.get("content-type"), Some("application/problem+json"));
        let Body::Text(text) = response.body else { panic!("a problem is text") };
        let document: serde_json::Value = serde_json::from_str(&text).expect("a problem is JSON");
        assert_eq!(
            document,
            serde_json::json!({
                "type": "urn:hashi:problem:invalid_parameter",
                "title": "A parameter is invalid",
                "status": 400,
                "detail": "limit: expected 1 to 100, got \"0\"",
                "code": "invalid_parameter",
                "requestId": "r-1",
            })
        );
    }

    #[test]
    fn a_problem_may_have_members_of_its_own() {
        let problem = Problem::new(Kind::TRAP).with_member("kind", "\"unreachable\"").with_member("logs", "[]");
        let Body::Text(text) = problem.into_response("r-1").body else { panic!("a problem is text") };
        let document: serde_json::Value = serde_json::from_str(&text).expect("a problem is JSON");
        assert_eq!((&document["kind"], &document["logs"]), (&serde_json::json!("unreachable"), &serde_json::json!([])));
        assert_eq!(document["code"], "trap");
    }

    #[test]
    fn codes_are_unique_and_documented() {
        let page = include_str!("../../docs/problems.md");
        for (at, kind) in Kind::ALL.iter().enumerate() {
            assert!(Kind::ALL[..at].iter().all(|other| other.code != kind.code), "{} is used twice", kind.code);
            assert!(
                page.contains(&format!("`{}` | {}", kind.code, kind.status)),
                "docs/problems.md lacks {}",
                kind.code
            );
        }
    }
}
