//! Outbound calls through the host's `fetch`.

use js_sys::Uint8Array;
use thiserror::Error;
use wasm_bindgen::prelude::*;

use super::edge::with_host;
use super::host::{describe, name_of};
use super::host_body::HostBody;
use super::{Body, Headers, Outbound, promise};

/// Why there is no answer. What the host said of it goes to the log only: it may hold the upstream's address.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The deadline passed, before the answer or in its middle.
    #[error("no answer within the deadline")]
    Timeout,
    /// The host's name has no address.
    #[error("the host's name has no address")]
    Unresolved,
    /// The connection can't be made secure.
    #[error("the connection can't be made secure")]
    Insecure,
    /// The client sent nothing more of its body in time.
    #[error("the client stalled in the middle of its body")]
    Stalled,
    /// The connection failed or broke off.
    #[error("the connection failed")]
    Unreachable,
    /// The answer is larger than the caller takes.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// What the caller takes, in bytes.
        limit: usize,
    },
}

/// An upstream's answer: its head is here, its body still comes in.
#[derive(Debug)]
pub struct Inbound(web_sys::Response);

/// Sends a request. `deadline_ms` bounds the whole exchange, the body of the answer included; a redirect is an answer and not followed.
pub async fn send(outbound: &Outbound, deadline_ms: u32) -> Result<Inbound, FetchError> {
    let body = match &outbound.body {
        Some(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        None => JsValue::NULL,
    };
    let promise = with_host(|host| {
        host.fetch_whole(outbound.method.as_str(), &outbound.url, &lines(outbound)?, &body, deadline_ms)
    });
    settle(promise).await
}

/// Sends a request with a body that stays on the host's side, `length` bytes long if that is known. `deadline_ms` bounds each wait up to the head
/// of the answer: for the next piece of the body to come or to be taken, and after the last for the head.
pub async fn send_stream(
    outbound: &Outbound,
    body: Option<HostBody>,
    length: Option<u64>,
    deadline_ms: u32,
) -> Result<Inbound, FetchError> {
    let body = body.map_or(JsValue::NULL, |body| body.0);
    let length = length.map(|length| length as f64);
    let promise = with_host(|host| {
        host.fetch_head(outbound.method.as_str(), &outbound.url, &lines(outbound)?, &body, length, deadline_ms)
    });
    settle(promise).await
}

async fn settle(promise: Result<js_sys::Promise, JsValue>) -> Result<Inbound, FetchError> {
    let answer = match promise {
        Ok(promise) => promise::wait(&promise).await,
        Err(error) => Err(error),
    };
    answer.map(|response| Inbound(response.unchecked_into())).map_err(failed)
}

fn lines(outbound: &Outbound) -> Result<String, JsValue> {
    let mut headers = Headers::new();
    for (name, value) in &outbound.headers {
        headers.append(name.clone(), value.clone());
    }
    headers.to_lines().ok_or_else(|| js_sys::Error::new("a request header has a line break").into())
}

fn failed(error: JsValue) -> FetchError {
    let said = describe(&error);
    let failure = match name_of(&error).as_deref() {
        Some("TimeoutError" | "AbortError") => FetchError::Timeout,
        Some("StalledError") => FetchError::Stalled,
        _ if said.contains("DNS") => FetchError::Unresolved,
        _ if said.contains("TLS") || said.contains("certificate") => FetchError::Insecure,
        _ => FetchError::Unreachable,
    };
    tracing::warn!(error = said, "an outbound call failed");
    failure
}

impl Inbound {
    pub(super) fn new(response: web_sys::Response) -> Inbound {
        Inbound(response)
    }

    pub(super) fn raw(&self) -> &web_sys::Response {
        &self.0
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.0.status()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }

    /// Every header, names in lower case; a header that was sent several times is joined by `, `, except for `set-cookie`.
    pub fn headers(&self) -> Vec<(String, String)> {
        let entries = self.0.headers().entries().into_iter().flatten();
        let text = |value: &JsValue| value.as_string().unwrap_or_default();
        entries
            .map(|entry| entry.unchecked_into::<js_sys::Array>())
            .map(|entry| (text(&entry.get(0)), text(&entry.get(1))))
            .collect()
    }

    /// The whole body, if it has at most `limit` bytes.
    pub async fn bytes(self, limit: usize) -> Result<Vec<u8>, FetchError> {
        let too_large = || FetchError::TooLarge { limit };
        if self.header("content-length").and_then(|length| length.parse::<u64>().ok()).is_some_and(|n| n > limit as u64)
        {
            return Err(too_large());
        }
        let promise = with_host(|host| host.bytes_within(&self.0, limit as f64)).map_err(failed)?;
        let bytes = promise::wait(&promise).await.map_err(failed)?;
        if bytes.is_undefined() {
            return Err(too_large());
        }
        Ok(bytes.unchecked_into::<Uint8Array>().to_vec())
    }

    /// The body, to be passed on without ever entering our memory; broken off if the upstream sends nothing for `idle_ms` while it is wanted.
    ///
    /// # Errors
    /// [`FetchError::Unreachable`] if it was read before.
    pub fn into_body(self, idle_ms: u32) -> Result<Body, FetchError> {
        let body = with_host(|host| host.pass_body(&self.0, idle_ms)).map_err(failed)?;
        Ok(body.map_or(Body::Empty, |body| Body::Host(HostBody::new(body))))
    }
}
