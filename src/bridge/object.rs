//! What the host tells of an object in a store, be that R2 or one behind HTTP.

use std::ops::Range;

use wasm_bindgen::JsValue;

use super::binding::{BindingError, HostBytes};

/// What is known of an object that was streamed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// The first eight of them, or all if there are fewer, in hexadecimal.
    pub head: String,
}

impl StoredObject {
    /// What the host says of a stream that it stored: its lines, or nothing of one that was too long.
    pub(super) fn read(stored: &JsValue) -> Result<Option<StoredObject>, BindingError> {
        let Some(lines) = stored.as_string() else { return Ok(None) };
        let mut lines = lines.split('\n').map(str::to_owned);
        let mut line = || lines.next().unwrap_or_default();
        let (sha256, size, head) = (line(), line(), line());
        let size = size.parse().map_err(|_| BindingError::Failed("object store"))?;
        Ok(Some(StoredObject { sha256, size, head }))
    }
}

/// What looking for an object came to.
#[derive(Debug)]
pub enum ReadObject<T = HostBytes> {
    /// It is there, and is what it should be.
    Intact(T),
    /// There is no such object.
    Missing,
    /// Its bytes are others.
    Corrupt,
}

impl<T> ReadObject<T> {
    /// What the host says of it: nothing of an object that isn't there, null of one whose bytes are others.
    pub(super) fn read(told: JsValue, intact: impl FnOnce(JsValue) -> T) -> ReadObject<T> {
        match told {
            missing if missing.is_undefined() => ReadObject::Missing,
            corrupt if corrupt.is_null() => ReadObject::Corrupt,
            told => ReadObject::Intact(intact(told)),
        }
    }
}

/// An object whose bytes were found to have their hash; they were not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedObject {
    /// How many bytes there are.
    pub size: u64,
    /// What the store calls these bytes at this place, and no others.
    etag: String,
}

impl CheckedObject {
    /// What the host says of it: its lines.
    pub(super) fn read(told: JsValue) -> CheckedObject {
        let told = told.as_string().unwrap_or_default();
        let (size, etag) = told.split_once('\n').unwrap_or_default();
        CheckedObject { size: size.parse().unwrap_or_default(), etag: etag.to_owned() }
    }

    pub(super) fn etag(&self) -> &str {
        &self.etag
    }

    /// From which of its bytes on a part goes, and how many they are: nothing is said of where all of them begin.
    pub(super) fn part(&self, part: &Range<u64>) -> (Option<f64>, f64) {
        let start = (*part != (0..self.size)).then_some(part.start as f64);
        (start, (part.end - part.start) as f64)
    }
}
