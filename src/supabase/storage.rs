//! Supabase Storage: objects in one bucket, as one caller sees them.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

use crate::bridge::binding::{BindingError, HostBytes};
use crate::bridge::host_body::HostBody;
use crate::bridge::object::{CheckedObject, ReadObject, StoredObject};
use crate::bridge::remote::{Place, Remote};
use crate::bridge::unread::Unread;

/// Why Storage didn't do it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageError {
    /// There is no such object, or the caller may not see it.
    #[error("there is no such object")]
    Missing,
    /// A policy refuses it, or the token is not valid any more.
    #[error("the caller may not do this")]
    Refused,
    /// Storage can't be used now, or answers what it never should.
    #[error("Storage can't be used now; try again later")]
    Unavailable,
}

impl From<BindingError> for StorageError {
    fn from(_: BindingError) -> StorageError {
        StorageError::Unavailable
    }
}

/// A bucket, as seen with one key. `Debug` shows neither key nor token.
///
/// Objects' names are parts of letters, digits and `-._~`, separated by slashes: they are part of an address as they are.
#[derive(Clone)]
pub struct Bucket {
    base: String,
    name: String,
    headers: String,
    deadline_ms: u32,
}

impl Bucket {
    /// The bucket `name` of the project at `url`, with an API key and, instead of the key's own, the token of a caller. `deadline_ms` bounds how long
    /// Storage may keep silent.
    pub fn new(url: &str, key: &str, bearer: Option<&str>, name: &str, deadline_ms: u32) -> Bucket {
        Bucket {
            base: format!("{}/storage/v1/object", url.trim_end_matches('/')),
            name: name.to_owned(),
            headers: format!("apikey\n{key}\nauthorization\nBearer {}\n", bearer.unwrap_or(key)),
            deadline_ms,
        }
    }

    /// Stores a stream as a new object while hashing it; `None` if it has more than `limit` bytes, of which nothing is kept. `remover` is the bucket as
    /// one who may remove objects sees it: what came in of a stream that breaks off is an object by then.
    pub async fn stage(
        &self,
        object: &str,
        stream: HostBody,
        limit: usize,
        remover: &Bucket,
    ) -> Result<Option<StoredObject>, StorageError> {
        let headers = self.with("content-type", "application/octet-stream");
        done(self.place(&self.address("", object), &headers).stage(stream, limit, &remover.headers).await?)
    }

    /// An object, of which nothing is read yet, if it is there.
    pub async fn find(&self, object: &str) -> Result<Option<Unread>, StorageError> {
        done(self.place(&self.readable(object), &self.headers).find().await?)
    }

    /// Reads an object piece by piece and checks its hash; none of its bytes is kept.
    pub async fn check(&self, object: &str, sha256: &str) -> Result<ReadObject<CheckedObject>, StorageError> {
        done(self.place(&self.readable(object), &self.headers).check(sha256).await?)
    }

    /// A part of an object that was checked, as a stream; it is corrupt if other bytes are there by now.
    pub async fn stream(
        &self,
        object: &str,
        checked: &CheckedObject,
        part: &Range<u64>,
    ) -> Result<ReadObject<HostBody>, StorageError> {
        done(self.place(&self.readable(object), &self.headers).stream(checked, part).await?)
    }

    /// Stores bytes that have the hash `sha256`, in the place of whatever is there.
    pub async fn put(&self, object: &str, bytes: &HostBytes, sha256: &str) -> Result<(), StorageError> {
        let headers = format!("{}x-upsert\ntrue\n", self.with("content-type", "application/octet-stream"));
        outcome(self.place(&self.address("", object), &headers).put(bytes, sha256).await?)
    }

    /// Copies an object, in the place of whatever is there.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), StorageError> {
        let headers = format!("{}x-upsert\ntrue\n", self.with("content-type", "application/json"));
        let body = format!(r#"{{"bucketId":"{0}","sourceKey":"{from}","destinationKey":"{to}"}}"#, self.name);
        outcome(self.place(&format!("{}/copy", self.base), &headers).command("POST", &body).await?)
    }

    /// Removes objects, as far as they are there: at most 1,000.
    pub async fn remove(&self, objects: &[&str]) -> Result<(), StorageError> {
        if objects.is_empty() {
            return Ok(());
        }
        let headers = self.with("content-type", "application/json");
        let body = format!(r#"{{"prefixes":["{}"]}}"#, objects.join(r#"",""#));
        outcome(self.place(&format!("{}/{}", self.base, self.name), &headers).command("DELETE", &body).await?)
    }

    fn address(&self, kind: &str, object: &str) -> String {
        format!("{}{kind}/{}/{object}", self.base, self.name)
    }

    fn readable(&self, object: &str) -> String {
        self.address("/authenticated", object)
    }

    fn with(&self, name: &str, value: &str) -> String {
        format!("{}{name}\n{value}\n", self.headers)
    }

    fn place<'a>(&self, url: &'a str, headers: &'a str) -> Place<'a> {
        Place { url, headers, deadline_ms: self.deadline_ms }
    }
}

fn done<T>(remote: Remote<T>) -> Result<T, StorageError> {
    match remote {
        Remote::Done(done) => Ok(done),
        Remote::Status(status) => Err(refusal(status)),
    }
}

fn outcome(status: u16) -> Result<(), StorageError> {
    if (200..300).contains(&status) { Ok(()) } else { Err(refusal(status)) }
}

fn refusal(status: u16) -> StorageError {
    tracing::warn!(status, "Storage refuses");
    match status {
        404 => StorageError::Missing,
        401 | 403 => StorageError::Refused,
        _ => StorageError::Unavailable,
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let bucket = Bucket::new("https://project.supabase.co/", "the-key", Some("the-token"), "files", 1);
        let shown = format!("{bucket:?}");
        assert!(shown.contains("files") && !shown.contains("the-key") && !shown.contains("the-token"), "{shown}");
    }

    #[test]
    fn an_address_is_below_the_bucket() {
        let bucket = Bucket::new("https://project.supabase.co/", "key", None, "files", 1);
        assert_eq!(bucket.address("", "a/b"), "https://project.supabase.co/storage/v1/object/files/a/b");
        assert_eq!(bucket.headers, "apikey\nkey\nauthorization\nBearer key\n");
        let headers = Bucket::new("http://h", "key", Some("token"), "files", 1).headers;
        assert_eq!(headers, "apikey\nkey\nauthorization\nBearer token\n");
    }

    #[test]
    fn what_is_refused_is_told_from_what_fails() {
        assert_eq!([200, 204].map(outcome), [Ok(()), Ok(())]);
        assert_eq!([404, 401, 403].map(refusal), [StorageError::Missing, StorageError::Refused, StorageError::Refused]);
        assert_eq!([413, 429, 500, 503, 544].map(refusal), [StorageError::Unavailable; 5]);
    }
}
