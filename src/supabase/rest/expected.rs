//! Reading replies.

use super::{CountOnly, Csv, Error, Many, MaybeOne, Minimal, One, Reply, Returned, Rows, Scalar};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::marker::PhantomData;

/// Reads the reply to a query whose shape is `S`; comes with the request from [`Query::prepare`](super::Query::prepare).
#[derive(Debug)]
pub struct Expected<S>(PhantomData<fn() -> S>);

impl<S> Expected<S> {
    pub(super) fn new() -> Expected<S> {
        Expected(PhantomData)
    }
}

// Not derived, which would ask the same of `S`.
impl<S> Clone for Expected<S> {
    fn clone(&self) -> Expected<S> {
        *self
    }
}
impl<S> Copy for Expected<S> {}

impl Expected<Many> {
    /// The rows as `T`. With `&RawValue` as `T`, each row is the text of the body, checked to be JSON but not rebuilt.
    ///
    /// # Errors
    /// [`Error::Postgrest`] if the query was refused, [`Error::Malformed`] if the body isn't an array of `T`.
    pub fn decode<'a, T: Deserialize<'a>>(self, reply: Reply<'a>) -> Result<Rows<T>, Error> {
        let reply = reply.success()?;
        // A function that returns nothing answers with nothing.
        let rows = if reply.body.is_empty() { Vec::new() } else { reply.json()? };
        Ok(Rows { rows, count: reply.count() })
    }

    /// The whole body, checked to be one JSON array but not taken apart.
    ///
    /// # Errors
    /// [`Error::Postgrest`] if the query was refused, [`Error::Malformed`] if the body isn't a JSON array.
    pub fn decode_raw<'a>(self, reply: Reply<'a>) -> Result<Returned<&'a RawValue>, Error> {
        let reply = reply.success()?;
        let value: &RawValue = reply.json()?;
        if !value.get().starts_with('[') {
            let reason = "the body is not of the expected shape";
            return Err(Error::Malformed { status: reply.status, reason, position: (1, 1) });
        }
        Ok(Returned { value, count: reply.count() })
    }
}

impl Expected<One> {
    /// The row.
    ///
    /// # Errors
    /// [`Error::NotOne`] if there were none or several, [`Error::Postgrest`] if the query was refused,
    /// [`Error::Malformed`] if the body isn't a `T`.
    pub fn decode<'a, T: Deserialize<'a>>(self, reply: Reply<'a>) -> Result<Returned<T>, Error> {
        let reply = reply.success()?;
        Ok(Returned { value: reply.json()?, count: reply.count() })
    }
}

impl Expected<MaybeOne> {
    /// The row, or `None`.
    ///
    /// # Errors
    /// [`Error::NotOne`] if there were several, [`Error::Postgrest`] if the query was refused, [`Error::Malformed`] if
    /// the body isn't an array of `T`.
    pub fn decode<'a, T: Deserialize<'a>>(self, reply: Reply<'a>) -> Result<Returned<Option<T>>, Error> {
        let Rows { mut rows, count } = Expected::<Many>::new().decode(reply)?;
        if rows.len() > 1 {
            return Err(Error::NotOne { rows: u64::try_from(rows.len()).ok() });
        }
        Ok(Returned { value: rows.pop(), count })
    }
}

impl Expected<Scalar> {
    /// What the function returned; an empty body is read as JSON's `null`.
    ///
    /// # Errors
    /// [`Error::Postgrest`] if the call was refused, [`Error::Malformed`] if the body isn't a `T`.
    pub fn decode<'a, T: Deserialize<'a>>(self, reply: Reply<'a>) -> Result<Returned<T>, Error> {
        let reply = reply.success()?;
        let body = if reply.body.is_empty() { b"null" } else { reply.body };
        Ok(Returned { value: Reply { body, ..reply }.json()?, count: reply.count() })
    }
}

impl Expected<Csv> {
    /// The CSV text.
    ///
    /// # Errors
    /// [`Error::Postgrest`] if the query was refused, [`Error::Malformed`] if the body isn't UTF-8.
    pub fn decode<'a>(self, reply: Reply<'a>) -> Result<Returned<&'a str>, Error> {
        let reply = reply.success()?;
        let value = std::str::from_utf8(reply.body).map_err(|_| Error::Malformed {
            status: reply.status,
            reason: "the body is not UTF-8",
            position: (0, 0),
        })?;
        Ok(Returned { value, count: reply.count() })
    }
}

