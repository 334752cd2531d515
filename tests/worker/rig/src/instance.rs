//! What a test has to know of the instance that answers it.

use std::cell::{Cell, OnceCell};
use std::time::Duration;

use hashi::bridge::extract::{Json, Query};
use hashi::bridge::{Context, Problem};
use js_sys::WebAssembly::Memory;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use worker::Delay;

#[derive(Serialize)]
pub struct Report {
    /// Another number in another instance.
    instance: f64,
    /// The size of its linear memory, in bytes.
    memory: usize,
    /// How often its route table was built.
    tables: u32,
}

thread_local! {
    static BORN: OnceCell<f64> = const { OnceCell::new() };
    static TABLES: Cell<u32> = const { Cell::new(0) };
}

/// A route table is built.
pub fn table_built() {
    TABLES.set(TABLES.get() + 1);
}

/// Which instance answers, and how large its memory is.
pub fn report() -> Json<Report> {
    let instance = BORN.with(|born| *born.get_or_init(js_sys::Math::random));
    let buffer = wasm_bindgen::memory().unchecked_into::<Memory>().buffer();
    let memory = buffer.unchecked_into::<js_sys::ArrayBuffer>().byte_length() as usize;
    Json(Report { instance, memory, tables: TABLES.get() })
}

#[derive(Deserialize)]
pub struct After {
    ms: u64,
}

/// Answers at once and logs a line after `ms`.
pub fn after(Query(after): Query<After>, context: Context) -> Result<&'static str, Problem> {
    context.wait_until(async move {
        Delay::from(Duration::from_millis(after.ms)).await;
        tracing::info!("after the response");
    });
    Ok("before")
}
