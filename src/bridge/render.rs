//! From our response to the host's.
//!
//! A host spends most of a small response on turning names, values and text of ours into strings of its own. What is `'static` is the same
//! each time, so it crosses the border once and is called by its number from then on; only what a handler made crosses every time.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::host::Host;
use super::host_body::Pieces;
use super::{Body, Headers, Response};
use crate::telemetry::log::Served;

/// How many sets of headers and how many texts are remembered; others cross each time.
const MOST: usize = 256;
/// How many `'static` headers of a response are looked up together; a response with more has them cross each time.
const WIDEST: usize = 16;
/// Up to how many bytes a text that was made crosses as a string: beyond, decoding costs more than a copy.
const SHORT: usize = 1024;

/// Where a `'static` text lies, which says what it is.
type Address = (usize, usize);

fn address(text: &'static str) -> Address {
    (text.as_ptr().addr(), text.len())
}

#[derive(Default)]
struct Known {
    headers: Vec<Box<[Address]>>,
    texts: Vec<Address>,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// Makes the host's response of ours. A response that the host doesn't take, such as one with a malformed header, is an error.
pub(super) fn to_host(host: &Host, response: Response) -> Result<web_sys::Response, JsValue> {
    let Response { status, headers, request_id, body } = response;
    let number = request_id.map_or(0, |id| id.number());
    let (set, extra) = KNOWN.with_borrow_mut(|known| known.split(host, &headers))?;
    let extra = extra.as_deref();
    match body {
        Body::Text(Cow::Borrowed(text)) => match KNOWN.with_borrow_mut(|known| known.text(host, text)) {
            Some(at) => host.respond_known(status, set, number, extra, at),
            None => host.respond_bytes(status, set, number, extra, text.as_bytes()),
        },
        Body::Text(Cow::Owned(text)) if text.len() <= SHORT => host.respond_text(status, set, number, extra, &text),
        Body::Text(Cow::Owned(text)) => host.respond_bytes(status, set, number, extra, text.as_bytes()),
        Body::Bytes(bytes) => host.respond_bytes(status, set, number, extra, &bytes),
        Body::Empty => host.respond_host(status, set, number, extra, &JsValue::NULL),
        Body::Answer(answer) => host.respond_over(status, set, number, extra, answer.raw()),
        Body::Host(body) => host.respond_host(status, set, number, extra, &body.0),
        Body::Stream(stream) => {
            let pieces = Pieces { stream: Rc::new(RefCell::new(Some(stream))), served: Served::now() };
            host.respond_host(status, set, number, extra, &host.stream(pieces))
        }
    }
}

impl Known {
    /// The number of the `'static` headers, and the others as lines; number 0 stands for no headers.
    fn split(&mut self, host: &Host, headers: &Headers) -> Result<(u32, Option<String>), JsValue> {
        let mut addresses = [(0, 0); 2 * WIDEST];
        let mut wide = 0;
        let mut fixed = Headers::new();
        let mut made = Headers::new();
        for (name, value) in headers.entries() {
            match (name, value) {
                (Cow::Borrowed(name), Cow::Borrowed(value)) if wide + 2 <= addresses.len() => {
                    addresses[wide] = address(name);
                    addresses[wide + 1] = address(value);
                    wide += 2;
                }
                _ => made.append(name.clone(), value.clone()),
            }
        }
        let addresses = &addresses[..wide];
        let set = match self.headers.iter().position(|known| **known == *addresses) {
            _ if wide == 0 => Some(0),
            Some(at) => Some(at + 1),
            None if self.headers.len() < MOST => {
                fixed.extend_fixed(headers, wide / 2);
                let known = !fixed.repeats();
                if known {
                    host.know_headers(self.headers.len() as u32 + 1, &lines(&fixed)?);
                    self.headers.push(addresses.into());
                }
                known.then_some(self.headers.len())
            }
            None => None,
        };
        match set {
            Some(set) => Ok((set as u32, if made.is_empty() { None } else { Some(lines(&made)?) })),
            None => Ok((0, Some(lines(headers)?))),
        }
    }

    /// The number of a `'static` text.
    fn text(&mut self, host: &Host, text: &'static str) -> Option<u32> {
        let address = address(text);
        if let Some(at) = self.texts.iter().position(|known| *known == address) {
            return Some(at as u32);
        }
        if self.texts.len() == MOST {
            return None;
        }
        host.know_text(self.texts.len() as u32, text);
        self.texts.push(address);
        Some(self.texts.len() as u32 - 1)
    }
}

fn lines(headers: &Headers) -> Result<String, JsValue> {
    headers.to_lines().ok_or_else(|| js_sys::Error::new("a response header has a line break").into())
}
