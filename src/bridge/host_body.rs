//! Bodies on the host's side, and the pieces of streams that go there and come from there.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, ready};

use futures_util::StreamExt;
use futures_util::stream;
use js_sys::futures::{JsFuture, future_to_promise, spawn_local};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::host::{broken, describe};
use super::stream::StreamError;
use super::{ByteStream, promise};
use crate::telemetry::log::Served;

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

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pieces")
    }
}
