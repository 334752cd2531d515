//! What the page's JavaScript does for a tab: `js/sqlite/desk.js`.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessagePort};

#[wasm_bindgen]
extern "C" {
    /// Keeps what calls ask and who waits for them, and starts what only a script of the package can.
    pub type Desk;

    /// Takes a port to a leader; `None` gives up the one there is.
    #[wasm_bindgen(method, structural)]
    pub fn attach(this: &Desk, port: Option<&JsValue>);

    /// Says hello on it, with a version of the protocol.
    #[wasm_bindgen(method, structural)]
    pub fn hello(this: &Desk, version: u32);

    /// What stands for a port on the channel.
    #[wasm_bindgen(method, structural, js_name = portOn)]
    pub fn port_on(this: &Desk, channel: &BroadcastChannel) -> JsValue;

    #[wasm_bindgen(method, structural)]
    pub fn send(this: &Desk, id: f64, acked: f64, again: bool);

    #[wasm_bindgen(method, structural)]
    pub fn cancel(this: &Desk, id: f64);

    #[wasm_bindgen(method, structural)]
    pub fn ping(this: &Desk);

    /// A message from the leader that came over the channel.
    #[wasm_bindgen(method, structural)]
    pub fn hear(this: &Desk, message: &JsValue);

    #[wasm_bindgen(method, structural)]
    pub fn reject(this: &Desk, id: f64, code: &str, message: &str, unknown: bool);

    #[wasm_bindgen(method, structural, js_name = takeBack)]
    pub fn take_back(this: &Desk, id: f64);

    #[wasm_bindgen(method, structural)]
    pub fn opened(this: &Desk);

    #[wasm_bindgen(method, structural, js_name = notOpened)]
    pub fn not_opened(this: &Desk, code: &str, message: &str, sqlite: Option<i32>);

    /// Tables were changed, as the channel tells it.
    #[wasm_bindgen(method, structural)]
    pub fn changed(this: &Desk, epoch: &JsValue, sequence: &JsValue, tables: &JsValue);

    #[wasm_bindgen(method, structural)]
    pub fn outdated(this: &Desk, ours: f64, database: f64);

    /// A worker that holds this lock while it is there.
    #[wasm_bindgen(method, structural, js_name = startWorker)]
    pub fn start_worker(this: &Desk, life: &str) -> OwnWorker;

    /// The port to the broker, if there can be one.
    #[wasm_bindgen(method, structural, js_name = startBroker)]
    pub fn start_broker(this: &Desk) -> Option<MessagePort>;

    #[wasm_bindgen(method, structural)]
    pub fn freed(this: &Desk);

    /// A page's own worker.
    pub type OwnWorker;

    #[wasm_bindgen(method, structural, js_name = postMessage)]
    pub fn post(this: &OwnWorker, message: &Array, transfer: &Array);

    #[wasm_bindgen(method, structural)]
    pub fn terminate(this: &OwnWorker);

    /// What stands for a port to it.
    #[wasm_bindgen(method, structural, getter)]
    pub fn direct(this: &OwnWorker) -> JsValue;
}
