//! What came back.

use super::Error;
use serde::Deserialize;

/// A reply as the transport got it, whole.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// Header names in any case, with their values; only `content-range` is read.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

/// Rows, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows<T> {
    /// The rows of this reply, in its order.
    pub rows: Vec<T>,
    /// How many rows the filters choose whatever the window is, if the query asked with [`count`](super::Query::count).
    pub count: Option<u64>,
}

/// A value, and how many rows there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Returned<T> {
    /// The value.
    pub value: T,
    /// How many rows the filters choose whatever the window is, if the query asked with [`count`](super::Query::count).
    pub count: Option<u64>,
}

impl<'a> Reply<'a> {
    /// The count in `Content-Range: 0-9/42`; `None` for `*`, or without the header.
    pub(super) fn count(&self) -> Option<u64> {
        let (_, range) = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-range"))?;
        range.rsplit_once('/')?.1.trim().parse().ok()
    }

    /// This reply if its status is one of success.
    pub(super) fn success(self) -> Result<Reply<'a>, Error> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(Error::from_reply(self.status, self.body)) }
    }

    /// The body read as `T`.
    pub(super) fn json<T: Deserialize<'a>>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.body).map_err(|error| Error::malformed(self.status, &error))
    }
}

impl std::fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers can set cookies and bodies hold people's rows.
        f.debug_struct("Reply").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}
