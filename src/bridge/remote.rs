//! An object store behind HTTP: a thin edge over js/worker/remote.js. Bytes stay on the host's side.

use std::ops::Range;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::binding::{BindingError, HostBytes, ask};
use super::host::Host;
use super::host_body::HostBody;
use super::object::{CheckedObject, ReadObject, StoredObject};
use super::unread::{self, Unread};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, catch, js_name = stageRemote)]
    fn stage_remote(
        this: &Host,
        url: &str,
        headers: &str,
        stream: &JsValue,
        limit: f64,
        deadline_ms: u32,
        removing: &str,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = findRemote)]
    fn find_remote(this: &Host, url: &str, headers: &str, deadline_ms: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = checkRemote)]
    fn check_remote(this: &Host, url: &str, headers: &str, sha256: &str, deadline_ms: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = openRemote)]
    fn open_remote(
        this: &Host,
        url: &str,
        headers: &str,
        etag: &str,
        start: Option<f64>,
        length: f64,
        deadline_ms: u32,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = sendRemote)]
    fn send_remote(
        this: &Host,
        method: &str,
        url: &str,
        headers: &str,
        body: &JsValue,
        sha256: Option<&str>,
        deadline_ms: u32,
    ) -> Result<Promise, JsValue>;
}

/// What a request to the store came to.
#[derive(Debug)]
pub enum Remote<T> {
    /// What was asked for.
    Done(T),
    /// The store's answer has this status.
    Status(u16),
}

/// Where an object is, and as whom it is asked for.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Its address.
    pub url: &'a str,
    /// Headers: names and values, each ended by a line feed.
    pub headers: &'a str,
    /// How long the store may keep silent.
    pub deadline_ms: u32,
}

const STORE: &str = "object store behind HTTP";

fn found<T>(told: JsValue, intact: impl FnOnce(JsValue) -> T) -> Remote<ReadObject<T>> {
    match status(&told) {
        Some(404) => Remote::Done(ReadObject::Missing),
        Some(status) => Remote::Status(status),
        None => Remote::Done(ReadObject::read(told, intact)),
    }
}

fn status(value: &JsValue) -> Option<u16> {
    value.as_f64().map(|status| status as u16)
}

impl Place<'_> {
    /// Stores a stream while hashing it; `None` if it has more than `limit` bytes, of which nothing is kept. Headers `removing` are whose who may
    /// remove what was stored of a stream that broke off.
    pub async fn stage(
        &self,
        stream: HostBody,
        limit: usize,
        removing: &str,
    ) -> Result<Remote<Option<StoredObject>>, BindingError> {
        let stored = ask(STORE, |host| {
            host.stage_remote(self.url, self.headers, &stream.0, limit as f64, self.deadline_ms, removing)
        })
        .await?;
        match status(&stored) {
            Some(status) => Ok(Remote::Status(status)),
            None => StoredObject::read(&stored).map(Remote::Done),
        }
    }

    /// An object, of which nothing is read yet, if it is there.
    pub async fn find(&self) -> Result<Remote<Option<Unread>>, BindingError> {
        let told = unread::find(STORE, |host| host.find_remote(self.url, self.headers, self.deadline_ms)).await?;
        Ok(match status(&told) {
            Some(404) => Remote::Done(None),
            Some(status) => Remote::Status(status),
            None => Remote::Done(Unread::told(told)),
        })
    }

    /// Reads an object piece by piece and checks its hash; none of its bytes is kept.
    pub async fn check(&self, sha256: &str) -> Result<Remote<ReadObject<CheckedObject>>, BindingError> {
        let told = ask(STORE, |host| host.check_remote(self.url, self.headers, sha256, self.deadline_ms)).await?;
        Ok(found(told, CheckedObject::read))
    }

    /// A part of an object that was checked, as a stream; it is corrupt if other bytes are there by now.
    pub async fn stream(
        &self,
        checked: &CheckedObject,
        part: &Range<u64>,
    ) -> Result<Remote<ReadObject<HostBody>>, BindingError> {
        let (start, length) = checked.part(part);
        let told = ask(STORE, |host| {
            host.open_remote(self.url, self.headers, checked.etag(), start, length, self.deadline_ms)
        })
        .await?;
        Ok(found(told, HostBody::told))
    }

    /// Stores bytes that have the hash `sha256`; the status of the answer.
    pub async fn put(&self, bytes: &HostBytes, sha256: &str) -> Result<u16, BindingError> {
        self.send("POST", bytes.0.as_ref(), Some(sha256)).await
    }

    /// Sends a request with a JSON body; the status of the answer.
    pub async fn command(&self, method: &str, json: &str) -> Result<u16, BindingError> {
        self.send(method, &json.into(), None).await
    }

    async fn send(&self, method: &str, body: &JsValue, sha256: Option<&str>) -> Result<u16, BindingError> {
        let answer =
            ask(STORE, |host| host.send_remote(method, self.url, self.headers, body, sha256, self.deadline_ms)).await?;
        status(&answer).ok_or(BindingError::Failed(STORE))
    }
}
