//! The bridge against a browser's real requests, responses and streams, in headless Chromium:
//! `cargo test --target wasm32-unknown-unknown --test bridge_host`.
#![cfg(target_arch = "wasm32")]

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use futures_util::{StreamExt, stream};
use hashi::bridge::extract::{Bytes, Json, Path, Query, Text};
use hashi::bridge::fetch::{self, FetchError};
use hashi::bridge::layer::RequestIds;
use hashi::bridge::stream::StreamError;
use hashi::bridge::{
    Body, ByteStream, Method, Outbound, Request, Response, RouteTable, Router, body, edge, promise, task,
};
use js_sys::futures::JsFuture;
use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/js/worker/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = createHost)]
    fn create_host() -> Object;
    #[wasm_bindgen(js_name = nameIsolate)]
    fn name_isolate(name: &str) -> String;
}

// host.js imports these: only what is named here is served to the browser beside it.
#[wasm_bindgen(module = "/js/worker/pass.js")]
extern "C" {
    fn late(name: &str, message: &str) -> js_sys::Error;
}

#[wasm_bindgen(module = "/js/worker/digest.js")]
extern "C" {
    fn hex(bytes: &js_sys::Uint8Array) -> String;
}

#[wasm_bindgen(module = "/js/worker/hearing.js")]
extern "C" {
    #[wasm_bindgen(js_name = hearOut)]
    fn hear_out(body: &web_sys::ReadableStream) -> Promise;
}

#[wasm_bindgen(module = "/js/worker/reading.js")]
extern "C" {
    fn reading(body: &web_sys::ReadableStream, most: u32) -> JsValue;
}

/// Evaluates a function's body in the browser.
fn js(source: &str) -> JsValue {
    Function::new_no_args(source).call0(&JsValue::UNDEFINED).expect(source)
}

/// Calls the function that `source` makes with `value`, and awaits what it gives.
async fn call(source: &str, value: &JsValue) -> Result<JsValue, JsValue> {
    let function: Function = js(&format!("return {source}")).unchecked_into();
    JsFuture::from(function.call1(&JsValue::UNDEFINED, value)?.unchecked_into::<Promise>()).await
}

/// Starts this instance with what js/worker/host.js gives, once for all tests.
fn start() {
    thread_local! {
        static STARTED: Cell<bool> = const { Cell::new(false) };
    }
    if STARTED.replace(true) {
        return;
    }
    assert_eq!(late("StalledError", "why").name(), "StalledError");
    assert_eq!(hex(&js_sys::Uint8Array::from(&[0, 171][..])), "00ab");
    let host = create_host();
    Reflect::set(&js_sys::global(), &"hostOfTests".into(), &host).expect("a browser's global takes it");
    let set = |name: &str, value: JsValue| Reflect::set(&host, &name.into(), &value).expect("an object takes it");
    set("died", Function::new_no_args("").into());
    shim(&host);
    edge::start(host.unchecked_into(), &name_isolate("browser"), &JsValue::from(Object::new()).into());
}

