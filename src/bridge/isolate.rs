//! Isolates of functions, and the bundles that they are loaded with: thin edges over js/worker/isolate.js.

use std::time::Duration;

use js_sys::{Array, ArrayBuffer, Promise};
use wasm_bindgen::prelude::*;
use worker::Env;

use super::binding::HostBytes;
use super::edge::with_host;
use super::extract::require_json;
use super::fetch::Inbound;
use super::held::{Held, UNCOUNTED};
use super::host::{Host, broken, describe};
use super::host_body::HostBody;
use super::host_request::{HostRequest, IDLE_MS, patience};
use super::request::Source;
use super::{Context, Kind, Problem, Request, body, clock, promise};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, js_name = isolateOf)]
    fn isolate_of(this: &Host, id: &str, settings: &str, props: &str) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = bundleOf)]
    fn bundle_of(this: &Host, packed: &ArrayBuffer) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = triggerGuest)]
    fn trigger_guest(
        this: &Host,
        env: &Env,
        context: &JsValue,
        isolate: &JsValue,
        bundle: &JsValue,
        request: &web_sys::Request,
        url: &str,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = callGuest)]
    // Each crosses the border as it is, which an object of them would not.
    #[allow(clippy::too_many_arguments)]
    fn call_guest(
        this: &Host,
        env: &Env,
        context: &JsValue,
        isolate: &JsValue,
        bundle: &JsValue,
        name: &str,
        args: &JsValue,
        ms: u32,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = readCall)]
    fn read_call(this: &Host, request: &web_sys::Request, context: &JsValue, whole_ms: u32)
    -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = beginBody)]
    fn begin_body(this: &Host, request: &web_sys::Request, idle_ms: u32) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = readOn)]
    fn read_on(this: &Host, body: &JsValue, most: f64, ends_ms: f64) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = passOver)]
    fn pass_over(this: &Host, body: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = leaveBody)]
    fn leave_body(this: &Host, body: &JsValue);
    #[wasm_bindgen(method, catch, js_name = callOf)]
    fn call_of(this: &Host, body: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn spliced(
        this: &Host,
        response: &web_sys::Response,
        before: &str,
        after: &str,
        length: f64,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = outcomeOf)]
    fn outcome_of(this: &Host, response: &web_sys::Response) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch, js_name = headerLines)]
    fn header_lines(this: &Host, request: &web_sys::Request) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch, js_name = wholeBody)]
    fn whole_body(this: &Host, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// A bundle's files, which stay on the host's side.
#[derive(Clone, Debug)]
pub struct HostBundle {
    files: JsValue,
    /// How many bytes they are.
    pub size: u64,
}

impl HostBundle {
    /// The files of a packed bundle whose hash was checked.
    pub fn unpack(packed: &HostBytes) -> Result<HostBundle, IsolateError> {
        let files = with_host(|host| host.bundle_of(packed.raw())).map_err(failed)?;
        Ok(HostBundle { files, size: packed.len() })
    }
}

/// How long what an isolate gives may take to come whole, or to be cancelled: it is all there by then, in the isolate's memory.
pub const BODY_WAIT: Duration = Duration::from_secs(10);

/// What the host needs to know of a function's isolate to load it.
#[derive(Clone, Debug)]
pub struct Isolate(JsValue);

/// A call that the host could not make: what it said, for the log and to be told apart, never for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsolateError(pub String);

impl Isolate {
    /// The isolate `id`, whose guest goes by `settings` and whose gateway takes it for `props`, both JSON.
    pub fn new(id: &str, settings: &str, props: &str) -> Result<Isolate, IsolateError> {
        with_host(|host| Ok(Isolate(host.isolate_of(id, settings, props)))).map_err(failed)
    }

    /// Gives `request` to the guest, at the path and query `url`. Its bundle is not held while it answers, which may be after it was given up by those who keep
    /// bundles. It has failed if there is no answer within `limit`.
    pub async fn trigger(
        &self,
        context: &Context,
        bundle: HostBundle,
        request: &Request,
        url: &str,
        limit: Duration,
    ) -> Result<Inbound, IsolateError> {
        let request = host_request(request)?;
        let asked = with_host(|host| {
            host.trigger_guest(context.env(), context.host(), &self.0, &bundle.files, request.raw(), url)
        });
        drop(bundle);
        answered(asked, limit).await
    }

    /// Calls the export `name` with the JSON text `args`, for `ms` by the guest's clock. It has failed if there is no answer within `limit`.
    pub async fn call(
        &self,
        context: &Context,
        bundle: HostBundle,
        name: &str,
        args: &HostBody,
        ms: u32,
        limit: Duration,
    ) -> Result<Inbound, IsolateError> {
        let asked =
            with_host(|host| host.call_guest(context.env(), context.host(), &self.0, &bundle.files, name, &args.0, ms));
        drop(bundle);
        answered(asked, limit).await
    }
}

async fn answered(asked: Result<Promise, JsValue>, limit: Duration) -> Result<Inbound, IsolateError> {
    let asked = asked.map_err(failed)?;
    match promise::wait_within(&asked, limit).await {
        Ok(response) => Ok(Inbound::new(response.unchecked_into())),
        Err(error) => {
            // It may still come: without this its body would hold the isolate.
            let _ = with_host(|host| {
                host.let_go(&asked);
                Ok(())
            });
            Err(failed(error))
        }
    }
}

fn failed(error: JsValue) -> IsolateError {
    IsolateError(describe(&error))
}

fn host_request(request: &Request) -> Result<&HostRequest, IsolateError> {
    match request.source() {
        Source::Host(request) => Ok(request),
        Source::Made { .. } => Err(IsolateError("the request is none of the host's".to_owned())),
    }
}

/// The body of a request for a call, taken apart on the host's side.
#[derive(Debug)]
pub struct CallBody {
    /// Every member but `args`, as JSON.
    pub members: String,
    /// The JSON of `args`, an array.
    pub args: HostBody,
    /// The body's bytes, of which `args` is a part.
    _held: Held,
}

/// Reads the JSON body of a request for a call, of at most `limit` bytes, or says what is wrong with it. What comes of the call takes `longest`.
pub async fn read_call(
    request: &Request,
    context: &Context,
    limit: usize,
    longest: Duration,
) -> Result<CallBody, Problem> {
    require_json(request)?;
    let host = host_request(request).map_err(|_| Problem::new(Kind::INTERNAL))?;
    let longest = Duration::from_millis(patience(limit).into()) + longest;
    let (read, held) = match body::declared(request, limit)? {
        Some(length) if length as u64 <= UNCOUNTED => {
            let held = Held::body(length as u64, longest)?;
            let asked = with_host(|side| side.read_call(host.raw(), context.host(), patience(length)));
            let read = match asked {
                Ok(asked) => promise::wait(&asked).await,
                Err(error) => Err(error),
            };
            (read.map_err(unread)?, held)
        }
        // What is declared need not come: nobody keeps room from others for a word.
        length => counted(host, length.unwrap_or(limit), longest).await?,
    };
    if read.is_null() {
        return Err(body::not_text());
    }
    if let Some(wrong) = read.as_string() {
        return Err(Problem::new(Kind::INVALID_BODY).with_detail(wrong));
    }
    let parts: Array = read.unchecked_into();
    let members = parts.get(0).as_string().unwrap_or_default();
    Ok(CallBody { members, args: HostBody::told(parts.get(1)), _held: held })
}

/// The same of a body that is large or may be: as much of it at a time as there is room for, each as fast as if it were the whole.
async fn counted(host: &HostRequest, limit: usize, longest: Duration) -> Result<(JsValue, Held), Problem> {
    let begun = clock::now_ms();
    let coming = Coming::of(host)?;
    let mut held = Held::body(0, longest)?;
    let mut most = limit.min(UNCOUNTED as usize);
    loop {
        if let Err(full) = held.grow(most as u64) {
            return Err(coming.refused(full.into(), held).await);
        }
        let ends = begun + f64::from(patience(most));
        let asked = with_host(|side| side.read_on(&coming.0, most as f64, ends)).map_err(unread)?;
        if promise::wait(&asked).await.map_err(unread)?.is_truthy() {
            break;
        }
        if most == limit {
            return Err(coming.refused(body::too_large(limit), held).await);
        }
        most = limit.min(most * 2);
    }
    let read = with_host(|side| side.call_of(&coming.0)).map_err(unread)?;
    Ok((read, held))
}

fn unread(error: JsValue) -> Problem {
    body::broken(broken(error))
}

/// A body on its way, of which nothing more is read once this is dropped.
struct Coming(JsValue);

impl Coming {
    fn of(host: &HostRequest) -> Result<Coming, Problem> {
        with_host(|side| Ok(Coming(side.begin_body(host.raw(), IDLE_MS)))).map_err(unread)
    }

    /// It is refused for `why`: what its client sends right now is passed over, or the answer would not be heard.
    async fn refused(self, why: Problem, held: Held) -> Problem {
        if let Ok(over) = with_host(|side| side.pass_over(&self.0)) {
            // Nothing is held any more: others needn't be refused as well.
            drop(held);
            // It may have broken off: then nobody is there to hear.
            drop(promise::wait(&over).await);
        }
        why
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        // Without a host there is nobody to tell.
        let _ = with_host(|side| {
            side.leave_body(&self.0);
            Ok(())
        });
    }
}

impl Inbound {
    /// What the glue in a function's isolate tells of the call (js/isolate/serve.js), and the JSON text of its log, if there is one.
    pub fn outcome(&self) -> (String, Option<String>) {
        let told = with_host(|host| host.outcome_of(self.raw())).unwrap_or_default();
        match told.split_once('\n') {
            Some((outcome, logs)) => (outcome.to_owned(), Some(logs.to_owned())),
            None => (told, None),
        }
    }

    /// Its text, or none where it broke off or didn't come in time.
    pub async fn text(self) -> String {
        let text = match self.raw().text() {
            Ok(text) => promise::wait_within(&text, BODY_WAIT).await,
            Err(error) => Err(error),
        };
        text.ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// Cancels its body unread, so that the isolate can let go of it.
    pub async fn leave(self) {
        if let Some(body) = self.raw().body() {
            // Fails only if the body has broken off already, or the host takes too long: it is gone either way.
            drop(promise::wait_within(&body.cancel(), BODY_WAIT).await);
        }
    }

    /// Its bytes, of which there are `length`, between two texts, as a body.
    pub async fn spliced(self, before: &str, after: &str, length: u64) -> Result<HostBody, IsolateError> {
        let asked = with_host(|host| host.spliced(self.raw(), before, after, length as f64)).map_err(failed)?;
        promise::wait_within(&asked, BODY_WAIT).await.map(HostBody::told).map_err(failed)
    }
}

impl Request {
    /// Every header, names in lower case, but for those that only the platform's own parts send.
    pub fn headers(&self) -> Vec<(String, String)> {
        let lines = match self.source() {
            Source::Host(request) => with_host(|host| host.header_lines(request.raw())).unwrap_or_default(),
            Source::Made { headers, .. } => return headers.clone(),
        };
        let mut parts = lines.split('\n').map(str::to_owned);
        let mut headers = Vec::new();
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            headers.push((name, value));
        }
        headers
    }

    /// The body in one piece that stays on the host's side and can be sent more than once; `None` if there is none.
    pub async fn whole_body(&self) -> Result<Option<HostBody>, IsolateError> {
        let request = host_request(self)?;
        let asked = with_host(|host| host.whole_body(request.raw())).map_err(failed)?;
        let body = promise::wait_within(&asked, BODY_WAIT).await.map_err(failed)?;
        Ok((!body.is_undefined()).then_some(HostBody::told(body)))
    }
}
