//! What the worker's JavaScript does for a candidate: `js/sqlite/leader.js`.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::BroadcastChannel;

#[wasm_bindgen]
extern "C" {
    /// Has the engine, which only a script can load, and gives it the calls, each of which would cost another border here.
    pub type Leader;

    /// Loads SQLite if it isn't; rejects with an error that is named as [`crate::leadership::opening::NO_ENGINE`] says.
    #[wasm_bindgen(method, structural)]
    pub fn load(this: &Leader) -> Promise;

    /// Opens the database in OPFS or in memory; `live` are the clients there are. Resolves to its epoch; rejects with `[code, message, sqlite]` or with
    /// what the browser throws.
    #[wasm_bindgen(method, structural)]
    pub fn open(this: &Leader, memory: bool, live: &Array) -> Promise;

    /// Calls of a client come over a port, or without one from the worker's own page, and wait for `busy` milliseconds. What came before on another
    /// port is given up.
    #[wasm_bindgen(method, structural)]
    pub fn connect(this: &Leader, client: f64, port: &JsValue, busy: Option<f64>);

    /// What stands for a port on the channel.
    #[wasm_bindgen(method, structural, js_name = portOn)]
    pub fn port_on(this: &Leader, channel: &BroadcastChannel, client: f64) -> JsValue;

    /// A call that came over the channel.
    #[wasm_bindgen(method, structural)]
    pub fn receive(this: &Leader, client: f64, call: &JsValue);

    #[wasm_bindgen(method, structural)]
    pub fn disconnect(this: &Leader, client: f64);

    #[wasm_bindgen(method, structural)]
    pub fn tick(this: &Leader);

    /// `[sequence, tables]` of what was committed, if anything was.
    #[wasm_bindgen(method, structural, js_name = takeChange)]
    pub fn take_change(this: &Leader) -> Option<Array>;

    #[wasm_bindgen(method, structural)]
    pub fn close(this: &Leader);

    /// Says something to the worker's own page.
    #[wasm_bindgen(js_name = postMessage)]
    pub fn say(message: &Array);
}
