//! The host's side of bodies, and what js/worker gives us.
//!
//! JS values live here, in [`super::host_request`], and in the modules that each declare what they ask of js/worker; handlers get them wrapped.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, ready};

use futures_util::StreamExt;
use futures_util::stream;
use js_sys::futures::{JsFuture, future_to_promise, spawn_local};
use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::stream::StreamError;
use super::{ByteStream, promise};
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
    fn end_stream(this: &Host, stream: &JsValue) -> Result<(), JsValue>;

    /// Lets what is left of a body come, of which nothing is kept; fulfilled when that is enough.
    #[wasm_bindgen(method, catch, js_name = hearOut)]
    pub(super) fn hear_out(this: &Host, body: &web_sys::ReadableStream) -> Result<Promise, JsValue>;

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
    fn in_time(this: &Host, stream: &JsValue, ends_ms: f64) -> Result<web_sys::ReadableStream, JsValue>;

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

/// A body that stays on the host's side: a stream, or text.
#[derive(Clone, Debug)]
pub struct HostBody(pub(super) JsValue, Option<Rc<Fed>>);

/// A stream whose pieces are made here. Dropping it ends the stream: a client that leaves takes whoever read it along, and the stream hears nothing of it.
#[derive(Debug)]
struct Fed(JsValue);

impl Drop for Fed {
    fn drop(&mut self) {
        if let Err(error) = with_host(|host| host.end_stream(&self.0)) {
            tracing::error!(error = describe(&error), "a stream can't be ended");
        }
    }
}

impl HostBody {
    /// The body that `stream` gives.
    pub fn new(stream: web_sys::ReadableStream) -> HostBody {
        HostBody(stream.into(), None)
    }

    /// What the host gave for one.
    pub(super) fn told(body: JsValue) -> HostBody {
        HostBody(body, None)
    }

    /// A body of text.
    pub fn text(text: &str) -> HostBody {
        HostBody(JsValue::from_str(text), None)
    }

    /// A body whose pieces are made here while the host takes them and this or a clone of it is held; an error of the host if there is none.
    pub fn of(stream: ByteStream) -> Result<HostBody, JsValue> {
        let pieces = Pieces { stream: Rc::new(RefCell::new(Some(stream))), served: Served::now() };
        let stream = JsValue::from(with_host(|host| Ok(host.stream(pieces)))?);
        Ok(HostBody(stream.clone(), Some(Rc::new(Fed(stream)))))
    }

    /// Its pieces, copied as they come.
    pub fn pieces(self) -> ByteStream {
        let HostBody(body, fed) = self;
        match body.dyn_into() {
            // What feeds it is held as long as it is read.
            Ok(stream) => read_stream(stream).holding(fed),
            Err(whole) => match whole.dyn_into() {
                Ok(bytes) => sliced(bytes),
                Err(text) => ByteStream::once(text.as_string().unwrap_or_default().into_bytes()),
            },
        }
    }

    /// The same stream, broken off once it isn't whole at `ends_ms` of the host's clock; an error of the host if it is read already.
    pub fn in_time(self, ends_ms: f64) -> Result<HostBody, JsValue> {
        let stream = with_host(|host| host.in_time(&self.0, ends_ms))?;
        Ok(HostBody(stream.into(), self.1))
    }
}

/// The bytes of an array of the host, piece by piece.
fn sliced(bytes: Uint8Array) -> ByteStream {
    const PIECE: u32 = 64 * 1024;
    let starts = (0..bytes.length()).step_by(PIECE as usize);
    ByteStream::new(stream::iter(starts.map(move |start| {
        let end = start.saturating_add(PIECE).min(bytes.length());
        Ok(bytes.subarray(start, end).to_vec())
    })))
}

/// The pieces of a stream of the host. Dropping it cancels the stream.
pub(super) fn read_stream(stream: web_sys::ReadableStream) -> ByteStream {
    struct Reader(web_sys::ReadableStreamDefaultReader);
    impl Drop for Reader {
        fn drop(&mut self) {
            let cancelled = JsFuture::from(self.0.cancel());
            spawn_local(async move {
                // Fails only if the stream has broken off already: it is gone either way.
                let _ = cancelled.await;
            });
        }
    }
    let reader = Reader(stream.get_reader().unchecked_into());
    ByteStream::new(stream::unfold(Some(reader), |reader| async move {
        let reader = reader?;
        match promise::wait(&reader.0.read()).await {
            Ok(read) => {
                let read: web_sys::ReadableStreamReadResult = read.unchecked_into();
                if read.get_done() == Some(true) {
                    return None;
                }
                Some((Ok(Uint8Array::new(&read.get_value()).to_vec()), Some(reader)))
            }
            Err(error) => Some((Err(broken(error)), None)),
        }
    }))
}

/// A stream's pieces, for the host to ask for.
#[wasm_bindgen]
pub struct Pieces {
    pub(super) stream: Rc<RefCell<Option<ByteStream>>>,
    /// The request's, for what is logged while its answer is sent.
    pub(super) served: Served,
}

#[wasm_bindgen]
impl Pieces {
    /// A promise of the next piece, or of `undefined` at the end.
    pub fn next(&self) -> Promise {
        let slot = self.stream.clone();
        // The stream stays where [`Pieces`] can drop it: nothing wakes a task whose client has left.
        let next = poll_fn(move |context| {
            let mut stream = slot.borrow_mut();
            let piece = match stream.as_mut() {
                Some(stream) => ready!(stream.poll_next_unpin(context)),
                None => None,
            };
            Poll::Ready(match piece {
                Some(Ok(piece)) => Ok(Uint8Array::from(piece.as_slice()).into()),
                Some(Err(error)) => {
                    *stream = None;
                    let thrown = js_sys::Error::new(&error.to_string());
                    if error == StreamError::stalled() {
                        thrown.set_name("StalledError");
                    }
                    Err(thrown.into())
                }
                None => {
                    *stream = None;
                    Ok(JsValue::UNDEFINED)
                }
            })
        });
        future_to_promise(self.served.within(next))
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        // Borrowed only while a piece is made; then the task that makes it is awake and drops the stream itself.
        let stream = self.stream.try_borrow_mut().ok().and_then(|mut stream| stream.take());
        self.served.enter(|| drop(stream));
    }
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

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pieces")
    }
}
