//! What js/worker gives us.
//!
//! JS values live here, in [`super::host_request`], and in the modules that each declare what they ask of js/worker; handlers get them wrapped.

use std::future::Future;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::host_body::Pieces;
use super::reading::Reading;
use super::stream::StreamError;
use crate::telemetry::log::Served;

#[wasm_bindgen]
extern "C" {
    /// What js/worker/host.js gives: the few things that are cheaper or only possible on the host's side.
    pub type Host;

    /// Remembers a set of headers, as lines of name and value in turn, under a number from 1.
    #[wasm_bindgen(method, js_name = knowHeaders)]
    pub(super) fn know_headers(this: &Host, set: u32, lines: &str);

    /// Remembers a text under a number.
    #[wasm_bindgen(method, js_name = knowText)]
    pub(super) fn know_text(this: &Host, at: u32, text: &str);

    /// A response with a remembered text. `set` is the number of the remembered headers, 0 for none; `number` is the request's, whose id is
    /// added, 0 for none; `extra` are further headers as lines.
    #[wasm_bindgen(method, catch, js_name = respondKnown)]
    pub(super) fn respond_known(
        this: &Host,
        status: u16,
        set: u32,
        number: u32,
        extra: Option<&str>,
        text: u32,
    ) -> Result<web_sys::Response, JsValue>;

    /// A response with a text, the rest as in [`Host::respond_known`].
    #[wasm_bindgen(method, catch, js_name = respond)]
    pub(super) fn respond_text(
        this: &Host,
        status: u16,
        set: u32,
        number: u32,
        extra: Option<&str>,
        body: &str,
    ) -> Result<web_sys::Response, JsValue>;

    /// A response with bytes, which the host copies, the rest as in [`Host::respond_known`].
    #[wasm_bindgen(method, catch, js_name = respondBytes)]
    pub(super) fn respond_bytes(
        this: &Host,
        status: u16,
        set: u32,
        number: u32,
        extra: Option<&str>,
        body: &[u8],
    ) -> Result<web_sys::Response, JsValue>;

    /// A response whose body is null or a stream, the rest as in [`Host::respond_known`].
    #[wasm_bindgen(method, catch, js_name = respond)]
    pub(super) fn respond_host(
        this: &Host,
        status: u16,
        set: u32,
        number: u32,
        extra: Option<&str>,
        body: &JsValue,
    ) -> Result<web_sys::Response, JsValue>;

    /// A response with the status, the headers and the body of another, and ours on top of its headers, the rest as in [`Host::respond_known`].
    #[wasm_bindgen(method, catch, js_name = respondOver)]
    pub(super) fn respond_over(
        this: &Host,
        status: u16,
        set: u32,
        number: u32,
        extra: Option<&str>,
        given: &web_sys::Response,
    ) -> Result<web_sys::Response, JsValue>;
    /// A stream that asks `pieces` for its pieces, and breaks off when this instance dies.
    #[wasm_bindgen(method)]
    pub(super) fn stream(this: &Host, pieces: Pieces) -> web_sys::ReadableStream;

    /// Ends a stream that [`Host::stream`] made, unless it has ended.
    #[wasm_bindgen(method, catch, js_name = endStream)]
    pub(super) fn end_stream(this: &Host, stream: &JsValue) -> Result<(), JsValue>;

    /// Lets what is left of a body come, of which nothing is kept; fulfilled when that is enough.
    #[wasm_bindgen(method, catch, js_name = hearOut)]
    pub(super) fn hear_out(this: &Host, body: &web_sys::ReadableStream) -> Result<Promise, JsValue>;

    /// The same of a body that was read as far as somebody wanted it, which is cancelled then.
    #[wasm_bindgen(method, catch, js_name = hearRest)]
    pub(super) fn hear_rest(this: &Host, body: &Reading) -> Result<Promise, JsValue>;

    /// Reads a body, at most `most` bytes at a time; an error if somebody else does.
    #[wasm_bindgen(method, catch)]
    pub(super) fn reading(this: &Host, body: &web_sys::ReadableStream, most: u32) -> Result<Reading, JsValue>;

    /// Tells the shim that this instance has trapped and must be replaced.
    #[wasm_bindgen(method)]
    pub(super) fn died(this: &Host);

    /// Asks for one call of the export `turn`, soon and with nothing of ours on the stack.
    #[wasm_bindgen(method)]
    pub(super) fn soon(this: &Host);

    /// A request's `content-length` and `content-type`, empty where it has none, with a line feed between them.
    #[wasm_bindgen(method, catch, js_name = bodyHead)]
    pub(super) fn body_head(this: &Host, request: &web_sys::Request) -> Result<String, JsValue>;

    /// `authorization` and `cf-connecting-ip`, each on its line behind a `=` if it is there; `undefined` if there is neither.
    #[wasm_bindgen(method, catch, js_name = callerHead)]
    pub(super) fn caller_head(this: &Host, request: &web_sys::Request) -> Result<Option<String>, JsValue>;

    /// Names what another instance answers: the beginnings of paths, in lines. The shim needn't ask this one for them.
    #[wasm_bindgen(method)]
    pub(super) fn elsewhere(this: &Host, prefixes: &str);

    /// Reads a request's whole body, and settles the promise `number` with an `ArrayBuffer` of it, or with a `StalledError` after `ms`.
    #[wasm_bindgen(method, catch, js_name = readBody)]
    pub(super) fn read_body(this: &Host, request: &web_sys::Request, number: u32, ms: u32) -> Result<(), JsValue>;

    /// The same, with a string: what is not UTF-8 in it is replaced by U+FFFD, and a byte order mark is dropped.
    #[wasm_bindgen(method, catch, js_name = readText)]
    pub(super) fn read_text(this: &Host, request: &web_sys::Request, number: u32, ms: u32) -> Result<(), JsValue>;

    /// Writes `text` as UTF-8 to `into`; whether it fills it exactly.
    #[wasm_bindgen(method)]
    pub(super) fn fill(this: &Host, text: &JsValue, into: &mut [u8]) -> bool;

    /// Asks for one call of the export `settled` with `number` and what `promise` came to.
    #[wasm_bindgen(method)]
    pub(super) fn watch(this: &Host, promise: &Promise, number: u32);

    /// Asks for one call of the export `settled` with `number` and a `LateError` in `ms`.
    #[wasm_bindgen(method)]
    pub(super) fn time(this: &Host, number: u32, ms: u32);

    /// Takes that back.
    #[wasm_bindgen(method)]
    pub(super) fn untime(this: &Host, number: u32);

    /// Cancels the body of what `promise` comes to, if it has one.
    #[wasm_bindgen(method, js_name = letGo)]
    pub(super) fn let_go(this: &Host, promise: &Promise);

    /// What settles the promise `number` when it is called, by whichever request: `settled` is called in the context of the one that asks now.
    #[wasm_bindgen(method)]
    pub(super) fn signal(this: &Host, number: u32) -> Function;

    /// Answers the request `number`, which had to wait, unless it is answered or its client has gone; without a response it gets the shim's 500.
    #[wasm_bindgen(method)]
    pub(super) fn answer(this: &Host, number: u32, response: Option<web_sys::Response>);

    /// A promise of a body's bytes, or of `undefined` as soon as there are more than `limit`.
    #[wasm_bindgen(method, catch, js_name = bytesWithin)]
    pub(super) fn bytes_within(this: &Host, response: &web_sys::Response, limit: f64) -> Result<Promise, JsValue>;

    /// A promise of an answer, given up after `deadline_ms`, body included.
    #[wasm_bindgen(method, catch, js_name = fetchWhole)]
    pub(super) fn fetch_whole(
        this: &Host,
        method: &str,
        url: &str,
        headers: &str,
        body: &JsValue,
        deadline_ms: u32,
    ) -> Result<Promise, JsValue>;

    /// A promise of an answer, given up once nothing happens for `deadline_ms`: no piece of `body` passes, and then no head comes. `length` is the
    /// body's, where it is declared.
    #[wasm_bindgen(method, catch, js_name = fetchHead)]
    pub(super) fn fetch_head(
        this: &Host,
        method: &str,
        url: &str,
        headers: &str,
        body: &JsValue,
        length: Option<f64>,
        deadline_ms: u32,
    ) -> Result<Promise, JsValue>;

    /// The body of an answer, broken off once it stalls for `idle_ms`.
    #[wasm_bindgen(method, catch, js_name = passBody)]
    pub(super) fn pass_body(
        this: &Host,
        response: &web_sys::Response,
        idle_ms: u32,
    ) -> Result<Option<web_sys::ReadableStream>, JsValue>;

    /// The same bytes as a stream, broken off once it isn't whole at `ends_ms` of the clock.
    #[wasm_bindgen(method, catch, js_name = inTime)]
    pub(super) fn in_time(this: &Host, stream: &JsValue, ends_ms: f64) -> Result<web_sys::ReadableStream, JsValue>;

    /// A promise of the SHA-256 of a text, in hexadecimal.
    #[wasm_bindgen(method, catch, js_name = hashText)]
    pub(super) fn hash_text(this: &Host, text: &str) -> Result<Promise, JsValue>;
}