macro_rules! counts {
    ($($shape:ty),*) => {$(
        impl Expected<$shape> {
            /// The count, if the query asked for one.
            ///
            /// # Errors
            /// [`Error::Postgrest`] if the query was refused, [`Error::Malformed`] if not even that is understood.
            pub fn decode(self, reply: Reply<'_>) -> Result<Option<u64>, Error> {
                reply.success().map(|reply| reply.count())
            }
        }
    )*};
}

counts!(CountOnly, Minimal);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Book {
        id: i64,
    }

    fn reply(status: u16, body: &[u8]) -> Reply<'_> {
        Reply { status, headers: &[], body }
    }

    #[test]
    fn rows_come_with_their_count() {
        let headers = [("Content-Range".to_owned(), "0-1/42".to_owned())];
        let reply = Reply { status: 206, headers: &headers, body: br#"[{"id":1},{"id":2}]"# };
        let rows = Expected::<Many>::new().decode::<Book>(reply).expect("rows");
        assert_eq!((rows.rows, rows.count), (vec![Book { id: 1 }, Book { id: 2 }], Some(42)));
        assert_eq!(Expected::<CountOnly>::new().decode(reply).expect("a count"), Some(42));
    }

    #[test]
    fn an_unknown_count_is_none() {
        for range in ["0-1/*", "*/*", "nonsense", "0-1/-4"] {
            let headers = [("content-range".to_owned(), range.to_owned())];
            let reply = Reply { status: 200, headers: &headers, body: b"[]" };
            assert_eq!(Expected::<Many>::new().decode::<Book>(reply).expect("rows").count, None, "{range}");
        }
    }

    #[test]
    fn raw_rows_are_the_bytes_of_the_body() {
        let body = br#"[{"id":1.10,  "b":"\u00e9"}, 2]"#;
        let rows = Expected::<Many>::new().decode::<&RawValue>(reply(200, body)).expect("rows");
        assert_eq!(rows.rows.iter().map(|row| row.get()).collect::<Vec<_>>(), [r#"{"id":1.10,  "b":"\u00e9"}"#, "2"]);
        let whole = Expected::<Many>::new().decode_raw(reply(200, body)).expect("an array");
        assert_eq!(whole.value.get().as_bytes(), body);
    }

    #[test]
    fn raw_rows_are_still_checked() {
        for body in [&b"[{\"id\":1]"[..], b"[1,]", b"{}", b"[1] x", b"", b"\xff"] {
            let expected = Expected::<Many>::new();
            assert!(matches!(expected.decode_raw(reply(200, body)), Err(Error::Malformed { .. })), "{body:?}");
        }
    }

    #[test]
    fn maybe_one_is_none_one_or_an_error() {
        let decode = |body| Expected::<MaybeOne>::new().decode::<Book>(reply(200, body));
        assert_eq!(decode(b"[]").expect("none").value, None);
        assert_eq!(decode(br#"[{"id":3}]"#).expect("one").value, Some(Book { id: 3 }));
        assert!(matches!(decode(br#"[{"id":3},{"id":4}]"#), Err(Error::NotOne { rows: Some(2) })));
    }

    #[test]
    fn one_is_an_object_and_nothing_else() {
        let decode = |status, body| Expected::<One>::new().decode::<Book>(reply(status, body));
        assert_eq!(decode(200, br#"{"id":3}"#).expect("one").value, Book { id: 3 });
        assert!(matches!(decode(200, br#"[{"id":3}]"#), Err(Error::Malformed { .. })));
        let none = br#"{"code":"PGRST116","details":"The result contains 0 rows","hint":null,"message":"m"}"#;
        assert!(matches!(decode(406, none), Err(Error::NotOne { rows: Some(0) })));
    }

    #[test]
    fn a_lying_upstream_is_malformed_whatever_its_status() {
        for (status, body) in [(200, &b"<html>"[..]), (200, b"{\"rows\":[]}"), (500, b"oops"), (301, b"moved")] {
            let error = Expected::<Many>::new().decode::<Book>(reply(status, body)).expect_err("not rows");
            assert!(matches!(error, Error::Malformed { status: s, .. } if s == status), "{error}");
        }
    }

    #[test]
    fn a_function_that_returns_nothing_is_unit() {
        Expected::<Scalar>::new().decode::<()>(reply(204, b"")).expect("nothing");
        assert_eq!(Expected::<Scalar>::new().decode::<i64>(reply(200, b"42")).expect("a number").value, 42);
    }

    #[test]
    fn csv_is_text() {
        assert_eq!(Expected::<Csv>::new().decode(reply(200, "id\né".as_bytes())).expect("text").value, "id\né");
        assert!(matches!(Expected::<Csv>::new().decode(reply(200, b"\xff")), Err(Error::Malformed { .. })));
    }
}
