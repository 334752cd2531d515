//! What can go wrong with a query.

use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Why a query gave no rows.
///
/// Its `Display` holds no key, no URL and nothing of a reply that wasn't understood. It does hold PostgREST's own
/// message, which can quote values of the row it is about: it is for logs, not for strangers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A body or argument can't be written as JSON, or isn't a struct or map where one is needed.
    #[error("the rows or arguments can't be sent as JSON objects: {0}")]
    Encode(#[source] serde_json::Error),

    /// PostgREST, Postgres or the API gateway refused the query.
    #[error("Supabase answered {status}: {body}")]
    Postgrest {
        /// The HTTP status.
        status: u16,
        /// The error body; empty for a `HEAD` request.
        body: PostgrestError,
    },

    /// One row was asked for, and there were none or several (PostgREST's `PGRST116`).
    #[error("one row was asked for, and {} were found", found(*.rows))]
    NotOne {
        /// How many rows there were, if the reply said so.
        rows: Option<u64>,
    },

    /// The reply isn't what PostgREST says: not JSON, or not of the asked shape.
    #[error("the reply with status {status} is not understood: {reason}")]
    Malformed {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it, in our own words.
        reason: &'static str,
        /// Where in the body, counted from 1; (0, 0) where that has no meaning.
        position: (usize, usize),
    },

    /// No reply came in time.
    #[error("Supabase did not answer within {} ms", after.as_millis())]
    Timeout {
        /// The deadline that passed.
        after: Duration,
    },

    /// No connection came about, or it broke before the reply was whole.
    #[error("Supabase can't be reached")]
    Unreachable,
}

fn found(rows: Option<u64>) -> String {
    rows.map_or_else(|| "another number".to_owned(), |rows| rows.to_string())
}

/// PostgREST's error body.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{code} {message}")]
#[non_exhaustive]
pub struct PostgrestError {
    /// A Postgres SQLSTATE such as `23505`, or a PostgREST code such as `PGRST204`; empty if the gateway answered.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// More about it; JSON text where PostgREST sends more than a string.
    pub details: Option<String>,
    /// What may help.
    pub hint: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    code: Value,
    message: String,
    #[serde(default)]
    details: Value,
    #[serde(default)]
    hint: Value,
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

impl Error {
    /// The error that a reply with a status outside 200 to 299 stands for.
    pub(super) fn from_reply(status: u16, body: &[u8]) -> Error {
        if body.is_empty() {
            return Error::Postgrest { status, body: PostgrestError::default() };
        }
        let body: Body = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(error) => return Error::malformed(status, &error),
        };
        let body = PostgrestError {
            code: text(body.code).unwrap_or_default(),
            message: body.message,
            details: text(body.details),
            hint: text(body.hint),
        };
        if body.code == "PGRST116" {
            return Error::NotOne { rows: body.details.as_deref().and_then(first_number) };
        }
        Error::Postgrest { status, body }
    }

    /// What serde says of a body that it couldn't read, without what it says of the body's content.
    pub(super) fn malformed(status: u16, error: &serde_json::Error) -> Error {
        use serde_json::error::Category;
        let reason = match error.classify() {
            Category::Eof => "the body ends too early",
            Category::Syntax | Category::Io => "the body is not JSON",
            Category::Data => "the body is not of the expected shape",
        };
        Error::Malformed { status, reason, position: (error.line(), error.column()) }
    }

    /// The PostgREST or Postgres code, if the error has one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Postgrest { body, .. } => Some(body.code.as_str()).filter(|code| !code.is_empty()),
            Error::NotOne { .. } => Some("PGRST116"),
            _ => None,
        }
    }
}

/// The first number in a sentence such as "The result contains 0 rows".
fn first_number(text: &str) -> Option<u64> {
    text.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postgrest_body_keeps_its_four_fields() {
        let body =
            br#"{"code":"23505","message":"duplicate key","details":"Key (id)=(1) already exists.","hint":null}"#;
        let Error::Postgrest { status: 409, body } = Error::from_reply(409, body) else { panic!("not Postgrest") };
        assert_eq!((body.code.as_str(), body.message.as_str()), ("23505", "duplicate key"));
        assert_eq!((body.details.as_deref(), body.hint), (Some("Key (id)=(1) already exists."), None));
    }

    #[test]
    fn details_that_are_not_a_string_are_kept_as_json() {
        let body = br#"{"code":"PGRST201","message":"ambiguous","details":[{"cardinality":"many-to-one"}]}"#;
        let Error::Postgrest { body, .. } = Error::from_reply(300, body) else { panic!("not Postgrest") };
        assert_eq!(body.details.as_deref(), Some(r#"[{"cardinality":"many-to-one"}]"#));
    }

    #[test]
    fn a_gateway_error_without_a_code_is_understood() {
        let error = Error::from_reply(401, br#"{"message":"No API key found in request"}"#);
        assert_eq!(error.to_string(), "Supabase answered 401:  No API key found in request");
        assert_eq!(error.code(), None);
    }

    #[test]
    fn pgrst116_is_not_one_row() {
        let body = br#"{"code":"PGRST116","message":"x","details":"The result contains 3 rows","hint":null}"#;
        assert!(matches!(Error::from_reply(406, body), Error::NotOne { rows: Some(3) }));
        let body = br#"{"code":"PGRST116","message":"x"}"#;
        assert!(matches!(Error::from_reply(406, body), Error::NotOne { rows: None }));
    }

    #[test]
    fn garbage_is_malformed_and_never_repeated() {
        for body in [&b"<html>secret-token</html>"[..], b"[\"secret-token\"]", b"{\"secret-token", b"\"secret-token\""]
        {
            let error = Error::from_reply(502, body);
            assert!(matches!(error, Error::Malformed { status: 502, .. }));
            assert!(!format!("{error} {error:?}").contains("secret-token"));
        }
    }
}
