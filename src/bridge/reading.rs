//! Clients' bodies, read here.

use std::cell::Cell;
use std::fmt;
use std::rc::Weak;

use futures_util::stream;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::host::broken;
use super::stream::StreamError;
use super::{ByteStream, promise};

#[wasm_bindgen]
extern "C" {
    /// What js/worker/reading.js reads a body with.
    pub(super) type Reading;

    /// A promise of the next piece, whose bytes are there until the next one is asked for, or of `undefined` at the end.
    #[wasm_bindgen(method)]
    fn next(this: &Reading) -> Promise;

    /// Has the rest not come.
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reading) -> Result<(), JsValue>;
}

/// How many bytes a piece has at most.
const PIECE: u32 = 16 * 1024;

/// What is left of a body that somebody gave up before its end: its client may be heard out. Cancelled when this is dropped, as its request ends.
#[derive(Default)]
pub(super) struct GivenUp(Cell<Option<Reading>>);

impl GivenUp {
    pub(super) fn is_there(&self) -> bool {
        let rest = self.0.take();
        let there = rest.is_some();
        self.0.set(rest);
        there
    }

    pub(super) fn take(&self) -> Option<Reading> {
        self.0.take()
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some(rest) = self.0.take() {
            leave(&rest);
        }
    }
}

impl fmt::Debug for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenUp")
    }
}

fn leave(body: &Reading) {
    // Fails only if the host has no request any more to which it belongs: it is gone either way.
    let _ = body.cancel();
}

/// The pieces of a client's body, of `length` bytes if that is declared. Dropped before their end, what is left of it goes to `given_up`, or is cancelled if that
/// is not there any more.
pub(super) fn pieces(
    body: &web_sys::ReadableStream,
    length: Option<u32>,
    given_up: Weak<GivenUp>,
) -> Result<ByteStream, StreamError> {
    struct Reader(Option<Reading>, Weak<GivenUp>);
    impl Drop for Reader {
        fn drop(&mut self) {
            let Some(rest) = self.0.take() else { return };
            match self.1.upgrade() {
                Some(given_up) => given_up.0.set(Some(rest)),
                None => leave(&rest),
            }
        }
    }
    let most = length.map_or(PIECE, |length| length.clamp(1, PIECE));
    let reading = with_host(|host| host.reading(body, most)).map_err(broken)?;
    Ok(ByteStream::new(stream::unfold(Reader(Some(reading), given_up), |mut reader| async move {
        let next = promise::wait(&reader.0.as_ref()?.next());
        match next.await {
            Ok(piece) if piece.is_undefined() => {
                drop(reader.0.take());
                None
            }
            Ok(piece) => Some((Ok(Uint8Array::new(&piece).to_vec()), reader)),
            Err(error) => {
                // There is nothing left of it.
                drop(reader.0.take());
                Some((Err(broken(error)), reader))
            }
        }
    })))
}
