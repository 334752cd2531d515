//! The host's database, object store and rate limiter: thin edges over js/worker/storage.js.

use std::ops::Range;
use std::time::Duration;

use js_sys::{ArrayBuffer, Promise};
use thiserror::Error;
use wasm_bindgen::prelude::*;
use worker::Env;

use super::edge::with_host;
use super::held::NoRoom;
use super::host::{Host, describe, name_of};
use super::host_body::HostBody;
use super::host_request::IDLE_MS;
use super::object::{CheckedObject, ReadObject};
use super::promise::{self, Awaited};
use super::unread::{self, Unread};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, catch, js_name = queryDatabase)]
    fn query_database(this: &Host, database: &JsValue, statements: &str, args: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = copyObject)]
    fn copy_object(this: &Host, bucket: &JsValue, from: &str, to: &str, sha256: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = findObject)]
    fn find_object(this: &Host, bucket: &JsValue, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = checkObject)]
    fn check_object(this: &Host, bucket: &JsValue, key: &str, sha256: &str, idle_ms: u32) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = openObject)]
    fn open_object(
        this: &Host,
        bucket: &JsValue,
        key: &str,
        etag: &str,
        start: Option<f64>,
        length: f64,
        idle_ms: u32,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = putObject)]
    fn put_object(
        this: &Host,
        bucket: &JsValue,
        key: &str,
        bytes: &ArrayBuffer,
        sha256: &str,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = prepareModule)]
    fn prepare_module(this: &Host, env: &JsValue, module: &ArrayBuffer) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = removeObject)]
    fn remove_object(this: &Host, bucket: &JsValue, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = sweepObjects)]
    fn sweep_objects(
        this: &Host,
        bucket: &JsValue,
        prefix: &str,
        seconds: f64,
        kept: Vec<String>,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = withinLimit)]
    fn within_limit(this: &Host, limiter: &JsValue, key: &str) -> Result<Promise, JsValue>;
}

