//! What surrounds a request: its id, the bindings, the promise to finish work after the response.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use worker::Env;

use super::clock;
use super::host::Lifetime;

/// A request's id: the isolate's random prefix and the request's number in it.
///
/// The shim counts, so that it can name a request that the instance didn't survive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    prefix: Rc<str>,
    number: u32,
}

impl RequestId {
    /// The id of the request `number` of the isolate `prefix`.
    pub fn new(prefix: Rc<str>, number: u32) -> RequestId {
        RequestId { prefix, number }
    }

    /// The request's number in its isolate, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:08x}", self.prefix, self.number)
    }
}

/// What surrounds one request. A clone is the same context.
#[derive(Clone, Debug)]
pub struct Context(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    id: RequestId,
    started_ms: f64,
    env: Env,
    lifetime: Lifetime,
}

impl Context {
    /// The context of a request that the host handed over.
    pub(super) fn new(id: RequestId, env: Env, lifetime: Lifetime) -> Context {
        Context(Rc::new(Inner { id, started_ms: clock::now_ms(), env, lifetime }))
    }

    /// A context without a host: no bindings, and [`Context::wait_until`] drops what it is given. For native tests.
    pub fn detached(number: u32) -> Context {
        let id = RequestId::new("detached".into(), number);
        Context::new(id, wasm_bindgen::JsValue::UNDEFINED.into(), Lifetime::Detached)
    }

    /// The request's id, as in `x-request-id`.
    pub fn request_id(&self) -> &RequestId {
        &self.0.id
    }

    /// When the request came in, in milliseconds of [`clock::now_ms`].
    pub fn started_ms(&self) -> f64 {
        self.0.started_ms
    }

    /// The bindings of the Worker: D1, R2, KV, Durable Objects, variables.
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// The host's own context.
    pub(super) fn host(&self) -> &wasm_bindgen::JsValue {
        self.0.lifetime.host()
    }

    /// Runs `future` to its end after the response was sent; the host keeps the request's context alive for it.
    pub fn wait_until(&self, future: impl Future<Output = ()> + 'static) {
        self.0.lifetime.wait_until(future);
    }
}