/// Gives `host` what js/worker/shim.js gives: turns, promises that are watched, and requests that are answered later.
fn shim(host: &Object) {
    let turn = Closure::<dyn Fn()>::new(task::turn).into_js_value();
    let settled = Closure::<dyn Fn(u32, bool, JsValue)>::new(|number, fulfilled, value| {
        promise::settled(number, if fulfilled { Ok(value) } else { Err(value) });
    });
    let functions = js("
        const waiting = new Map();
        globalThis.answerOf = (number) => new Promise((resolve) => waiting.set(number, resolve));
        return (host, turn, settled) => Object.assign(host, {
            readBody: (request, number) => request.arrayBuffer().then((v) => settled(number, true, v), (e) => settled(number, false, e)),
            soon: () => void Promise.resolve().then(() => turn()),
            watch: (promise, number) => void promise.then((v) => settled(number, true, v), (e) => settled(number, false, e)),
            time() {},
            untime() {},
            letGo() {},
            answer: (number, response) => waiting.get(number)?.(response),
        });");
    let set: Function = functions.unchecked_into();
    set.call3(&JsValue::UNDEFINED, host, &turn, &settled.into_js_value()).expect("an object takes them");
}

/// A future that never ends, but that could be woken.
fn forever() -> impl Future<Output = ()> {
    let kept = Cell::new(None);
    poll_fn(move |context| {
        kept.set(Some(context.waker().clone()));
        Poll::Pending
    })
}

fn table(routes: Router<()>) -> RouteTable<()> {
    start();
    routes.layer(RequestIds).build(()).expect("the routes don't collide")
}

/// What the table gives the shim for the request that `source` makes: a response, or a promise of one.
fn hand_over(table: &RouteTable<()>, number: u32, source: &str) -> JsValue {
    let request: web_sys::Request = js(&format!("return {source}")).unchecked_into();
    let (method, url) = (request.method(), request.url());
    let context = worker::Context::new(js("return { waitUntil() {} }").unchecked_into());
    let answer = edge::fetch(table, &method, url, number, request, JsValue::from(Object::new()).into(), context)
        .expect("an answer, whatever it says");
    if answer.is_undefined() { js(&format!("return answerOf({number})")) } else { answer }
}

async fn answer(table: &RouteTable<()>, source: &str) -> web_sys::Response {
    let answer = hand_over(table, 7, source);
    match answer.dyn_into::<web_sys::Response>() {
        Ok(response) => response,
        Err(promise) => JsFuture::from(promise.unchecked_into::<Promise>()).await.expect("a response").unchecked_into(),
    }
}

async fn text(response: &web_sys::Response) -> String {
    JsFuture::from(response.text().expect("unread")).await.expect("readable").as_string().expect("text")
}

async fn bytes(response: &web_sys::Response) -> Vec<u8> {
    let buffer = JsFuture::from(response.array_buffer().expect("unread")).await.expect("readable");
    Uint8Array::new(&buffer.unchecked_into::<ArrayBuffer>()).to_vec()
}

fn header(response: &web_sys::Response, name: &str) -> Option<String> {
    response.headers().get(name).expect("a header's name")
}

#[wasm_bindgen_test]
async fn every_kind_of_body_reaches_the_browser_as_it_is() {
    let table = table(
        Router::new()
            .get("/empty", || Response::new(204, Body::Empty))
            .get("/text", || Response::text("橋 \u{0} é"))
            .get("/bytes", || Response::bytes("application/octet-stream", (0..=255).collect()))
            .get("/none", || Response::bytes("application/octet-stream", Vec::new()))
            .get("/stream", || {
                let pieces = (0..3u8).map(|at| Ok(vec![at; 1000]));
                Response::stream("application/octet-stream", ByteStream::new(stream::iter(pieces)))
            })
            .post("/host", |request: Request| Response::new(200, request.host_body().map_or(Body::Empty, Body::Host))),
    );
    let empty = answer(&table, "new Request('/empty')").await;
    assert_eq!((empty.status(), empty.body().is_none()), (204, true));
    let said = answer(&table, "new Request('/text')").await;
    assert_eq!(header(&said, "content-type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(header(&said, "x-request-id").as_deref(), Some("browser-00000007"));
    assert_eq!(text(&said).await, "橋 \u{0} é");
    assert_eq!(bytes(&answer(&table, "new Request('/bytes')").await).await, (0..=255).collect::<Vec<u8>>());
    assert_eq!(bytes(&answer(&table, "new Request('/none')").await).await, b"");
    let streamed = bytes(&answer(&table, "new Request('/stream')").await).await;
    assert_eq!(streamed, [[0; 1000], [1; 1000], [2; 1000]].concat());
    let passed = answer(&table, "new Request('/host', { method: 'POST', body: 'passed on' })").await;
    assert_eq!(text(&passed).await, "passed on");
}

#[wasm_bindgen_test]
async fn a_request_of_the_browser_is_read_as_far_as_a_handler_asks() {
    #[derive(Deserialize)]
    struct Search {
        q: String,
    }
    let table = table(
        Router::new()
            .post(
                "/read/{name}",
                |Path(name): Path<String>, Query(search): Query<Search>, request: Request, Text(body): Text| {
                    let mark = request.header("x-mark");
                    async move { format!("{name}|{}|{mark:?}|{:?}|{body}", search.q, request.header("x-none")) }
                },
            )
            .post("/small", |Bytes(bytes): Bytes<10>| async move { bytes.len().to_string() })
            .post("/pieces", |request: Request| async move {
                let mut pieces = body::stream(&request)?;
                let mut sizes = Vec::new();
                while let Some(piece) = pieces.next().await {
                    sizes.push(piece.map_or(0, |piece| piece.len()));
                }
                Ok::<_, hashi::bridge::Problem>(Json(sizes))
            })
            .post("/twice", |request: Request| async move {
                body::read(&request, 100).await?;
                body::read(&request, 100).await.map(|bytes| bytes.len().to_string())
            }),
    );
    let read = answer(
        &table,
        "new Request('/read/a%20%2F?q=%C3%A9+x', { method: 'POST', headers: [['x-mark', '1'], ['x-mark', '2']], body: '橋' })",
    );
    assert_eq!(text(&read.await).await, "a /|é x|Some(\"1, 2\")|None|橋");

    assert_eq!(
        text(&answer(&table, "new Request('/small', { method: 'POST', body: '0123456789' })").await).await,
        "10"
    );
    let large = answer(&table, "new Request('/small', { method: 'POST', body: '0123456789a' })").await;
    assert_eq!(large.status(), 413);
    let nothing = answer(&table, "new Request('/small', { method: 'POST' })").await;
    assert_eq!(text(&nothing).await, "0");

    let pieces = "new Request('/pieces', { method: 'POST', duplex: 'half', body: new ReadableStream({
        start(c) { for (const size of [1, 70000, 3]) c.enqueue(new Uint8Array(size)); c.close(); } }) })";
    assert_eq!(text(&answer(&table, pieces).await).await, "[1,70000,3]");

    let twice = answer(&table, "new Request('/twice', { method: 'POST', body: 'once' })").await;
    assert_eq!(twice.status(), 400, "a body that was read before is an error, not an empty body");
}