/// A binding that can't be used now. What the host said of it is in the log only.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindingError {
    /// The deployment doesn't have it.
    #[error("the binding {0} is missing in wrangler.toml")]
    Missing(&'static str),
    /// The client sent nothing more of what was to be stored.
    #[error("the client stalled in the middle of its body")]
    Stalled,
    /// There is no room for what was to be stored.
    #[error("{0}")]
    NoRoom(#[from] NoRoom),
    /// The host did not answer in time.
    #[error("the host's {0} did not answer in time")]
    Late(&'static str),
    /// The host refused or failed.
    #[error("the host's {0} failed")]
    Failed(&'static str),
}

fn find(env: &Env, name: &'static str) -> Option<JsValue> {
    js_sys::Reflect::get(env, &name.into()).ok().filter(|found| !found.is_undefined())
}

fn binding(env: &Env, name: &'static str) -> Result<JsValue, BindingError> {
    find(env, name).ok_or_else(|| {
        tracing::error!(binding = name, "a binding is missing");
        BindingError::Missing(name)
    })
}

/// Calls the host and awaits what it promises, whose every step has a deadline on the host's side; a failure is logged under what was asked.
pub(super) async fn ask(
    what: &'static str,
    call: impl FnOnce(&Host) -> Result<Promise, JsValue>,
) -> Result<JsValue, BindingError> {
    given(what, call, promise::wait).await
}

async fn given(
    what: &'static str,
    call: impl FnOnce(&Host) -> Result<Promise, JsValue>,
    wait: impl FnOnce(&Promise) -> Awaited,
) -> Result<JsValue, BindingError> {
    let outcome = match with_host(call) {
        Ok(promise) => wait(&promise).await,
        Err(error) => Err(error),
    };
    outcome.map_err(|error| failed(what, &error))
}

/// What the error of `what` means to whoever asked; the log has the rest.
pub(super) fn failed(what: &'static str, error: &JsValue) -> BindingError {
    match name_of(error).as_deref() {
        Some("StalledError") => BindingError::Stalled,
        Some("LateError") => {
            tracing::error!(what, "a binding did not answer in time");
            BindingError::Late(what)
        }
        _ => {
            tracing::error!(error = describe(error), what, "a binding failed");
            BindingError::Failed(what)
        }
    }
}

/// A database of SQLite's dialect (D1).
#[derive(Clone, Debug)]
pub struct Database(JsValue);

impl Database {
    /// The database that is bound as `name`.
    pub fn open(env: &Env, name: &'static str) -> Result<Database, BindingError> {
        binding(env, name).map(Database)
    }

    /// Runs statements in one transaction: all of them, or none if one fails.
    ///
    /// Each ends with `;` at the end of a line, has the JSON text `args` as its one parameter `?1`, and gives rows of one column `doc`,
    /// which is JSON text. The rows of all statements come as the text of an array of arrays.
    pub async fn query(&self, statements: &str, args: &str) -> Result<String, BindingError> {
        let rows = ask("database", |host| host.query_database(&self.0, statements, args)).await?;
        rows.as_string().ok_or(BindingError::Failed("database"))
    }
}

/// A store of objects by key (R2).
#[derive(Clone, Debug)]
pub struct Bucket(pub(super) JsValue);

impl Bucket {
    /// The store that is bound as `name`.
    pub fn open(env: &Env, name: &'static str) -> Result<Bucket, BindingError> {
        binding(env, name).map(Bucket)
    }

    /// Copies an object if its bytes have the hash `sha256`; false if there is no such object.
    pub async fn copy(&self, from: &str, to: &str, sha256: &str) -> Result<bool, BindingError> {
        let copied = ask("object store", |host| host.copy_object(&self.0, from, to, sha256)).await?;
        Ok(copied.is_truthy())
    }

    /// An object, of which nothing is read yet, if it is there.
    pub async fn find(&self, key: &str) -> Result<Option<Unread>, BindingError> {
        Ok(Unread::told(unread::find("object store", |host| host.find_object(&self.0, key)).await?))
    }

    /// Reads an object piece by piece and checks its hash; none of its bytes is kept.
    pub async fn check(&self, key: &str, sha256: &str) -> Result<ReadObject<CheckedObject>, BindingError> {
        let told = ask("object store", |host| host.check_object(&self.0, key, sha256, IDLE_MS)).await?;
        Ok(ReadObject::read(told, CheckedObject::read))
    }

    /// A part of an object that was checked, as a stream; it is corrupt if other bytes are there by now.
    pub async fn stream(
        &self,
        key: &str,
        checked: &CheckedObject,
        part: &Range<u64>,
    ) -> Result<ReadObject<HostBody>, BindingError> {
        let (start, length) = checked.part(part);
        let told =
            ask("object store", |host| host.open_object(&self.0, key, checked.etag(), start, length, IDLE_MS)).await?;
        Ok(ReadObject::read(told, HostBody::told))
    }

    /// Stores bytes that have the hash `sha256`, in the place of whatever is there.
    pub async fn put(&self, key: &str, bytes: &HostBytes, sha256: &str) -> Result<(), BindingError> {
        ask("object store", |host| host.put_object(&self.0, key, &bytes.0, sha256)).await.map(drop)
    }

    /// Removes an object, if it is there.
    pub async fn remove(&self, key: &str) -> Result<(), BindingError> {
        ask("object store", |host| host.remove_object(&self.0, key)).await.map(drop)
    }

    /// Removes the objects below `prefix` that were stored `seconds` ago or earlier, but for the keys `kept`; their number.
    pub async fn sweep(&self, prefix: &str, seconds: u32, kept: Vec<String>) -> Result<u32, BindingError> {
        let swept = ask("object store", |host| host.sweep_objects(&self.0, prefix, seconds.into(), kept)).await?;
        Ok(swept.as_f64().unwrap_or_default() as u32)
    }
}

/// Bytes that stay on the host's side.
#[derive(Clone, Debug)]
pub struct HostBytes(pub(super) ArrayBuffer);

impl HostBytes {
    pub(super) fn raw(&self) -> &ArrayBuffer {
        &self.0
    }

    /// What the host gave for them.
    pub(super) fn told(bytes: JsValue) -> HostBytes {
        HostBytes(bytes.unchecked_into())
    }

    /// A copy of `bytes` on the host's side.
    pub fn copied(bytes: &[u8]) -> HostBytes {
        HostBytes(js_sys::Uint8Array::from(bytes).buffer())
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.byte_length().into()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, copied.
    pub fn to_vec(&self) -> Vec<u8> {
        js_sys::Uint8Array::new(&self.0).to_vec()
    }
}

/// Has a module prepared in an isolate of its own: what came of it, as JSON text, and the packed bundle, if there is one.
pub async fn prepare_module(env: &Env, module: &HostBytes) -> Result<(String, Option<HostBytes>), BindingError> {
    let answer = ask("prepare", |host| host.prepare_module(env, &module.0)).await?;
    let answer: js_sys::Array = answer.unchecked_into();
    let told = answer.get(0).as_string().ok_or(BindingError::Failed("prepare"))?;
    let bundle = Some(answer.get(1)).filter(|bundle| !bundle.is_undefined());
    Ok((told, bundle.map(|bundle| HostBytes(bundle.unchecked_into()))))
}

/// A limit on how often something may be done (the Workers' rate limit binding).
#[derive(Clone, Debug)]
pub struct RateLimiter(JsValue);

impl RateLimiter {
    /// The limiter that is bound as `name`, if there is one.
    pub fn find(env: &Env, name: &'static str) -> Option<RateLimiter> {
        find(env, name).map(RateLimiter)
    }

    /// Counts `key` once; whether it is within its limit. A limiter that takes longer than `limit` is late.
    pub async fn allows(&self, key: &str, limit: Duration) -> Result<bool, BindingError> {
        let wait = |promise: &Promise| promise::wait_within(promise, limit);
        given("rate limiter", |host| host.within_limit(&self.0, key), wait).await.map(|within| within.is_truthy())
    }
}
