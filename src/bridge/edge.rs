//! The entry points' common part: from the shim's call to the host's response.

use std::cell::OnceCell;
use std::future::{Future, ready};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::Poll;

use wasm_bindgen::prelude::*;
use worker::Env;

use super::held::UNCOUNTED;
use super::host::{Host, Lifetime, describe};
use super::host_request::HostRequest;
use super::reading::GivenUp;
use super::render::to_host;
use super::request::Source;
use super::router::{Answer, RouteTable};
use super::{Context, Kind, Problem, Request, RequestId, Response, promise, task};
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
    log::start(env, |number| request_id(number).to_string());
    std::panic::set_hook(Box::new(log::panicked));
    wasm_bindgen::handler::set_on_abort(aborted);
    task::start(soon);
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

fn soon() {
    // Without a shim nothing was ever handed over that could wake.
    let _ = with_host(|host| {
        host.soon();
        Ok(())
    });
}

/// Tells the shim what of the paths `table` leaves to another instance.
pub fn leave_to_others<S: 'static>(table: &RouteTable<S>) {
    // Without a shim nobody asks.
    let _ = with_host(|host| {
        host.elsewhere(&table.left().join("\n"));
        Ok(())
    });
}

/// Answers a request of the host with a response, with `undefined` if the handler has to wait, in which case its response is given to
/// the shim then, or with `null` if another instance is to answer.
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
    let sent = Sent::by(method, &request);
    let request = Request::new(method, url, Source::Host(HostRequest::new(request, sent.given_up())));
    task::serving(|| match table.answer(request, context.clone()) {
        Answer::Ready(response) if sent.is_to_be_heard_out(&response) => {
            later(Box::pin(ready(response)), sent, context)
        }
        Answer::Ready(response) => render(response, &context).map(JsValue::from),
        Answer::Elsewhere => Ok(JsValue::NULL),
        Answer::Pending(future) => later(future, sent, context),
    })
}

/// Answers a request of the host that no table is asked for, with what `handler` makes of it.
pub fn serve_one<F: Future<Output = Response> + 'static>(
    method: &str,
    number: u32,
    request: web_sys::Request,
    env: Env,
    context: worker::Context,
    handler: impl FnOnce(Request, Env) -> F,
) -> Result<JsValue, JsValue> {
    let context = Context::new(request_id(number), env.clone(), Lifetime::Host(context));
    let _inside = log::enter(number);
    let request = Request::new(method, String::new(), Source::Host(HostRequest::new(request, Weak::new())));
    // Its client is a guest, which is told of a refusal by the host itself.
    task::serving(|| later(Box::pin(handler(request, env)), Sent(None), context))
}

/// The host's response that `future` gives, or `undefined` if it has to wait.
fn later(future: Pin<Box<dyn Future<Output = Response>>>, sent: Sent, context: Context) -> Result<JsValue, JsValue> {
    let number = context.request_id().number();
    let unanswered = Unanswered(number);
    let whole = async move {
        let response = future.await;
        if sent.is_to_be_heard_out(&response) {
            sent.hear_out().await;
        }
        render(response, &context)
    };
    let whole = Box::pin(log::within(number, whole));
    match task::run(number, whole, move |response| unanswered.answer(response)) {
        // Many handlers that could wait don't: such an answer needs no promise.
        Poll::Ready(response) => response.map(JsValue::from),
        Poll::Pending => Ok(JsValue::UNDEFINED),
    }
}

/// Does the work that `work` makes of the context of a tick of the clock; whether it is done. If not, the shim is told when it is.
pub fn tick<F: Future<Output = ()> + 'static>(
    number: u32,
    env: Env,
    context: worker::Context,
    work: impl FnOnce(Context) -> F,
) -> bool {
    let context = Context::new(request_id(number), env, Lifetime::Host(context));
    let _inside = log::enter(number);
    task::serving(|| {
        let done = Unanswered(number);
        let whole = Box::pin(log::within(number, work(context)));
        task::run(number, whole, move |()| drop(done)).is_ready()
    })
}

/// The request of a client that may have sent a body, and what is left of that by whoever doesn't read it to its end.
struct Sent(Option<(web_sys::Request, Rc<GivenUp>)>);

impl Sent {
    fn by(method: &str, request: &web_sys::Request) -> Sent {
        Sent((method != "GET" && method != "HEAD").then(|| (Clone::clone(request), Rc::default())))
    }

    fn given_up(&self) -> Weak<GivenUp> {
        self.0.as_ref().map_or_else(Weak::new, |(_, given_up)| Rc::downgrade(given_up))
    }

    /// Whether `response` refuses it with its body unread or given up: a client in the middle of sending a long one would see a broken pipe where it was told why,
    /// for the host closes a connection whose request it hasn't read.
    fn is_to_be_heard_out(&self, response: &Response) -> bool {
        // Who comes too often is not worth the listening.
        let refuses = response.status >= 400 && response.status != 429;
        let Some((request, given_up)) = self.0.as_ref().filter(|_| refuses) else { return false };
        let length = || request.headers().get("content-length").ok().flatten().and_then(|length| length.parse().ok());
        let more = || given_up.is_there() || !request.body_used() && request.body().is_some();
        more() && length().is_none_or(|length: u64| length > UNCOUNTED)
    }

    async fn hear_out(&self) {
        let Some((request, given_up)) = &self.0 else { return };
        let heard = match (given_up.take(), request.body()) {
            (Some(rest), _) => with_host(|host| host.hear_rest(&rest)),
            // It may be another's to read, who gave it up unread.
            (None, Some(body)) => with_host(|host| host.hear_out(&body)),
            (None, None) => return,
        };
        if let Ok(heard) = heard {
            // Never fails, and ends by itself.
            drop(promise::wait(&heard).await);
        }
    }
}

/// A request whose client waits at the shim.
struct Unanswered(u32);

impl Unanswered {
    fn answer(self, response: Result<web_sys::Response, JsValue>) {
        let response = response.map_err(|error| tracing::error!(error = describe(&error), "a request has no answer"));
        // Without a shim there is nobody to tell.
        let _ = with_host(|host| {
            host.answer(self.0, response.ok());
            Ok(())
        });
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        // As above. Its handler was dropped, or it was answered and this does nothing.
        let _ = with_host(|host| {
            host.answer(self.0, None);
            Ok(())
        });
    }
}

/// Drops the handler of the request `number`, if it still waits: its client has left.
pub fn leave(number: u32) {
    let _inside = log::enter(number);
    task::leave(number);
}

/// The response for a request that no table could be asked for, because the deployment's settings don't make one.
pub fn refuse(number: u32, problem: Problem) -> Result<JsValue, JsValue> {
    with_host(|host| to_host(host, bare(problem, &request_id(number)))).map(JsValue::from)
}

/// A problem that no layer gets to see.
fn bare(problem: Problem, id: &RequestId) -> Response {
    let mut response = problem
        .into_response(&id.to_string())
        .with_header("access-control-allow-origin", "*")
        .with_header("access-control-expose-headers", "x-request-id");
    response.request_id = Some(id.clone());
    response
}

fn request_id(number: u32) -> RequestId {
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
        with_host(|host| to_host(host, bare(Problem::new(Kind::INTERNAL), context.request_id())))
    })
}
