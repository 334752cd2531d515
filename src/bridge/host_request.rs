//! A request as the host has it: headers and body are read when somebody asks.

use std::cell::OnceCell;
use std::rc::Weak;
use std::time::Duration;

use js_sys::Uint8Array;

use super::edge::with_host;
use super::host::broken;
use super::host_body::HostBody;
use super::reading::{self, GivenUp};
use super::stream::StreamError;
use super::{ByteStream, promise};

/// A request of the host.
#[derive(Debug)]
pub struct HostRequest {
    request: web_sys::Request,
    /// Where its body is left if it isn't read to its end.
    given_up: Weak<GivenUp>,
    headers: OnceCell<web_sys::Headers>,
    /// What every reader of a body asks for, read at once: each question crosses the border with a name and a value.
    body_head: OnceCell<BodyHead>,
    /// The same of who calls.
    caller_head: OnceCell<CallerHead>,
}

#[derive(Debug, Default)]
struct BodyHead {
    content_length: Option<String>,
    content_type: Option<String>,
}

#[derive(Debug, Default)]
struct CallerHead {
    authorization: Option<String>,
    address: Option<String>,
}

impl HostRequest {
    pub(super) fn new(request: web_sys::Request, given_up: Weak<GivenUp>) -> HostRequest {
        let (headers, body_head, caller_head) = Default::default();
        HostRequest { request, given_up, headers, body_head, caller_head }
    }

    pub(super) fn raw(&self) -> &web_sys::Request {
        &self.request
    }

    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        match name {
            "content-length" => self.body_head().content_length.clone(),
            "content-type" => self.body_head().content_type.clone(),
            "authorization" => self.caller_head().authorization.clone(),
            "cf-connecting-ip" => self.caller_head().address.clone(),
            name => self.headers.get_or_init(|| self.request.headers()).get(name).ok().flatten(),
        }
    }

    fn body_head(&self) -> &BodyHead {
        self.body_head.get_or_init(|| {
            let Ok(both) = with_host(|host| host.body_head(&self.request)) else { return BodyHead::default() };
            let (length, kind) = both.split_once('\n').unwrap_or_default();
            BodyHead { content_length: some(length), content_type: some(kind) }
        })
    }

    fn caller_head(&self) -> &CallerHead {
        self.caller_head.get_or_init(|| {
            let Ok(Some(both)) = with_host(|host| host.caller_head(&self.request)) else {
                return CallerHead::default();
            };
            let (authorization, address) = both.split_once('\n').unwrap_or_default();
            let there = |line: &str| line.strip_prefix('=').map(str::to_owned);
            CallerHead { authorization: there(authorization), address: there(address) }
        })
    }

    /// The whole body of `length` bytes; the caller has checked that.
    pub(super) async fn bytes(&self, length: usize) -> Result<Vec<u8>, StreamError> {
        let body = promise::settled_by(|host, number| host.read_body(&self.request, number, patience(length)));
        Ok(Uint8Array::new(&body.await.map_err(broken)?).to_vec())
    }

    /// The whole body of `length` bytes, copied and as the host has it, if it is UTF-8 without a byte order mark.
    ///
    /// The host's strings cost its collector less than its buffers: 8 µs at 10 KB. It decodes by the
    /// [Encoding Standard](https://encoding.spec.whatwg.org/#utf-8-decode), so the text is as long as the body was only if nothing was replaced, or
    /// only such malformed sequences as are as long as U+FFFD, which takes their place: the first three bytes of a character of four.
    pub(super) async fn text(&self, length: usize) -> Result<Option<(Vec<u8>, HostBody)>, StreamError> {
        let text = promise::settled_by(|host, number| host.read_text(&self.request, number, patience(length)));
        let text = text.await.map_err(broken)?;
        let mut bytes = vec![0; length];
        let filled = with_host(|host| Ok(host.fill(&text, &mut bytes))).map_err(broken)?;
        Ok(filled.then_some((bytes, HostBody::told(text))))
    }

    /// The body, piece by piece.
    pub(super) fn stream(&self) -> Result<ByteStream, StreamError> {
        if self.request.body_used() {
            return Err(StreamError("the body was read before".to_owned()));
        }
        let Some(stream) = self.request.body() else { return Ok(ByteStream::once(Vec::new())) };
        let length = self.body_head().content_length.as_ref().and_then(|length| length.parse().ok());
        let pieces = reading::pieces(&stream, length, self.given_up.clone())?;
        Ok(pieces.patient(Duration::from_millis(IDLE_MS.into())))
    }

    /// The body as the host has it, never to be read here; `None` if there is none.
    pub fn body(&self) -> Option<HostBody> {
        self.request.body().map(HostBody::new)
    }
}

fn some(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// How long a client may send nothing in the middle of its body, in milliseconds.
pub(super) const IDLE_MS: u32 = 10_000;

/// What a client may send slowly.
const SLOW_BYTES: usize = 1024 * 1024;

/// How long a client may take for a body of `length` bytes, in milliseconds, once it has begun: 10 kB/s up to 1 MiB. A longer one, which holds that much memory
/// meanwhile, has to come by 100 kB/s, or within the time of 1 MiB: 14 MiB in less than three minutes.
pub(super) fn patience(length: usize) -> u32 {
    let slowly = length.min(SLOW_BYTES) / 10;
    IDLE_MS.saturating_add(u32::try_from(slowly.max(length / 100)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_time_for_a_small_body_and_has_to_hurry_with_a_large_one() {
        let seconds = |length: usize| patience(length) / 1000;
        assert_eq!([0, 10_000, 1_000_000].map(seconds), [10, 11, 110]);
        assert_eq!(seconds(SLOW_BYTES), seconds(10 * SLOW_BYTES), "no less time than 1 MiB has");
        assert_eq!(seconds(14 * 1024 * 1024), 156);
    }
}
