//! The entry points' common part: from the shim's call to the host's response.

use std::cell::OnceCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{self, Poll, Wake};

use futures_util::task::AtomicWaker;
use js_sys::futures::future_to_promise;
use wasm_bindgen::prelude::*;
use worker::Env;

use super::host::{Host, HostRequest, Lifetime, describe, to_host};
use super::request::Source;
use super::router::{Answer, RouteTable};
use super::{Context, Kind, Method, Problem, Request, RequestId, Response};
use crate::telemetry::log;

/// What an isolate has from its start: nothing in it is about a request.
struct Isolate {
    host: Host,
    prefix: Rc<str>,
}

thread_local! {
    static ISOLATE: OnceCell<Isolate> = const { OnceCell::new() };
}

/// Binds this instance to its shim, once, before anything else is called.
///
/// `prefix` begins every request id of the isolate. The panic hook and the abort handler of the `worker` crate are replaced: ours tell
/// the shim, which then answers every request in flight and puts a fresh instance in this one's place.
pub fn start(host: Host, prefix: &str, env: &Env) {
    log::start(env);
    std::panic::set_hook(Box::new(log::panicked));
    wasm_bindgen::handler::set_on_abort(aborted);
    ISOLATE.with(|isolate| {
        if isolate.set(Isolate { host, prefix: prefix.into() }).is_err() {
            tracing::warn!("the instance was started twice; the first start holds");
        }
    });
}

/// Calls `f` with what the shim gave at the start, or fails if there was no start.
pub(super) fn with_host<T>(f: impl FnOnce(&Host) -> Result<T, JsValue>) -> Result<T, JsValue> {
    ISOLATE.with(|isolate| match isolate.get() {
        Some(isolate) => f(&isolate.host),
        None => Err(js_sys::Error::new("the instance was not started").into()),
    })
}

fn aborted() {
    // Nothing is left to tell if the shim is not there.
    let _ = with_host(|host| {
        host.died();
        Ok(())
    });
}

/// Answers a request of the host with a response, or with a promise of one if the handler has to wait.
pub fn fetch<S: 'static>(
    table: &RouteTable<S>,
    method: &str,
    url: String,
    number: u32,
    request: web_sys::Request,
    env: Env,
    context: worker::Context,
) -> Result<JsValue, JsValue> {
    let context = Context::new(request_id(number), env, Lifetime::Host(context));
    let _inside = log::enter(number);
    let method = Method::parse(method);
    let request = Request::new(method.unwrap_or(Method::Get), url, Source::Host(HostRequest(request)));
    match table.answer(method, request, context.clone()) {
        Answer::Ready(response) => render(response, &context).map(JsValue::from),
        Answer::Pending(mut future) => {
            // Many handlers that could wait don't: such an answer needs no promise.
            let relay = Arc::new(Relay::default());
            let waker = relay.clone().into();
            match future.as_mut().poll(&mut task::Context::from_waker(&waker)) {
                Poll::Ready(response) => render(response, &context).map(JsValue::from),
                Poll::Pending => {
                    let response = poll_fn(move |task| {
                        relay.0.register(task.waker());
                        future.as_mut().poll(&mut task::Context::from_waker(&waker))
                    });
                    let whole = async move { render(response.await, &context).map(JsValue::from) };
                    Ok(future_to_promise(log::within(number, whole)).into())
                }
            }
        }
    }
}

/// Wakes the task that a future moved to after its first poll: some futures, such as [`worker::Delay`], keep the first waker they see.
#[derive(Default)]
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

/// The response for a request that no table could be asked for, because the deployment's settings don't make one.
pub fn refuse(number: u32, problem: Problem) -> Result<JsValue, JsValue> {
    let response = problem.into_response(&request_id(number).to_string());
    with_host(|host| to_host(host, response)).map(JsValue::from)
}

pub(crate) fn request_id(number: u32) -> RequestId {
    let prefix = ISOLATE.with(|isolate| isolate.get().map(|isolate| isolate.prefix.clone()));
    RequestId::new(prefix.unwrap_or_else(|| "unstarted".into()), number)
}

/// The host's response of ours, for what keeps responses.
pub fn host_response(response: Response) -> Result<web_sys::Response, JsValue> {
    with_host(|host| to_host(host, response))
}

fn render(response: Response, context: &Context) -> Result<web_sys::Response, JsValue> {
    with_host(|host| to_host(host, response)).or_else(|error| {
        tracing::error!(error = describe(&error), "the host refused a response");
        let problem = Problem::new(Kind::INTERNAL).into_response(&context.request_id().to_string());
        with_host(|host| to_host(host, problem))
    })
}