/// Why a body didn't come whole.
pub(super) fn broken(error: JsValue) -> StreamError {
    if name_of(&error).as_deref() == Some("StalledError") {
        return StreamError::stalled();
    }
    StreamError(describe(&error))
}

/// The name of a thrown value, if it has one.
pub(super) fn name_of(value: &JsValue) -> Option<String> {
    js_sys::Reflect::get(value, &"name".into()).ok()?.as_string()
}

/// How long the host lets a request's work go on.
#[derive(Debug)]
pub enum Lifetime {
    /// As long as a promise given to the host's context is pending.
    Host(worker::Context),
    /// There is no host.
    Detached,
}

impl Lifetime {
    /// The host's context.
    pub(super) fn host(&self) -> &JsValue {
        match self {
            Lifetime::Host(context) => {
                let context: &worker::worker_sys::Context = context.as_ref();
                context
            }
            Lifetime::Detached => {
                const NONE: &JsValue = &JsValue::UNDEFINED;
                NONE
            }
        }
    }

    pub(super) fn wait_until(&self, future: impl Future<Output = ()> + 'static) {
        match self {
            Lifetime::Host(context) => context.wait_until(Served::now().within(future)),
            Lifetime::Detached => drop(future),
        }
    }
}

/// What a thrown value says, whatever it is; for logs.
pub(super) fn describe(value: &JsValue) -> String {
    if let Some(error) = value.dyn_ref::<js_sys::Error>() {
        return format!("{}: {}", error.name(), error.message());
    }
    value.as_string().unwrap_or_else(|| format!("{value:?}"))
}