#[wasm_bindgen_test]
async fn an_upload_that_breaks_off_is_the_handlers_error_and_one_too_large_is_cancelled() {
    let table = table(Router::new().post("/small", |Bytes(bytes): Bytes<10>| async move { bytes.len().to_string() }));
    let broken = "new Request('/small', { method: 'POST', duplex: 'half', body: new ReadableStream({
        start(c) { c.enqueue(new Uint8Array(5)); }, pull(c) { c.error('left'); } }) })";
    assert_eq!(answer(&table, broken).await.status(), 400);

    js("globalThis.cancelled = false");
    let endless = "new Request('/small', { method: 'POST', duplex: 'half', body: new ReadableStream({
        pull(c) { c.enqueue(new Uint8Array(4)); }, cancel() { globalThis.cancelled = true; } }) })";
    assert_eq!(answer(&table, endless).await.status(), 413);
    call("() => new Promise((done) => setTimeout(done, 50))", &JsValue::UNDEFINED).await.expect("a wait");
    assert_eq!(js("return globalThis.cancelled"), JsValue::TRUE, "nobody goes on sending");
}

/// Sets its flag when it is dropped.
struct Flag(Rc<Cell<bool>>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// A stream of `pieces` pieces that then waits for ever, with the flag that says that it was dropped.
fn waiting(pieces: usize) -> (ByteStream, Rc<Cell<bool>>) {
    let dropped = Rc::new(Cell::new(false));
    let flag = Flag(dropped.clone());
    let ready = stream::iter((0..pieces).map(|_| Ok(b"piece".to_vec())));
    let held = stream::pending().map(move |never: ()| {
        let _held = &flag;
        Ok(format!("{never:?}").into_bytes())
    });
    (ByteStream::new(ready.chain(held)), dropped)
}

#[wasm_bindgen_test]
async fn a_stream_that_its_reader_cancels_is_dropped_even_while_it_waits() {
    for read_on in [false, true] {
        let (pieces, dropped) = waiting(1);
        let slot = Rc::new(RefCell::new(Some(pieces)));
        let table =
            table(Router::new().get("/", move || Response::stream("text/plain", slot.take().expect("asked once"))));
        let response = answer(&table, "new Request('/')").await;
        let source = if read_on {
            "async (r) => { const reader = r.body.getReader(); await reader.read(); const next = reader.read(); \
             await new Promise((done) => setTimeout(done, 20)); await reader.cancel(); return (await next).done }"
        } else {
            "async (r) => { await r.body.cancel(); return true }"
        };
        assert!(!dropped.get());
        assert_eq!(call(source, &response).await, Ok(JsValue::TRUE));
        assert!(dropped.get(), "read on: {read_on}");
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_fails_breaks_off_after_what_it_gave() {
    let table = table(Router::new().get("/", || {
        let pieces = vec![Ok(b"first".to_vec()), Err(StreamError("as asked".into()))];
        Response::stream("text/plain", ByteStream::new(stream::iter(pieces)))
    }));
    let response = answer(&table, "new Request('/')").await;
    let source = "async (r) => { const reader = r.body.getReader(); const first = await reader.read(); \
                  try { await reader.read(); return 'no error' } catch (e) { return first.value.length + e.message } }";
    assert_eq!(call(source, &response).await, Ok("5the stream broke off: as asked".into()));
}

#[wasm_bindgen_test]
async fn when_the_instance_dies_its_streams_break_off_and_complete_ones_stay() {
    let (pieces, _) = waiting(1);
    let slot = Rc::new(RefCell::new(Some(pieces)));
    let table = table(
        Router::new()
            .get("/waits", move || Response::stream("text/plain", slot.take().expect("asked once")))
            .get("/done", || Response::stream("text/plain", ByteStream::once(b"whole".to_vec()))),
    );
    let done = answer(&table, "new Request('/done')").await;
    assert_eq!(text(&done).await, "whole");
    let response = answer(&table, "new Request('/waits')").await;
    let first = "async (r) => { const reader = r.body.getReader(); await reader.read(); return { reader } }";
    let held = call(first, &response).await.expect("a piece");
    let next: Function = js("return ({ reader }) => reader.read().catch((e) => e.message)").unchecked_into();
    let next: Promise = next.call1(&JsValue::UNDEFINED, &held).expect("a promise").unchecked_into();
    js("hostOfTests.breakStreams()");
    assert_eq!(JsFuture::from(next).await, Ok("the instance behind this stream died".into()));
}

#[wasm_bindgen_test]
async fn a_client_that_leaves_takes_its_waiting_handler_with_it() {
    let dropped = Rc::new(Cell::new(false));
    let flag = dropped.clone();
    let table = table(Router::new().get("/", move || {
        let flag = Flag(flag.clone());
        async move {
            forever().await;
            drop(flag);
        }
    }));
    let promise: Promise = hand_over(&table, 8, "new Request('/')").unchecked_into();
    edge::leave(9);
    assert!(!dropped.get(), "another client's leaving is nothing to it");
    edge::leave(8);
    assert!(dropped.get());
    assert_eq!(JsFuture::from(promise).await, Ok(JsValue::UNDEFINED), "its task has ended");
    edge::leave(8);
}

#[wasm_bindgen_test]
async fn a_response_that_the_browser_refuses_becomes_a_clean_500_with_its_id() {
    let table = table(
        Router::new()
            .get("/forged", || Response::text("x").with_header("x-note", "a\r\nx-forged: 1"))
            .get("/foreign", || Response::text("x").with_header("x-note", "橋"))
            .get("/name", || Response::text("x").with_header("x note", "1"))
            .get("/status", || Response::text("x").with_status(42)),
    );
    for path in ["/forged", "/foreign", "/name", "/status"] {
        let response = answer(&table, &format!("new Request('{path}')")).await;
        assert_eq!(response.status(), 500, "{path}");
        assert_eq!(header(&response, "x-request-id").as_deref(), Some("browser-00000007"), "{path}");
        assert_eq!(header(&response, "x-forged"), None);
        assert!(text(&response).await.contains("\"code\":\"internal\""), "{path}");
    }
}

fn outbound(url: impl Into<String>) -> Outbound {
    Outbound { method: Method::Get, url: url.into(), headers: vec![], body: None }
}

#[wasm_bindgen_test]
async fn an_answer_of_the_browsers_fetch_is_read_within_its_limit() {
    start();
    let send = || async { fetch::send(&outbound("data:text/plain,0123456789"), 1000).await.expect("an answer") };
    let answer = send().await;
    assert_eq!((answer.status(), answer.header("content-type").as_deref()), (200, Some("text/plain")));
    assert_eq!(answer.headers(), [("content-type".to_owned(), "text/plain".to_owned())]);
    assert_eq!(answer.bytes(10).await, Ok(b"0123456789".to_vec()));
    assert_eq!(send().await.bytes(9).await, Err(FetchError::TooLarge { limit: 9 }));
    for url in ["http://127.0.0.1:1/", "nonsense://", "http://"] {
        assert_eq!(fetch::send(&outbound(url), 2000).await.err(), Some(FetchError::Unreachable), "{url}");
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_is_left_is_not_read_and_its_sender_hears_of_it() {
    start();
    js("const host = globalThis.hostOfTests;
        const own = host.fetchWhole;
        globalThis.asked = [];
        const body = new ReadableStream({ pull() { asked.push('pull') }, cancel() { asked.push('cancel') } }, { highWaterMark: 0 });
        host.fetchWhole = async () => {
            host.fetchWhole = own;
            return new Response(body);
        };");
    let answer = fetch::send(&outbound("http://127.0.0.1:1/"), 1000).await.expect("an answer");
    answer.leave().await;
    assert_eq!(js("return asked.join()"), "cancel");
    let empty = fetch::send(&outbound("data:,"), 1000).await.expect("an answer");
    empty.leave().await;
}
