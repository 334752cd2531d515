//! What of `js/sqlite/index.js` is called, as `js/sqlite/index.d.ts` types it.

use js_sys::{AsyncIterator, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

// When it is called, and not with the page's first module: then a page may still say where the package is.
#[wasm_bindgen(inline_js = r#"export const load = () => import("@hashi/sqlite");"#)]
extern "C" {
    #[wasm_bindgen(catch)]
    pub(crate) async fn load() -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    pub(crate) type Package;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn open(this: &Package, name: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn remove(this: &Package, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn supported(this: &Package) -> Result<JsValue, JsValue>;
}

// `Queryable`, of which a transaction has no more.
#[wasm_bindgen]
extern "C" {
    #[derive(Clone, Debug)]
    pub(crate) type Queryable;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn exec(this: &Queryable, sql: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn get(this: &Queryable, sql: &str, p: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn all(this: &Queryable, sql: &str, p: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn values(this: &Queryable, sql: &str, p: &JsValue, options: &JsValue)
    -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn run(this: &Queryable, sql: &str, p: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn batch(this: &Queryable, statements: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Queryable)]
    #[derive(Clone, Debug)]
    pub(crate) type Client;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn name(this: &Client) -> String;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn id(this: &Client) -> String;

    #[wasm_bindgen(method, structural)]
    pub(crate) fn iterate(this: &Client, sql: &str, p: &JsValue, options: &JsValue) -> AsyncIterator;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn prepare(this: &Client, sql: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural)]
    pub(crate) fn transaction(this: &Client, callback: &JsValue, options: &JsValue) -> Promise;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) fn subscribe(
        this: &Client,
        sql: &str,
        p: &JsValue,
        callback: &JsValue,
        options: &JsValue,
    ) -> Result<Function, JsValue>;

    #[wasm_bindgen(method, structural, js_name = onChange)]
    pub(crate) fn on_change(this: &Client, callback: &JsValue) -> Function;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn export(this: &Client, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn import(this: &Client, file: &Uint8Array, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn status(this: &Client) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub(crate) async fn close(this: &Client) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, Debug)]
    pub(crate) type Prepared;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn sql(this: &Prepared) -> String;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn columns(this: &Prepared) -> Vec<String>;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn readonly(this: &Prepared) -> bool;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn parameters(this: &Prepared) -> u32;
}

#[wasm_bindgen]
extern "C" {
    /// A `DatabaseError`, by what it looks like.
    pub(crate) type Thrown;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn name(this: &Thrown) -> JsValue;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn code(this: &Thrown) -> JsValue;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn message(this: &Thrown) -> JsValue;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn sqlite(this: &Thrown) -> JsValue;

    #[wasm_bindgen(method, structural, getter)]
    pub(crate) fn outcome(this: &Thrown) -> JsValue;
}
